"""What is uploaded from the mounted folder is seen: it stands in its voice's or speech's document.

A sample more of a voice is added to its document. A voice or speech that has none gets one, as if
its user had saved it: a voice when both its sample and its profile are there.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import uuid4

from firepod.domain.direct import LeftDirectly
from firepod.domain.generation import Generation, GenerationRef, MediaType, Output, StoredFile
from firepod.domain.life import Saved
from firepod.domain.records import Records
from firepod.domain.samples import Adding, SampleAdded, announcement, is_listed, paths_of
from firepod.kinds import results
from firepod.ports import Change, Transition

# Longer than an upload is tried; what is not listed by then was left by a dead process.
STORING_LEASE = timedelta(minutes=10)
TASKS = {MediaType.VOICES: "voice_clone", MediaType.TTS: "tts"}
SPEECH = re.compile(r"TTS_(?P<voice>.+)_\d{8}_\d{6}\.\w+")


class NotRecorded(Exception):
    """A file that its voice or speech does not take; the message says why."""


class Store(Protocol):
    """What is needed of `firepod.adapters.firestore.FirestoreStore`."""

    def find(self, ref: GenerationRef) -> Generation | None: ...

    def transition(
        self, ref: GenerationRef, change: Change, *, since: Transition | None = None
    ) -> Transition: ...


class Storage(Protocol):
    """What is needed of `firepod.adapters.bucket.Bucket`."""

    def below(self, prefix: str) -> list[StoredFile]: ...

    def share(self, file: StoredFile) -> str: ...

    def delete(self, paths: list[str], *, owner: str, upto_attempt: int) -> None: ...


Put = Callable[[int], StoredFile]  # stores the file for an attempt


@dataclass(frozen=True, slots=True)
class Recorder:
    """The documents of one owner's voices and speech."""

    store: Store
    storage: Storage
    owner: str

    def hand_over(self, output: Output, put: Put) -> str:
        """Store a file and list it; returns its URL.

        Raises:
            NotRecorded: its voice or speech takes no such file.
            FirepodError: it is full, or another file is being added (`firepod.domain.samples`).
        """
        ref = self._ref(output)
        known = self.store.find(ref)
        if known is None:
            return self._made(ref, output, put)
        if is_listed(known, output.path):
            return self.storage.share(put(known.attempt))  # once more, or another of this name
        if "/samples/" not in output.path:
            raise NotRecorded(f"{ref.file_uid} is there already, and takes no such file.")
        return self._added(known, output, put)

    def order(self, voice_id: str) -> list[str]:
        """The files of a voice in the order in which they came; empty if it has no document."""
        voice = self.store.find(GenerationRef(self.owner, MediaType.VOICES, voice_id))
        return [] if voice is None else list(paths_of(voice))

    def _added(self, voice: Generation, output: Output, put: Put) -> str:
        job = announcement(
            voice,
            output,
            claim=uuid4().hex,
            endpoint_id="",
            now=_now(),
            until=_now() + STORING_LEASE,
        )
        begun = self.store.transition(voice.ref, Adding(job))
        file = put(voice.attempt)
        url = self.storage.share(file)
        entry = results.Shown(file, url).listed()
        added = SampleAdded(job, file, url, entry, now=_now())
        after = self.store.transition(voice.ref, added, since=begun).after
        self._check(after, output, voice.attempt)
        return url

    def _made(self, ref: GenerationRef, output: Output, put: Put) -> str:
        """Store a file of what has no document; the last one that it needs makes it."""
        file = put(1)
        url = self.storage.share(file)
        files = [file]
        if ref.media_type is MediaType.VOICES:
            found = [one for one in self.storage.below(f"voices/{ref.file_uid}/") if self._own(one)]
            samples = sorted((one for one in found if "/samples/" in one.path), key=_path)
            profiles = [one for one in found if "/profiles/" in one.path]
            if not samples or not profiles:
                return url  # the other one is still to come
            files = [samples[0], profiles[0], *samples[1:]]
        generation = Generation(
            user_id=ref.user_id,
            media_type=ref.media_type,
            file_uid=ref.file_uid,
            task_type=TASKS[ref.media_type],
            request_data=_request(ref, output),
            created_at=_now(),
            modified=_now(),
        )
        shown = [results.Shown(one, self.storage.share(one)) for one in files]
        described = results.describe(generation, shown)
        job = announcement(generation, output, claim="", endpoint_id="", now=_now(), until=_now())
        saved = Saved(job, generation, tuple(files), described, now=_now())
        self._check(self.store.transition(ref, LeftDirectly(saved)).after, output, 1)
        return url

    def _check(self, after: Records, output: Output, attempt: int) -> None:
        if not is_listed(after.generation, output.path):
            self.storage.delete([output.path], owner=self.owner, upto_attempt=attempt)
            raise NotRecorded("It was changed or deleted meanwhile. Try again.")

    def _own(self, file: StoredFile) -> bool:
        return file.owner == self.owner

    def _ref(self, output: Output) -> GenerationRef:
        folder, file_uid, *_ = output.path.split("/")
        return GenerationRef(self.owner, MediaType(folder), file_uid)


def _request(ref: GenerationRef, output: Output) -> dict[str, Any]:
    """What was asked for, as far as names tell it: nobody has told us."""
    if ref.media_type is MediaType.VOICES:
        return {"name": ref.file_uid}
    return {"voice_id": voice_of(output.path), "text": ""}


def voice_of(speech: str) -> str:
    """The voice that the name of a speech file says; empty if it says none."""
    found = SPEECH.fullmatch(speech.rpartition("/")[2])
    return found["voice"] if found else ""


def _path(file: StoredFile) -> str:
    return file.path


def _now() -> datetime:
    return datetime.now(UTC)
