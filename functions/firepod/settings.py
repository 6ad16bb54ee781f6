"""What an operator decides (docs/contract.md, 7), checked and typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from firepod.domain.quota import Limits
from firepod.models.parameters import DEFAULT_TABLE
from firepod.protocol.tokens import Keyring


class MediaUrls(StrEnum):
    """What the URLs in documents and answers are."""

    TOKEN = "token"  # noqa: S105 (a name)  #: Firebase download URL; whoever holds it may read
    SIGNED = "signed"  #: V4 signed, expires
    PUBLIC = "public"  #: the object is made public


class WorkerDelivery(StrEnum):
    """How results travel from a worker into Storage."""

    UPLOAD_URLS = "upload_urls"  #: the worker gets one upload URL per object and holds no key
    CREDENTIALS = "credentials"  #: the worker holds Firebase credentials, or returns base64


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One deployment's parameters; times in seconds."""

    runpod_api_key: str
    runpod_base_url: str
    endpoints: Mapping[str, str]  #: parameter -> the endpoint's id, empty where there is none
    webhook_keys: Keyring
    webhook_base_url: str
    worker_delivery: WorkerDelivery
    media_urls: MediaUrls
    limits: Limits
    check_revoked: bool  #: whether calls that spend ask Firebase Auth about the account
    execution_timeout_seconds: int
    queue_ttl_seconds: int
    reconcile_after_seconds: int
    retention_days: int
    upload_retention_hours: int = 24
    signed_url_hours: int = 168  #: how long URLs of results work with MediaUrls.SIGNED
    calls_per_second: int = 20  #: of one user, of one instance
    models: Path = DEFAULT_TABLE  #: the table of models
    result_hosts: frozenset[str] = frozenset()  #: of ready workers that upload elsewhere
    local_runpod: bool = False  #: RunPod is a program of this machine
    local_storage: bool = False  #: Storage is one: nobody elsewhere can read a URL of ours

    @property
    def ttl_seconds(self) -> int:
        """RunPod's `ttl` covers waiting and running, and deletes the job when it is over."""
        return self.queue_ttl_seconds + self.execution_timeout_seconds
