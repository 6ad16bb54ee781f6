"""Fetch what a task reads: from our bucket, only the user's own objects; or what a request brings.

By URL only from Storage, and from the hosts that whoever runs the worker has named.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from firepod.adapters.bucket import Bucket
from firepod.kinds import paths, registry
from firepod.kinds.fields import LARGEST_FILE, MAX_FILE_BYTES
from firepod.kinds.task import Input
from worker.brought import BadInput, Brought, check
from worker.engines import EngineError
from worker.patience import DOWNLOAD_SECONDS, within
from worker.task import Task

TIMEOUT = (5.0, 30.0)  # seconds to connect, and for each piece
AS_IT_IS = {"Accept-Encoding": "identity"}
HOSTS = frozenset({"firebasestorage.googleapis.com", "storage.googleapis.com"})


def fetch_inputs(
    task: Task,
    workdir: Path,
    bucket: Bucket | None,
    extra_hosts: frozenset[str] = frozenset(),
    seconds: float = DOWNLOAD_SECONDS,
) -> dict[str, Path]:
    """Put every input of a task into the work folder; field -> file.

    Raises:
        EngineError: an input is not the user's, not there, or too large.
    """
    found, urls = {}, _Urls(extra_hosts, seconds)
    for one in registry.task(task.task_type).inputs:
        path, brought = one.path(task.request), task.brought.get(one.name)
        if brought is not None:
            data = _brought(one, brought, urls)
        elif path is not None:
            data = _read(task, one, path, bucket, urls)
        else:
            continue
        found[one.name] = workdir / f"input_{one.name}"
        found[one.name].write_bytes(data)
    return found


def _read(task: Task, wanted: Input, path: str, bucket: Bucket | None, urls: "_Urls") -> bytes:
    missing = EngineError(f"The {wanted.words} is no longer there. Upload it again.")
    if bucket is None:
        url = task.download_urls.get(wanted.name)
        if url is None and task.upload_urls:
            raise missing  # the backend gives a URL for each file that is there
        if url is None:
            raise EngineError(f"The {wanted.words} cannot be reached by this worker.")
        return urls.read(url, wanted)
    file = bucket.stat(path)
    if file is None or task.ref is None:
        raise missing
    # A voice's profile lies outside the user's folders; its owner stands on the object itself.
    owned = file.owner == task.ref.user_id or paths.owned_input(path, task.ref.user_id)
    if not owned:
        raise missing
    if file.size_bytes > MAX_FILE_BYTES:
        raise EngineError(f"The {wanted.words} is larger than {LARGEST_FILE}.")
    if file.packed:
        raise EngineError(f"The {wanted.words} is compressed for its transfer. Upload it as it is.")
    data = bucket.read(path, MAX_FILE_BYTES)
    if data is None:
        raise missing
    return data


def _brought(wanted: Input, brought: Brought, urls: "_Urls") -> bytes:
    """What a direct request came with; what it names only by a URL is looked at here."""
    if brought.data is not None:
        return brought.data
    data = urls.read(brought.url, wanted)
    try:
        check(wanted, data)
    except BadInput as error:
        raise EngineError(str(error)) from error
    return data


@dataclass(frozen=True, slots=True)
class _Urls:
    """Objects by their URLs: of Storage and of these hosts only, and never redirected."""

    extra_hosts: frozenset[str]
    seconds: float

    def read(self, url: str, wanted: Input) -> bytes:
        parts = urlsplit(url)
        # As a whole, for a name or a backslash before the host is read in several ways. Firebase's
        # own URLs may tell the port.
        secure = parts.scheme == "https" and parts.netloc.removesuffix(":443") in HOSTS
        if not secure and parts.netloc not in self.extra_hosts:
            raise EngineError(f"The {wanted.words} is not in Firebase Storage.")
        try:
            return within(self.seconds, lambda: _fetched(url, wanted))
        except TimeoutError as error:
            raise EngineError(f"The {wanted.words} took too long to be fetched.") from error


def _fetched(url: str, wanted: Input) -> bytes:
    try:
        with requests.get(
            url, headers=AS_IT_IS, timeout=TIMEOUT, stream=True, allow_redirects=False
        ) as response:
            if response.status_code != 200:
                raise EngineError(f"The {wanted.words} is no longer there. Upload it again.")
            if response.headers.get("Content-Encoding", "") not in {"", "identity"}:
                raise EngineError(
                    f"The {wanted.words} is compressed for its transfer. Upload it as it is."
                )
            data = bytearray()
            # To the end, which tells a whole file from one that broke off. Never unpacked here: a
            # small file can hold gigabytes.
            while piece := response.raw.read(MAX_FILE_BYTES + 1 - len(data), decode_content=False):
                data += piece
    except (requests.RequestException, HTTPError) as error:
        raise EngineError(f"The {wanted.words} could not be fetched.") from error
    if len(data) > MAX_FILE_BYTES:
        raise EngineError(f"The {wanted.words} is larger than {LARGEST_FILE}.")
    return bytes(data)
