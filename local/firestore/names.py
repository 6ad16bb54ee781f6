"""Resource names: projects/P/databases/D[/documents[/collection/document]...]."""

from __future__ import annotations

import functools
import re

from local.firestore.errors import invalid

MAX_ID_BYTES = 1500
MAX_NAME_BYTES = 6144
MAX_PATH_SEGMENTS = 200  # 100 levels of collection and document
_DATABASE = re.compile(r"projects/[^/]+/databases/[^/]+")
_ROOT_SEGMENTS = 5  # projects P databases D documents
RESERVED = re.compile(r"__.*__", re.DOTALL)
_NUMERIC_ID = re.compile(r"__id-?\d+__")


def check_database(name: str) -> str:
    """Return the name of a database, `projects/P/databases/D`, if it is one."""
    if not _DATABASE.fullmatch(name):
        raise invalid(f'Invalid database name "{name}".')
    return name


@functools.lru_cache(maxsize=4096)
def database_of(name: str) -> str:
    """Cut `projects/P/databases/D` from the name of anything inside."""
    match = _DATABASE.match(name)
    if match is None or name[match.end() : match.end() + 1] not in ("", "/"):
        raise invalid(f'Invalid resource name "{name}".')
    return match[0]


def project_of(name: str) -> str:
    """Cut the project id from a resource name."""
    return name.split("/", 2)[1]


@functools.lru_cache(maxsize=4096)
def check_document(name: str, database: str | None = None) -> str:
    """Return the name if it is a document's, in `database` if that is given."""
    segments = _segments("Document", name)
    if len(segments) == _ROOT_SEGMENTS:
        raise invalid(f'Document name "{name}" lacks "/" at index {len(name)}.')
    if len(segments) % 2 == 0:
        raise invalid(f'Document name "{name}" lacks "/" at index {len(name)}.')
    if database is not None and database_of(name) != database:
        raise invalid(
            f'Document name "{name}" must be of the same project and database as the request, '
            f'"{database}".'
        )
    return name


@functools.lru_cache(maxsize=4096)
def check_parent(name: str) -> str:
    """Return the name if it is a document's or the root of all documents."""
    if len(_segments("Document parent", name)) % 2 == 0:
        raise invalid(f'Document parent name "{name}" lacks "/" at index {len(name)}.')
    return name


def check_collection_id(collection_id: str) -> str:
    """Return the id if a collection may have it."""
    if not collection_id or "/" in collection_id or collection_id in (".", ".."):
        raise invalid(f'Collection id "{collection_id}" is not a valid collection id.')
    if RESERVED.fullmatch(collection_id):
        raise invalid(f'Collection id "{collection_id}" is invalid because it is reserved.')
    _check_length("Collection", collection_id)
    return collection_id


def _segments(kind: str, name: str) -> list[str]:
    database = database_of(name)
    segments = name.split("/")
    if len(segments) < _ROOT_SEGMENTS or segments[4] != "documents":
        raise invalid(f'{kind} name "{name}" lacks "/documents" at index {len(database)}.')
    if len(segments) > _ROOT_SEGMENTS + MAX_PATH_SEGMENTS:
        raise invalid(f'{kind} name "{name}" has more than 100 levels.')
    if len(name.encode()) > MAX_NAME_BYTES:
        raise invalid(f"{kind} name is longer than {MAX_NAME_BYTES} bytes.")
    for index, segment in enumerate(segments[_ROOT_SEGMENTS:]):
        if not segment:
            position = len("/".join(segments[: _ROOT_SEGMENTS + index])) + 1
            raise invalid(f'{kind} name "{name}" has an empty segment at index {position}.')
        if index % 2 == 0:
            check_collection_id(segment)
        else:
            _check_document_id(segment)
    return segments


def _check_document_id(document_id: str) -> None:
    if document_id in (".", ".."):
        raise invalid(f'Document id "{document_id}" is invalid.')
    if RESERVED.fullmatch(document_id) and not _NUMERIC_ID.fullmatch(document_id):
        raise invalid(f'Resource id "{document_id}" is invalid because it is reserved.')
    _check_length("Document", document_id)


def _check_length(kind: str, resource_id: str) -> None:
    if len(resource_id) * 4 > MAX_ID_BYTES and len(resource_id.encode()) > MAX_ID_BYTES:
        raise invalid(f"{kind} id is longer than {MAX_ID_BYTES} bytes.")
