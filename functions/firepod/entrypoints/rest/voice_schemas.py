"""Voices and speech as models, in the shapes that the voice documents print."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from firepod.domain.generation import Status
from firepod.entrypoints.rest.schemas import Urls


class VoiceUrls(BaseModel):
    """Where the files of a voice are; one that is its sample has no profile."""

    sample_url: str
    profile_url: str | None = None


class VoiceMetadata(BaseModel):
    firebase_urls: VoiceUrls
    shared_access: bool
    uploaded_at: str


class Voice(BaseModel):
    """A voice that was made; the two base64 fields are missing where they would be too large."""

    status: Literal["success"]
    voice_id: str
    voice_name: str
    audio_base64: str | None = None
    profile_base64: str | None = None
    metadata: VoiceMetadata
    urls: Urls


class SpeechUrls(BaseModel):
    """Where speech is."""

    tts_url: str


class SpeechMetadata(BaseModel):
    firebase_urls: SpeechUrls
    shared_access: bool
    uploaded_at: str


class Speech(BaseModel):
    """Speech that was made; `audio_base64` is missing where it would be too large."""

    status: Literal["success"]
    generation_id: str
    voice_id: str
    text: str
    audio_base64: str | None = None
    metadata: SpeechMetadata
    urls: Urls


class LibraryVoice(BaseModel):
    """A voice in the library; `metadata` comes with its completion."""

    voice_id: str
    voice_name: str
    status: Status
    created_at: datetime
    completed_at: datetime | None = None
    error: str | None = None
    size_bytes: int | None = None
    metadata: VoiceMetadata | None = None
    urls: Urls


class LibrarySpeech(BaseModel):
    """Speech in the library; `metadata` comes with its completion."""

    generation_id: str
    voice_id: str
    text: str
    status: Status
    created_at: datetime
    completed_at: datetime | None = None
    error: str | None = None
    size_bytes: int | None = None
    metadata: SpeechMetadata | None = None
    urls: Urls


class Voices(BaseModel):
    """A page of the library, newest first."""

    voices: list[LibraryVoice]
    next_cursor: str | None


class Speeches(BaseModel):
    """A page of the library, newest first."""

    generations: list[LibrarySpeech]
    next_cursor: str | None


class VoiceFileUrls(VoiceUrls):
    """All URLs of a voice; the first two are the newest sample and the profile."""

    sample_urls: list[str]
    profile_urls: list[str]


class VoiceFiles(BaseModel):
    voice_id: str
    voice_name: str
    firebase_urls: VoiceFileUrls
    shared_access: bool


class SampleUrl(BaseModel):
    voice_id: str
    sample_url: str


class Sample(SampleUrl):
    """A sample that was added to a voice."""

    path: str
    content_type: str
    size_bytes: int


class SpeechUrl(BaseModel):
    generation_id: str
    tts_url: str
