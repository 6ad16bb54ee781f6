"""An app's listener on one document or query, as little of one as possible, over gRPC."""

import queue
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import grpc

from local.firestore import wire

_OWNER = "owner"
_NO_CHANGE = 0


@dataclass(frozen=True, slots=True)
class Heard:
    """A document as a listener was told of it; `fields` are Firestore's, in its own JSON."""

    at: float  #: of time.perf_counter
    path: str
    fields: Mapping[str, Any]
    delay: float  #: seconds since Firestore committed it, by this machine's clock

    @property
    def status(self) -> str:
        status: str = self.fields["status"]["stringValue"]
        return status


class Listener:
    """Already current; `next` waits for what is told afterwards."""

    def __init__(self, responses: Iterator[Any]) -> None:
        self._responses = responses
        self.first: list[Heard] = []  #: what was there at the beginning

    def next(self) -> Heard:
        """The next change of a document, heard when the message arrives."""
        for response in self._responses:
            if response.HasField("document_change"):
                return _heard(response.document_change.document)
        raise RuntimeError("the listener has ended")

    def until(self, *statuses: str) -> Heard:
        """The first document with one of these statuses, from the beginning on."""
        found = next((one for one in reversed(self.first) if one.status in statuses), None)
        while found is None or found.status not in statuses:
            found = self.next()
        return found

    def start(self) -> None:
        """Take in what is there, up to the first snapshot; for `listening`."""
        for response in self._responses:
            if response.HasField("document_change"):
                self.first.append(_heard(response.document_change.document))
            change = response.target_change
            if change.HasField("cause"):
                raise RuntimeError(f"the listener was refused: {change.cause.message}")
            if change.HasField("read_time") and change.target_change_type == _NO_CHANGE:
                return


@contextmanager
def listening(
    host: str,
    project: str,
    *,
    path: str = "",
    query: Any = None,
    token: str = _OWNER,
    seconds: float = 120.0,
) -> Iterator[Listener]:
    """Listen to the document at `path` or to a wire.StructuredQuery below it.

    Calls fail with grpc.RpcError once `seconds` are over.
    """
    database = f"projects/{project}/databases/(default)"
    target = wire.Target(target_id=1)
    if query is None:
        target.documents.documents.append(f"{database}/documents/{path}")
    else:
        target.query.parent = f"{database}/documents/{path}".rstrip("/")
        target.query.structured_query.CopyFrom(query)
    requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
    requests.put(wire.ListenRequest(database=database, add_target=target))
    with grpc.insecure_channel(host) as channel:
        listen = channel.stream_stream(
            "/google.firestore.v1.Firestore/Listen",
            request_serializer=wire.ListenRequest.SerializeToString,
            response_deserializer=wire.ListenResponse.FromString,
        )
        call: Any = listen(
            iter(requests.get, None),
            metadata=(("authorization", f"Bearer {token}"),),
            timeout=seconds,
        )
        listener = Listener(call)
        try:
            listener.start()
            yield listener
        finally:
            requests.put(None)
            call.cancel()


def newest(media_type: str, limit: int) -> Any:
    """Build the query of a library: a user's newest generations of one kind."""
    query = wire.StructuredQuery()
    query.from_.add(collection_id=media_type)
    query.order_by.add(direction=2).field.field_path = "created_at"
    query.limit.value = limit
    return query


def _heard(document: Any) -> Heard:
    at, now = time.perf_counter(), time.time()
    committed = wire.microseconds(document.update_time) / 1e6
    fields = wire.to_json(document).get("fields", {})
    return Heard(at, document.name.partition("/documents/")[2], fields, now - committed)
