"""From the mounted output folder of a worker to Firebase Storage, file by file.

For workers that leave their files in a folder instead of handing them over job by job: put a file
into the folder, call the upload that fits, and use the URL. The file in the folder is removed when
it is safely in Storage; as long as it is not, it stays, and the upload can be repeated. What is
uploaded stands in the document of its voice or speech (`recorded`), so its user sees it.

The functions of this module find their project, their folder and whose files they are by
themselves, when they are called first:

    from worker import firebase_service

    firebase_service.upload_runpod_voice_sample(voice_id, filename)
"""

import functools
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypedDict

from google.api_core.retry import Retry

from firepod.domain.errors import Unauthenticated
from firepod.domain.generation import Output, StoredFile
from firepod.domain.users import parse_user_id
from firepod.kinds import media_kinds, paths
from worker.firebase import Firebase, connect
from worker.firebase_key import BUCKET, NAME, BadFirebaseSetup
from worker.mounted import AT_THE_ROOT, Mounted, OutsideFolder
from worker.recorded import Recorder, voice_of

SOUNDS = frozenset({"audio/wav", "audio/mpeg", "audio/ogg"})
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


class NotTheMedia(ValueError):
    """A file that is not what it is uploaded as, or another one than is in Storage already."""


class NoOwner(LookupError):
    """A voice or speech of which nothing says whose it is."""


class SharedFile(TypedDict):
    """One file of a voice in Storage."""

    path: str
    url: str
    size_bytes: int


class VoiceFiles(TypedDict):
    """Everything of a voice in Storage; the newest sample first."""

    samples: list[SharedFile]
    profiles: list[SharedFile]


class Storage(Protocol):
    """What the service needs of `firepod.adapters.bucket.Bucket`."""

    def stat(self, path: str) -> StoredFile | None: ...

    def below(self, prefix: str) -> list[StoredFile]: ...

    def put_file(
        self, output: Output, filename: str, *, owner: str, attempt: int
    ) -> StoredFile: ...

    def delete(self, paths: list[str], *, owner: str, upto_attempt: int) -> None: ...

    def share(self, file: StoredFile) -> str: ...

    def url(self, file: StoredFile) -> str: ...


