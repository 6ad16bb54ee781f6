"""Fetch what a task reads: from our bucket only, and only the user's own objects."""

from pathlib import Path
from urllib.parse import urlsplit

import requests

from firepod.adapters.bucket import Bucket
from firepod.kinds import paths, registry
from firepod.kinds.task import Input
from worker.engines import EngineError
from worker.task import Task

MAX_BYTES = 25 * 1024 * 1024
TIMEOUT = (5.0, 30.0)
AS_IT_IS = {"Accept-Encoding": "identity"}
HOSTS = frozenset({"firebasestorage.googleapis.com", "storage.googleapis.com"})


def fetch_inputs(
    task: Task, workdir: Path, bucket: Bucket | None, extra_hosts: frozenset[str] = frozenset()
) -> dict[str, Path]:
    """Put every input of a task into the work folder; field -> file.

    Raises:
        EngineError: an input is not the user's, not there, or too large.
    """
    found = {}
    for one in registry.task(task.task_type).inputs:
        path = one.path(task.request)
        if path is None:
            continue
        data = _read(task, one, path, bucket, extra_hosts)
        found[one.name] = workdir / f"input_{one.name}"
        found[one.name].write_bytes(data)
    return found


def _read(
    task: Task, wanted: Input, path: str, bucket: Bucket | None, extra_hosts: frozenset[str]
) -> bytes:
    missing = EngineError(f"The {wanted.words} is no longer there. Upload it again.")
    if bucket is None:
        url = task.download_urls.get(wanted.name)
        if url is None:
            raise EngineError(f"The {wanted.words} cannot be reached by this worker.")
        return _download(url, wanted, extra_hosts)
    file = bucket.stat(path)
    if file is None or task.ref is None:
        raise missing
    # A voice's profile lies outside the user's folders; its owner stands on the object itself.
    owned = file.owner == task.ref.user_id or paths.owned_input(path, task.ref.user_id)
    if not owned:
        raise missing
    if file.size_bytes > MAX_BYTES:
        raise EngineError(f"The {wanted.words} is larger than 25 MiB.")
    if file.packed:
        raise EngineError(f"The {wanted.words} is compressed for its transfer. Upload it as it is.")
    data = bucket.read(path, MAX_BYTES)
    if data is None:
        raise missing
    return data


def _download(url: str, wanted: Input, extra_hosts: frozenset[str]) -> bytes:
    """Get an object by the URL that the backend gave; of Storage only, and never redirected."""
    parts = urlsplit(url)
    secure = parts.scheme == "https" and parts.hostname in HOSTS
    if not secure and parts.netloc not in extra_hosts:
        raise EngineError(f"The {wanted.words} is not in Firebase Storage.")
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
            # Never unpacked here: a small file can hold gigabytes.
            data = response.raw.read(MAX_BYTES + 1, decode_content=False)
    except requests.RequestException as error:
        raise EngineError(f"The {wanted.words} could not be fetched.") from error
    if len(data) > MAX_BYTES:
        raise EngineError(f"The {wanted.words} is larger than 25 MiB.")
    return bytes(data)
