"""Our Storage bucket: objects with their owner, attempt and download token as custom metadata."""

import functools
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from google.api_core import exceptions

from firepod import logs
from firepod.adapters.side_by_side import SideBySide
from firepod.adapters.signing import LONGEST, CannotSign, Signer, upload_headers
from firepod.adapters.storage_reach import LOOK, UPLOAD, UPLOAD_PIECE_BYTES, Patience, reaching
from firepod.adapters.stored_objects import (
    TOKEN_KEY,
    headers,
    label,
    listed,
    published,
    rewrite,
    stored,
)
from firepod.domain.errors import Unavailable
from firepod.domain.generation import ListedFile, Output, StoredFile, UploadUrl
from firepod.settings import MediaUrls

if TYPE_CHECKING:
    from google.cloud.storage import Blob
    from google.cloud.storage import Bucket as StorageBucket

    from firepod.domain.links import Stream

MAX_PAGE = 1000  # what one call lists at most
DOWNLOAD_HOST = "https://firebasestorage.googleapis.com"


class Bucket(SideBySide):
    """`firepod.ports.Storage` on a bucket; `emulator` is the Storage emulator's URL, if it is one.

    `open_bucket` runs at the first use: its import costs a quarter of a second, which a function
    that touches no object should not pay.
    """

    def __init__(
        self,
        open_bucket: "Callable[[], StorageBucket]",
        media_urls: MediaUrls,
        emulator: str = "",
        *,
        look: Patience = LOOK,
        upload: Patience = UPLOAD,
        signed_for: timedelta = LONGEST,
    ) -> None:
        self._open = open_bucket
        self._media_urls = media_urls
        self._emulator = emulator
        self._look, self._upload = look, upload
        self._signed_for = signed_for

    @cached_property
    def _bucket(self) -> "StorageBucket":
        return self._open()

    @cached_property
    def _signer(self) -> Signer:
        return Signer(self._bucket.client._credentials)  # noqa: SLF001 (as the library's own)

    @reaching
    def stat(self, path: str) -> StoredFile | None:
        blob = self._bucket.get_blob(path, **self._look.bounds())
        return None if blob is None else stored(blob)

    @reaching
    def head(self, path: str, count: int) -> bytes:
        try:
            data: bytes = self._bucket.blob(path).download_as_bytes(
                start=0, end=count - 1, raw_download=True, **self._look.bounds()
            )
        except (exceptions.NotFound, exceptions.RequestRangeNotSatisfiable):
            return b""
        return data[:count]

    @reaching
    def read(self, path: str, at_most: int) -> bytes | None:
        try:
            data: bytes = self._bucket.blob(path).download_as_bytes(
                start=0, end=at_most - 1, raw_download=True, **self._look.bounds()
            )
        except exceptions.RequestRangeNotSatisfiable:
            return b""  # it is empty
        except exceptions.NotFound:
            return None
        return data[:at_most]

    @reaching
    def below(self, prefix: str) -> list[StoredFile]:
        """The objects whose names begin so; one call per thousand of them."""
        return [
            stored(blob) for blob in self._bucket.list_blobs(prefix=prefix, **self._look.bounds())
        ]

    @reaching
    def put(self, output: Output, data: bytes, *, owner: str, attempt: int) -> StoredFile:
        blob = self._labelled(output, owner, attempt)
        return self._created(
            blob,
            functools.partial(blob.upload_from_string, data, content_type=output.content_type),
            len(data),
        )

    @reaching
    def put_file(self, output: Output, filename: str, *, owner: str, attempt: int) -> StoredFile:
        """As `put`, from a file on disk."""
        blob = self._labelled(output, owner, attempt)
        return self._created(
            blob,
            functools.partial(
                blob.upload_from_filename, filename, content_type=output.content_type
            ),
            Path(filename).stat().st_size,
        )

    @reaching
    def put_stream(
        self, output: Output, stream: "Stream", *, owner: str, attempt: int
    ) -> StoredFile:
        blob = self._labelled(output, owner, attempt)
        return self._created(
            blob,
            functools.partial(
                blob.upload_from_file, stream, size=stream.size, content_type=output.content_type
            ),
            stream.size or 0,
        )

    @reaching
    def copy(self, path: str, output: Output, *, owner: str, attempt: int) -> StoredFile | None:
        blob = self._labelled(output, owner, attempt)
        blob.content_type = output.content_type
        fill = functools.partial(
            rewrite, blob, self._bucket.blob(path), emulator=bool(self._emulator)
        )
        try:
            return self._created(blob, fill, 0)
        except exceptions.NotFound:
            return None

    @reaching
    def delete(self, paths: Iterable[str], *, owner: str, upto_attempt: int) -> None:
        one = functools.partial(self._delete, owner=owner, upto_attempt=upto_attempt)
        self.together([functools.partial(one, path) for path in paths])

    def _delete(self, path: str, *, owner: str, upto_attempt: int) -> None:
        blob = self._bucket.get_blob(path, **self._look.bounds())
        if blob is None:
            return
        file = stored(blob)
        if file.owner != owner or file.attempt > upto_attempt:
            return
        with suppress(exceptions.NotFound, exceptions.PreconditionFailed):
            # Only the version just seen: a newer attempt may write at this moment.
            blob.delete(if_generation_match=blob.generation, **self._look.bounds())

    @reaching
    def listing(self, prefix: str, *, after: str = "", limit: int) -> list[ListedFile]:
        # The emulator knows no start_offset, so what comes before is skipped here, too.
        blobs = self._bucket.list_blobs(
            prefix=prefix,
            start_offset=after or None,
            page_size=min(limit + 1, MAX_PAGE),
            **self._look.bounds(),
        )
        return [listed(blob) for blob in islice((b for b in blobs if b.name > after), limit)]

    @reaching
    def remove(self, file: ListedFile) -> None:
        with suppress(exceptions.NotFound, exceptions.PreconditionFailed):
            self._bucket.blob(file.path).delete(
                if_generation_match=file.version, **self._look.bounds()
            )

    @reaching
    def share(self, file: StoredFile) -> str:
        if self._media_urls is MediaUrls.PUBLIC and not self._emulator:
            self._publish(file.path)
        if self._media_urls is MediaUrls.TOKEN and not file.token:
            file = self._with_token(file)
        return self.url(file)

    def _with_token(self, file: StoredFile) -> StoredFile:
        """What was put to an upload URL has no token yet; the first one to share it adds one."""
        blob = self._bucket.get_blob(file.path, **self._look.bounds())
        if blob is None:
            raise Unavailable("The file is no longer there.")
        if TOKEN_KEY not in (blob.metadata or {}):
            blob.metadata = {**(blob.metadata or {}), TOKEN_KEY: str(uuid.uuid4())}
            try:
                blob.patch(if_metageneration_match=blob.metageneration, **self._look.bounds())
            except exceptions.PreconditionFailed:
                blob.reload(**self._look.bounds())  # another one was first, and its token counts
        return stored(blob)

    def _publish(self, path: str) -> None:
        try:
            # One request; `make_public` makes two, the first of them without any bound.
            self._bucket.blob(path).acl.save_predefined("publicRead", **self._look.bounds())
        except exceptions.BadRequest:
            # A bucket with uniform access has no rules per object: it is public by IAM, or not.
            return

    @reaching
    def url(self, file: StoredFile) -> str:
        if self._media_urls is MediaUrls.PUBLIC and not self._emulator:
            public: str = self._bucket.blob(file.path).public_url
            return public
        if self._media_urls is MediaUrls.SIGNED and not self._emulator:
            until = datetime.now(UTC) + self._signed_for
            return self._signer.url(self._bucket.blob(file.path), "GET", until)
        # The emulator can neither sign nor publish; its token URLs do the same there.
        return self._token_url(file)

    @reaching
    def read_url(self, file: StoredFile, until: datetime) -> str:
        if self._emulator:
            return self._token_url(file)
        return self._signer.url(self._bucket.blob(file.path), "GET", until)

    def _token_url(self, file: StoredFile) -> str:
        host = self._emulator or DOWNLOAD_HOST
        name = quote(file.path, safe="")
        token = f"&token={file.token}" if file.token else ""
        return f"{host}/v0/b/{self._bucket.name}/o/{name}?alt=media{token}"

    @reaching
    def upload_url(self, output: Output, *, owner: str, attempt: int, until: datetime) -> UploadUrl:
        """A signed PUT: type, owner, attempt and the largest size are fixed by the signature."""
        blob = self._labelled(output, owner, attempt)
        if not self._emulator:
            sent = upload_headers(output, owner, attempt) | headers(output, self._media_urls)
            try:
                return UploadUrl(self._signer.url(blob, "PUT", until, sent), sent)
            except CannotSign as error:
                logs.upload_not_bounded(error.__cause__ or error)
        return self._session(blob, output)

    def _session(self, blob: "Blob", output: Output) -> UploadUrl:
        """A resumable session, where nothing can be signed: it bounds neither size nor hours.

        Type, owner, attempt and token are fixed all the same, and what is there is never replaced.
        https://cloud.google.com/storage/docs/resumable-uploads#session-uris
        """
        url: str = blob.create_resumable_upload_session(
            content_type=output.content_type, if_generation_match=0, **self._look.bounds()
        )
        return UploadUrl(url, {"Content-Type": output.content_type})

    def _labelled(self, output: Output, owner: str, attempt: int) -> "Blob":
        # The emulator takes the first piece of an upload for the whole of it.
        piece = None if self._emulator else UPLOAD_PIECE_BYTES
        blob = self._bucket.blob(output.path, chunk_size=piece)
        label(blob, owner, attempt, headers(output, self._media_urls))
        self._make_room(blob, owner, attempt)
        return blob

    def _make_room(self, blob: "Blob", owner: str, attempt: int) -> None:
        """An older attempt's object goes first; a later one's must not be overwritten."""
        if attempt > 1:  # nothing is older than the first one
            self._delete(blob.name, owner=owner, upto_attempt=attempt - 1)

    def _created(self, blob: "Blob", upload: Callable[..., None], size: int) -> StoredFile:
        """Upload if nothing is there: a document may already link to what is, by its token."""
        try:
            upload(if_generation_match=0, **self._upload.bounds())
        except exceptions.PreconditionFailed:
            there, made = self.stat(blob.name), published(blob, size)
            # Gone again, another user's, or a later attempt's: nothing that this one may link to.
            if there is None or (there.owner, there.attempt) != (made.owner, made.attempt):
                raise Unavailable("The file could not be stored.") from None
            return there
        return published(blob, size)