@dataclass(slots=True)
class FirebaseService:
    """Uploads of one user's files: `owner` may read them, and nobody else's are touched."""

    storage: Storage
    folder: Path
    owner: str
    #: Tries again what may work a moment later; what still fails then is raised.
    retry: Callable[[Callable[[], StoredFile]], Callable[[], StoredFile]] = field(
        default_factory=lambda: Retry(_may_pass, initial=0.5, maximum=4.0, timeout=30.0)
    )
    failed: dict[Path, Output] = field(default_factory=dict)
    #: Lists what is uploaded in the documents; without it, it only lies in Storage.
    recorder: Recorder | None = None
    others: tuple[Path, ...] = ()  #: more folders in which files may be

    @property
    def _mounted(self) -> Mounted:
        return Mounted((self.folder, *self.others))

    def upload_runpod_voice_sample(self, voice_id: str, filename: str) -> str:
        """Upload a sample to `voices/{voice_id}/samples/`; returns its URL."""
        path = f"voices/{_checked_id(voice_id)}/samples/{_base_name(filename)}"
        return self._upload(filename, Output(path, self._sound(filename)))

    def upload_runpod_tts_generation(self, generation_id: str, filename: str) -> str:
        """Upload speech to `tts/{generation_id}/`; returns its URL."""
        path = f"tts/{_checked_id(generation_id)}/{_base_name(filename)}"
        return self._upload(filename, Output(path, self._sound(filename)))

    def upload_voice_profile(self, voice_id: str, filename: str) -> str:
        """Upload a profile as `voices/{voice_id}/profiles/{voice_id}.npy`; returns its URL."""
        path = f"voices/{_checked_id(voice_id)}/profiles/{voice_id}.npy"
        return self._upload(filename, Output(path, "application/octet-stream"))

    def upload_failed(self) -> list[str]:
        """Try everything once more whose upload failed; returns the URLs of what went well."""
        waiting, urls = dict(self.failed), []
        for file, output in waiting.items():
            if not file.is_file():
                del self.failed[file]
                continue
            try:
                urls.append(self._upload_file(file, output))
            except Exception:  # noqa: BLE001, S112 (it stays in `failed`, where the caller sees it)
                continue
        return urls

    def get_shared_access_url(self, firebase_path: str) -> str:
        """The URL of an object of the owner's.

        Raises:
            FileNotFoundError: it is not there, or not the owner's.
        """
        file = self.storage.stat(firebase_path)
        if file is None or file.owner != self.owner:
            raise FileNotFoundError(firebase_path)
        return self.storage.url(file)

    def list_voice_files(self, voice_id: str) -> VoiceFiles:
        """The samples and profiles of a voice of the owner's; both empty if there is none."""
        prefix = f"voices/{_checked_id(voice_id)}"
        order = [] if self.recorder is None else self.recorder.order(voice_id)
        return {
            "samples": self._shared(f"{prefix}/samples/", order),
            "profiles": self._shared(f"{prefix}/profiles/", order),
        }

    def cleanup_runpod_file(self, runpod_path: str) -> bool:
        """Remove a file of the mounted folder; False if it was gone already.

        Raises:
            OutsideFolder: it is not in the folder.
        """
        return self._mounted.remove(runpod_path)

    def _sound(self, filename: str) -> str:
        """In which of the formats of speech a file is; what is none is no WAV either."""
        with self._mounted.found(filename).open("rb") as data:
            kind = media_kinds.sniff(data.read(media_kinds.SNIFF_BYTES))
        return kind if kind in SOUNDS else "audio/wav"

    def _upload(self, filename: str, output: Output) -> str:
        return self._upload_file(self._mounted.found(filename), output)

    def _upload_file(self, file: Path, output: Output) -> str:
        with file.open("rb") as data:
            head = data.read(media_kinds.SNIFF_BYTES)
        if not media_kinds.matches(output.content_type, head):
            msg = f"{file.name} is not {output.content_type}"
            raise NotTheMedia(msg)

        def put(attempt: int) -> StoredFile:
            stored = self.retry(
                lambda: self.storage.put_file(output, str(file), owner=self.owner, attempt=attempt)
            )()
            if (stored.size_bytes, stored.owner) != (file.stat().st_size, self.owner):
                # Storage keeps what it has; this file is another one, so it stays, too.
                msg = f"{output.path} is there already, with other content"
                raise NotTheMedia(msg)
            return stored

        try:
            if self.recorder is None:
                url = self.storage.share(put(1))
            else:
                url = self.recorder.hand_over(output, put)
        except NotTheMedia:
            raise
        except Exception:
            self.failed[file] = output
            raise
        self.failed.pop(file, None)
        file.unlink()
        return url

    def _shared(self, prefix: str, order: list[str]) -> list[SharedFile]:
        mine = [file for file in self.storage.below(prefix) if file.owner == self.owner]
        came = {path: number for number, path in enumerate(order)}
        mine.sort(key=lambda file: (came.get(file.path, -1), file.path), reverse=True)
        return [
            {"path": file.path, "url": self.storage.url(file), "size_bytes": file.size_bytes}
            for file in mine
        ]


def _checked_id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise OutsideFolder("An id has letters, digits, '-' and '_' only.")
    return text


def _base_name(filename: str) -> str:
    name = filename.rpartition("/")[2]
    if not _NAME.fullmatch(name):
        raise OutsideFolder("A file name has letters, digits, '.', '-' and '_' only.")
    return name


def _may_pass(error: Exception) -> bool:
    """Whether an error may pass by itself; a file that is gone stays gone."""
    return not isinstance(error, FileNotFoundError)


