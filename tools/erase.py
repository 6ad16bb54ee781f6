"""Delete everything of a user, by user id: for accounts that are gone, and on request.

    .venv/bin/python -m tools.erase --project my-project UID          # says what there is
    .venv/bin/python -m tools.erase --project my-project UID --yes    # and has it deleted

It does what `erase` does for its caller: it writes one document, and the deployment's sweep works
that off within minutes, whatever dies on the way. Run it again without --yes to see what is left.
It takes the credentials of `gcloud auth application-default login`, or the emulators that the
environment names (FIRESTORE_EMULATOR_HOST and STORAGE_EMULATOR_HOST, as `make env` prints them).
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from firepod.adapters.bucket import Bucket
from firepod.adapters.firestore import FirestoreStore
from firepod.domain.errors import FirepodError, Unauthenticated
from firepod.domain.generation import MediaType
from firepod.domain.users import parse_user_id
from firepod.kinds import paths
from firepod.ports import Storage, Store
from firepod.settings import MediaUrls

PAGE = 1000
MAX_JOBS = 1000


@dataclass(frozen=True, slots=True)
class Found:
    """What there is of a user; objects in the folders of all users stand in their documents."""

    generations: dict[MediaType, int]
    jobs: int
    files: int
    size_bytes: int
    used_today: int
    erasing_since: datetime | None

    @property
    def nothing(self) -> bool:
        held = (self.jobs, self.files, *self.generations.values())
        return not any(held) and self.erasing_since is None


def look(store: Store, storage: Storage, user_id: str, now: datetime) -> Found:
    """Count what is there; changes nothing."""
    erasure = store.erasure(user_id)
    files = [file for folder in paths.own_folders(user_id) for file in _files(storage, folder)]
    return Found(
        generations={one: _count(store, user_id, one) for one in MediaType},
        jobs=len(store.jobs_of(user_id, MAX_JOBS)),
        files=len(files),
        size_bytes=sum(files),
        used_today=store.quota(user_id).used_on(now),
        erasing_since=None if erasure is None else erasure.erased_at,
    )


def _count(store: Store, user_id: str, media_type: MediaType) -> int:
    count, after = 0, ""
    while True:
        found = store.generations_of(user_id, media_type, after=after, limit=PAGE)
        count += len(found)
        if len(found) < PAGE:
            return count
        after = found[-1].ref.file_uid


def _files(storage: Storage, folder: str) -> list[int]:
    """The sizes of what is below a folder."""
    sizes: list[int] = []
    after = ""
    while True:
        found = storage.listing(folder, after=after, limit=PAGE)
        sizes += [file.size_bytes for file in found]
        if len(found) < PAGE:
            return sizes
        after = found[-1].path


def told(user_id: str, found: Found) -> str:
    """What was found, for a terminal."""
    if found.nothing:
        return f"There is nothing of {user_id}, but {found.used_today} units used today."
    counts = ", ".join(f"{count} {name}" for name, count in found.generations.items())
    lines = [
        f"Of {user_id} there are:",
        f"  generations  {counts}",
        f"  jobs         {found.jobs}",
        f"  files        {found.files} ({found.size_bytes / 2**20:.1f} MiB) in own folders",
        f"  used today   {found.used_today} units, kept until midnight UTC",
    ]
    if found.erasing_since is not None:
        lines.append(f"  being erased since {found.erasing_since:%Y-%m-%d %H:%M:%S} UTC")
    return "\n".join(lines)


def open_project(project: str, bucket: str) -> tuple[Store, Storage]:
    """The database and the bucket of a project, or of the emulators."""
    from google.cloud import firestore

    from firepod.adapters.storage_reach import open_client

    def opened() -> object:
        return open_client(project=project).bucket(bucket)

    emulator = os.environ.get("STORAGE_EMULATOR_HOST", "")
    store = FirestoreStore(firestore.Client(project=project))
    return store, Bucket(opened, MediaUrls.TOKEN, emulator)


def _utc_now() -> datetime:
    return datetime.now(UTC)


def main(
    arguments: Sequence[str] | None = None,
    opening: Callable[[str, str], tuple[Store, Storage]] = open_project,
    clock: Callable[[], datetime] = _utc_now,
) -> int:
    """Run it; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.erase", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("user_id", metavar="UID")
    parser.add_argument("--project", required=True)
    parser.add_argument(
        "--bucket", help="default: FIREBASE_STORAGE_BUCKET, or PROJECT.firebasestorage.app"
    )
    parser.add_argument("--yes", action="store_true", help="delete it; without, only look")
    options = parser.parse_args(arguments)
    try:
        user_id = parse_user_id(options.user_id)
    except Unauthenticated:
        print("This is no user id.", file=sys.stderr)
        return 2
    named = options.bucket or os.environ.get("FIREBASE_STORAGE_BUCKET")
    bucket = named or f"{options.project}.firebasestorage.app"
    store, storage = opening(options.project, bucket)
    now = clock()
    try:
        print(told(user_id, look(store, storage, user_id, now)))
        if options.yes:
            store.begin_erasure(user_id, now)
    except FirepodError as error:
        print(error.message, file=sys.stderr)
        return 1
    if options.yes:
        print("It is being deleted: the sweep of the deployment does it within minutes.")
    else:
        print("Nothing was changed. With --yes all of it is deleted.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
