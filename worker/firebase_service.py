"""From the mounted output folder of a worker to Firebase Storage, file by file.

For workers that leave their files in a folder instead of handing them over job by job: `put` a file
into the folder, call the upload that fits, and use the URL. The file in the folder is removed when
it is safely in Storage; as long as it is not, it stays, and the upload can be repeated.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypedDict

from google.api_core.retry import Retry

from firepod.domain.generation import Output, StoredFile
from firepod.kinds import media_kinds

# Where engines leave their files below the mounted folder, if not directly in it.
FOLDERS = ("voice_samples", "voice_profiles", "tts_generations")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


class OutsideFolder(ValueError):
    """A path that leaves the mounted folder, or a name that could."""


class NotTheMedia(ValueError):
    """A file that is not what it is uploaded as, or another one than is in Storage already."""


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

    def upload_runpod_voice_sample(self, voice_id: str, filename: str) -> str:
        """Upload a sample to `voices/{voice_id}/samples/`; returns its URL."""
        path = f"voices/{_checked_id(voice_id)}/samples/{_base_name(filename)}"
        return self._upload(filename, Output(path, "audio/wav"))

    def upload_runpod_tts_generation(self, generation_id: str, filename: str) -> str:
        """Upload speech to `tts/{generation_id}/`; returns its URL."""
        path = f"tts/{_checked_id(generation_id)}/{_base_name(filename)}"
        return self._upload(filename, Output(path, "audio/wav"))

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
        return {
            "samples": self._shared(f"{prefix}/samples/"),
            "profiles": self._shared(f"{prefix}/profiles/"),
        }

    def cleanup_runpod_file(self, runpod_path: str) -> bool:
        """Remove a file of the mounted folder; False if it was gone already.

        Raises:
            OutsideFolder: it is not in the folder.
        """
        file = self._inside(Path(runpod_path))
        try:
            file.unlink()
        except FileNotFoundError:
            return False
        return True

    def _upload(self, filename: str, output: Output) -> str:
        return self._upload_file(self._found(filename), output)

    def _upload_file(self, file: Path, output: Output) -> str:
        with file.open("rb") as data:
            head = data.read(media_kinds.SNIFF_BYTES)
        if not media_kinds.matches(output.content_type, head):
            msg = f"{file.name} is not {output.content_type}"
            raise NotTheMedia(msg)

        def put() -> StoredFile:
            return self.storage.put_file(output, str(file), owner=self.owner, attempt=1)

        try:
            stored = self.retry(put)()
        except Exception:
            self.failed[file] = output
            raise
        if (stored.size_bytes, stored.owner) != (file.stat().st_size, self.owner):
            # Storage keeps what it has; this file is another one, so it stays, too.
            msg = f"{output.path} is there already, with other content"
            raise NotTheMedia(msg)
        self.failed.pop(file, None)
        file.unlink()
        return self.storage.share(stored)

    def _found(self, filename: str) -> Path:
        """A file by its path in the mounted folder, or by its name alone in a usual place."""
        places = [Path(filename)]
        if "/" not in filename:
            places += [Path(folder) / filename for folder in FOLDERS]
        for place in places:
            file = self._inside(place)
            if file.is_file():
                return file
        raise FileNotFoundError(filename)

    def _inside(self, path: Path) -> Path:
        root = self.folder.resolve()
        # Links are followed first: where a path really leads is what counts.
        file = (root / path).resolve()
        if root not in file.parents:
            raise OutsideFolder("The path leaves the output folder.")
        return file

    def _shared(self, prefix: str) -> list[SharedFile]:
        mine = [file for file in self.storage.below(prefix) if file.owner == self.owner]
        mine.sort(key=lambda file: file.path, reverse=True)
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