def upload_runpod_voice_sample(voice_id: str, filename: str) -> str:
    """`FirebaseService.upload_runpod_voice_sample` for whose voice it is."""
    return _of(_owner_of_voice(voice_id)).upload_runpod_voice_sample(voice_id, filename)


def upload_runpod_tts_generation(generation_id: str, filename: str) -> str:
    """`FirebaseService.upload_runpod_tts_generation` for whose voice speaks."""
    owner = _owner_of_speech(generation_id, filename)
    return _of(owner).upload_runpod_tts_generation(generation_id, filename)


def upload_voice_profile(voice_id: str, filename: str) -> str:
    """`FirebaseService.upload_voice_profile` for whose voice it is."""
    return _of(_owner_of_voice(voice_id)).upload_voice_profile(voice_id, filename)


def get_shared_access_url(firebase_path: str) -> str:
    """`FirebaseService.get_shared_access_url` for whose object it is."""
    file = _storage().stat(firebase_path)
    if file is None or not file.owner:
        raise FileNotFoundError(firebase_path)
    return _of(file.owner).get_shared_access_url(firebase_path)


def list_voice_files(voice_id: str) -> VoiceFiles:
    """`FirebaseService.list_voice_files` for whose voice it is."""
    return _of(_owner_of_voice(voice_id)).list_voice_files(voice_id)


def cleanup_runpod_file(runpod_path: str) -> bool:
    """`FirebaseService.cleanup_runpod_file`; whose file it is, and Firebase, do not matter."""
    return Mounted((_folder(), *AT_THE_ROOT)).remove(runpod_path)


_given: list[Firebase] = []


def use(firebase: Firebase | None) -> None:
    """Work with this one from now on; None: with what the environment names. For tests."""
    _given[:] = [] if firebase is None else [firebase]


@functools.cache
def _connected() -> Firebase:
    firebase = connect()
    if firebase is None:
        raise BadFirebaseSetup(f"No Firebase is set up here. Set {NAME} and {BUCKET}.")
    return firebase


def _firebase() -> Firebase:
    return _given[0] if _given else _connected()


def _storage() -> Storage:
    return _firebase().bucket(os.environ.get("MEDIA_URLS", "token"))


def _folder() -> Path:
    return Path(os.environ.get("FIREPOD_FOLDER") or ".")


def _of(owner: str) -> FirebaseService:
    """The service for one owner's files, in FIREPOD_FOLDER or else where this runs."""
    storage = _storage()
    recorder = Recorder(_firebase().store, storage, owner)
    return FirebaseService(storage, _folder(), owner, recorder=recorder, others=AT_THE_ROOT)


def _owner_of_voice(voice_id: str) -> str:
    """Whose voice it is stands on its profile, or its samples; of a new one, FIREPOD_USER_ID tells.

    A voice that is its sample has no profile.
    """
    profile = _storage().stat(paths.voice_profile(_checked_id(voice_id)))
    owner = "" if profile is None else profile.owner
    return owner or _owner_below(f"voices/{voice_id}/") or _usual_owner(voice_id)


def _owner_of_speech(generation_id: str, filename: str) -> str:
    owner = _owner_below(f"tts/{_checked_id(generation_id)}/")
    if owner:
        return owner
    voice = voice_of(filename)
    return _owner_of_voice(voice) if _ID.fullmatch(voice) else _usual_owner(generation_id)


def _owner_below(folder: str) -> str:
    return next((file.owner for file in _storage().below(folder) if file.owner), "")


def _usual_owner(what: str) -> str:
    """Whose files they are that belong to nobody yet."""
    try:
        return parse_user_id(os.environ.get("FIREPOD_USER_ID", ""))
    except Unauthenticated:
        raise NoOwner(
            f"Nobody has {what} yet. Set FIREPOD_USER_ID to the id of the user whose it is to be."
        ) from None
