"""What Google makes of log lines: queries, metrics of the log, and alerts, as far as ours go.

The query language is that of https://cloud.google.com/logging/docs/view/logging-query-language:
comparisons of fields, `AND`, `OR` (which binds closer), `NOT`, and lists of values in parentheses.
"""

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Entry = Mapping[str, Any]
Predicate = Callable[[Entry], bool]
SEVERITIES = ["DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL"]
TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|>=|<=|!=|=~|[=<>():]|[^\s=<>()!:"]+)')
COMPARE = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le}


def entry_of(line: Mapping[str, Any], service: str = "api") -> Entry:
    """A line of a deployed function as Cloud Logging has it."""
    payload = {key: value for key, value in line.items() if key not in {"severity", "time"}}
    special = {key: payload.pop(key) for key in list(payload) if key.startswith("logging.")}
    return {
        "severity": line["severity"],
        "resource": {"type": "cloud_run_revision", "labels": {"service_name": service}},
        "jsonPayload": payload,
        "trace": special.get("logging.googleapis.com/trace"),
    }


def query(text: str) -> Predicate:
    """Whether an entry is one that the query asks for."""
    parser = _Parser(TOKEN.findall(text))
    predicate = parser.conjunction()
    assert not parser.left, parser.left
    return predicate


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self.left = tokens

    def _next(self) -> str:
        return self.left.pop(0)

    def _take(self, word: str) -> bool:
        if self.left[:1] == [word]:
            self.left.pop(0)
            return True
        return False

    def conjunction(self) -> Predicate:
        parts = [self._disjunction()]
        while self.left and self.left[0] != ")":
            self._take("AND")
            parts.append(self._disjunction())
        return lambda entry: all(part(entry) for part in parts)

    def _disjunction(self) -> Predicate:
        parts = [self._negation()]
        while self._take("OR"):
            parts.append(self._negation())
        return lambda entry: any(part(entry) for part in parts)

    def _negation(self) -> Predicate:
        if self._take("NOT"):
            denied = self._negation()
            return lambda entry: not denied(entry)
        if self._take("("):
            inner = self.conjunction()
            assert self._take(")")
            return inner
        field, sign = self._next(), self._next()
        values = [self._next()]
        if values == ["("]:
            values = [self._next()]
            while self._take("OR"):
                values.append(self._next())
            assert self._take(")")
        tests = [_comparison(field, sign, value) for value in values]
        return lambda entry: any(test(entry) for test in tests)


def _comparison(field: str, sign: str, value: str) -> Predicate:
    wanted = value[1:-1] if value.startswith('"') else value

    def holds(entry: Entry) -> bool:
        found = field_of(entry, field)
        if found is None:
            return False
        if sign == ":":
            return wanted == "*" or wanted.lower() in str(found).lower()
        if field == "severity":
            found, against = SEVERITIES.index(found), SEVERITIES.index(wanted)
            return bool((COMPARE | {"=": operator.eq})[sign](found, against))
        if sign in COMPARE:
            return isinstance(found, (int, float)) and bool(COMPARE[sign](found, float(wanted)))
        if sign == "=~":
            return re.search(wanted, str(found)) is not None
        return (str(found) == wanted) == (sign == "=")

    return holds


def field_of(entry: Entry, path: str) -> Any:
    value: Any = entry
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


@dataclass(frozen=True)
class Point:
    """What a metric takes from one line."""

    labels: Mapping[str, str]
    value: float


def points(metric: Mapping[str, Any], entries: Iterable[Entry]) -> list[Point]:
    """What a LogMetric makes of the lines; one whose value is not there is not counted."""
    asked, found = query(metric["filter"]), []
    for entry in filter(asked, entries):
        value = _extracted(entry, metric.get("valueExtractor", ""), 1)
        labels = {
            key: str(_extracted(entry, how, ""))
            for key, how in metric.get("labelExtractors", {}).items()
        }
        if isinstance(value, (int, float)):
            found.append(Point(labels, value))
    return found


def _extracted(entry: Entry, extractor: str, otherwise: Any) -> Any:
    if not extractor:
        return otherwise
    field = re.fullmatch(r"EXTRACT\(([\w.]+)\)", extractor)
    assert field, extractor
    value = field_of(entry, field[1])
    return value if value is not None else None if otherwise == 1 else otherwise


def fires(
    alert: Mapping[str, Any], metrics: Mapping[str, Mapping[str, Any]], entries: Iterable[Entry]
) -> bool:
    """Whether an alert fires on these lines, if all of them were written within its time."""
    lines = list(entries)
    met = [_met(condition, metrics, lines) for condition in alert["conditions"]]
    return all(met) if alert["combiner"] == "AND" else any(met)


def _met(
    condition: Mapping[str, Any], metrics: Mapping[str, Mapping[str, Any]], lines: list[Entry]
) -> bool:
    if one := condition.get("conditionMatchedLog"):
        return any(map(query(one["filter"]), lines))
    if one := condition.get("conditionPrometheusQueryLanguage"):
        found = re.fullmatch(r".*:user_(\w+)_sum\{.*\) > (\d+)", one["query"])
        assert found
        return sum(one.value for one in points(metrics[found[1]], lines)) > float(found[2])
    if one := condition.get("conditionAbsent"):
        return not _series(one["filter"], metrics, lines)
    one = condition["conditionThreshold"]
    value = _reduced(one["aggregations"][0], _series(one["filter"], metrics, lines))
    if "denominatorFilter" in one:
        below = _series(one["denominatorFilter"], metrics, lines)
        value = value / len(below) if below else 0
    compare = {"COMPARISON_GT": operator.gt, "COMPARISON_LT": operator.lt}[one["comparison"]]
    return bool(compare(value, one["thresholdValue"]))


def _series(text: str, metrics: Mapping[str, Mapping[str, Any]], lines: list[Entry]) -> list[Point]:
    name = re.search(r"/user/(\w+)", text)
    assert name
    found = points(metrics[name[1]], lines)
    for label, exact, pattern in re.findall(
        r'metric\.labels\.(\w+)=(?:"(\w+)"|monitoring\.regex\.full_match\("([^"]+)"\))', text
    ):
        regex = re.compile(exact or pattern)
        found = [one for one in found if regex.fullmatch(one.labels[label])]
    return found


def _reduced(aggregation: Mapping[str, str], series: list[Point]) -> float:
    values = sorted(one.value for one in series)
    if not values or aggregation["crossSeriesReducer"] == "REDUCE_SUM":
        return sum(values)
    if aggregation["crossSeriesReducer"] == "REDUCE_MAX":
        return values[-1]
    share = int(aggregation["crossSeriesReducer"].rpartition("_")[2]) / 100
    return values[min(len(values) - 1, int(share * len(values)))]
