"""Errors of the backend for operators, who want to know what stands behind them."""

from firepod.domain.errors import FirepodError, Unavailable

_BEHIND = {
    "PermissionDenied": "You lack a role: roles/datastore.viewer to look, .user to change.",
    "Forbidden": "You lack a role: roles/storage.objectViewer to look, .objectAdmin to change.",
    "NotFound": "There is no such project, or it has no Firestore.",
    "RefreshError": "Sign in again: gcloud auth application-default login",
    "Unauthenticated": "Sign in again: gcloud auth application-default login",
    "FailedPrecondition": (
        "An index is not there yet: `make deploy` makes it. Until then name its user with --user."
    ),
}


def explained(error: FirepodError) -> str:
    """The sentence of an error, with what stood behind it where that tells what to do."""
    if not isinstance(error, Unavailable) or error.__cause__ is None:
        return error.message
    cause = type(error.__cause__).__name__
    return f"{error.message} {_BEHIND.get(cause, f'({cause})')}"
