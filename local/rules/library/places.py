"""https://firebase.google.com/docs/reference/rules/rules.LatLng and rules.Path."""

import math

from local.rules.issues import EvaluationError
from local.rules.library.arguments import Builtin, take_number, take_string
from local.rules.values import Binding, LatLng, Path, Value, type_error

_EARTH_RADIUS_METERS = 6_371_010.0  # the mean radius that Google's geometry libraries use


def _latlng_value(latitude: Value, longitude: Value) -> LatLng:
    north, east = float(take_number(latitude)), float(take_number(longitude))
    if not (-90 <= north <= 90 and -180 <= east <= 180):
        raise EvaluationError("Latitude or longitude is out of range.")
    return LatLng(north, east)


def _latitude(point: LatLng) -> float:
    return point.latitude


def _longitude(point: LatLng) -> float:
    return point.longitude


def _distance(point: LatLng, other: Value) -> float:
    """Return the great-circle distance in meters (haversine)."""
    if not isinstance(other, LatLng):
        raise type_error(other, "latlng")
    north, other_north = math.radians(point.latitude), math.radians(other.latitude)
    across = math.radians(other.longitude - point.longitude)
    chord = (
        math.sin((other_north - north) / 2) ** 2
        + math.cos(north) * math.cos(other_north) * math.sin(across / 2) ** 2
    )
    return 2 * _EARTH_RADIUS_METERS * math.asin(min(1.0, math.sqrt(chord)))


def _bind(path: Path, values: Value) -> Path:
    """Fill in the `$(name)` parts of a path; each needs its string in the map."""
    if not isinstance(values, dict):
        raise type_error(values, "map")
    segments: list[str | Binding] = []
    fields = list(path.fields)
    for segment in path.segments:
        if isinstance(segment, Binding) and segment.name in values:
            text = take_string(values[segment.name])
            fields.append((segment.name, text))
            segments.append(text)
        else:
            segments.append(segment)
    return Path(tuple(segments), tuple(fields))


LATLNG_NAMESPACE = {"value": Builtin(_latlng_value, 2)}
LATLNG_METHODS = {
    "distance": Builtin(_distance, 1),
    "latitude": Builtin(_latitude, 0),
    "longitude": Builtin(_longitude, 0),
}
PATH_METHODS = {"bind": Builtin(_bind, 1)}
