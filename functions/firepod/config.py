"""The parameters of a deployment (docs/contract.md, 7): declared here, checked at first use.

A missing SecretParam reads as "" and a missing IntParam as 0 without a word, so everything is
checked together and refused with one message that names all that is wrong, and no value.
"""

import functools
import json
import os
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from firebase_functions.params import (
    BoolParam,
    IntParam,
    SecretParam,
    StringParam,
)

from firepod.addresses import parse_base_url, parse_origins
from firepod.domain.errors import Misconfigured
from firepod.domain.generation import MediaType
from firepod.domain.quota import Limits
from firepod.models import parameters as models
from firepod.protocol.tokens import Keyring, parse_keyring
from firepod.settings import MediaUrls, Settings, WorkerDelivery
from firepod.surroundings import emulators_in_production, in_emulator

RUNPOD_API_KEY = SecretParam(
    "RUNPOD_API_KEY",
    label="RunPod API key",
    description="From RunPod's settings; it needs to start, read and cancel jobs of the endpoints.",
)
WEBHOOK_KEYS = SecretParam(
    "WEBHOOK_KEYS",
    label="Keys of the callback URLs",
    description="kid:key[,kid:key], at least 24 random characters a key. The first one signs.",
)
SECRETS = [RUNPOD_API_KEY.name, WEBHOOK_KEYS.name]

RUNPOD_BASE_URL = StringParam(
    "RUNPOD_BASE_URL",
    default="https://api.runpod.ai/v2",
    label="RunPod's API",
    description="An https URL of a host and a path, nothing else.",
)


def _endpoint(media_type: MediaType, makes: str) -> StringParam:
    return StringParam(
        models.ENDPOINTS[media_type],
        default="",
        label=f"RunPod endpoint for {makes}",
        description=f"The id of the Serverless endpoint that makes {makes}.",
    )


ENDPOINTS = {
    media_type: _endpoint(media_type, makes)
    for media_type, makes in (
        (MediaType.IMAGES, "pictures"),
        (MediaType.VIDEOS, "videos"),
        (MediaType.VOICES, "voices"),
        (MediaType.TTS, "speech"),
    )
}
MODELS = StringParam(
    "MODELS",
    default=models.DEFAULT,
    label="Table of models",
    description="The path of a TOML file, from where main.py is, with what can be asked for.",
)
WEBHOOK_BASE_URL = StringParam(
    "WEBHOOK_BASE_URL",
    default="",
    label="Callback URL",
    description="Where RunPod calls back. Empty: the deployed function runpodwebhook.",
)
WORKER_DELIVERY = StringParam(
    "WORKER_DELIVERY",
    default=WorkerDelivery.UPLOAD_URLS,
    label="How workers deliver",
    description="upload_urls: they hold no keys. credentials: they write to Firebase themselves.",
)
MEDIA_URLS = StringParam(
    "MEDIA_URLS",
    default=MediaUrls.TOKEN,
    label="URLs of results",
    description="token: Firebase download URLs. signed: they expire. public: open to everybody.",
)
MAX_ACTIVE_PER_USER = IntParam(
    "MAX_ACTIVE_PER_USER",
    default=4,
    label="Running generations of a user",
    description="How many generations of one user may run at a time.",
)
MAX_DAILY_PER_USER = IntParam(
    "MAX_DAILY_PER_USER",
    default=200,
    label="Units of a user in a day",
    description="A unit is one default picture; dearer requests weigh more. Days are UTC.",
)
MAX_DAILY_PER_GUEST = IntParam(
    "MAX_DAILY_PER_GUEST",
    default=20,
    label="Units of a guest in a day",
    description="What an anonymous user may use. 0: guests may not generate.",
)
MAX_DAILY_TOTAL = IntParam(
    "MAX_DAILY_TOTAL",
    default=0,
    label="Units of all users in a day",
    description="When they are used up, nothing starts until midnight UTC. 0: no limit.",
)
CHECK_REVOKED = BoolParam(
    "CHECK_REVOKED",
    default=True,
    label="Ask whether accounts are still good",
    description="Calls that spend refuse deleted, disabled and signed-out users at once.",
)
MAX_CALLS_PER_SECOND = IntParam(
    "MAX_CALLS_PER_SECOND",
    default=20,
    label="Calls of a user in a second",
    description="Of one instance, cheap ones too. Two seconds' worth may come at once.",
)
EXECUTION_TIMEOUT_SECONDS = IntParam(
    "EXECUTION_TIMEOUT_SECONDS",
    default=600,
    label="Longest run",
    description="Seconds after which RunPod stops a job that runs.",
)
QUEUE_TTL_SECONDS = IntParam(
    "QUEUE_TTL_SECONDS",
    default=3600,
    label="Longest wait",
    description="Seconds that a job may wait for a GPU.",
)
RECONCILE_AFTER_SECONDS = IntParam(
    "RECONCILE_AFTER_SECONDS",
    default=60,
    label="First look at a job",
    description="Seconds after which RunPod is asked, if no callback came. Later looks space out.",
)
RETENTION_DAYS = IntParam(
    "RETENTION_DAYS",
    default=0,
    label="Days that generations are kept",
    description="After them a generation and its files are deleted. 0: kept for ever.",
)
UPLOAD_RETENTION_HOURS = IntParam(
    "UPLOAD_RETENTION_HOURS",
    default=24,
    label="Hours that unused uploads are kept",
    description="After them an upload that no generation uses goes, whatever RETENTION_DAYS says.",
)
CORS_ORIGINS = StringParam(
    "CORS_ORIGINS",
    default="*",
    label="Web apps that may call",
    description="Origins such as https://app.example, separated by commas. * alone: any.",
)
ENFORCE_APP_CHECK = BoolParam(
    "ENFORCE_APP_CHECK",
    default=False,
    label="Only verified apps",
    description="Refuse calls without a valid App Check token.",
)

DAY_SECONDS = 24 * 3600
REGION = "us-central1"

_T = TypeVar("_T")
_Choice = TypeVar("_Choice", bound=StrEnum)


def load_settings() -> Settings:
    """Read and check every parameter.

    Raises:
        Misconfigured: names every parameter that is missing or bad.
    """
    problems: list[str] = []

    def read(name: str, parse: Callable[[], _T], otherwise: _T) -> _T:
        try:
            return parse()
        except ValueError as error:
            problems.append(f"{name} {error}")
            return otherwise

    def number(param: IntParam, low: int, high: int) -> int:
        return read(param.name, lambda: _number(param, low, high), low)

    emulated = in_emulator()
    problems.extend(emulators_in_production())
    nobody: list[str] | str = []
    read(CORS_ORIGINS.name, lambda: parse_origins(CORS_ORIGINS.value), nobody)
    if not project_id() or not storage_bucket():
        problems.append("FIREBASE_CONFIG names no project or no default storage bucket")
    settings = Settings(
        runpod_api_key=read(RUNPOD_API_KEY.name, lambda: _text(RUNPOD_API_KEY.value), ""),
        runpod_base_url=read(
            RUNPOD_BASE_URL.name,
            lambda: parse_base_url(_text(RUNPOD_BASE_URL.value), local=emulated),
            "",
        ),
        endpoints={
            media_type: read(param.name, functools.partial(_segment, param), "")
            for media_type, param in ENDPOINTS.items()
        },
        models=read(MODELS.name, lambda: models.parse_path(MODELS.value), models.DEFAULT_TABLE),
        webhook_keys=read(
            WEBHOOK_KEYS.name, lambda: parse_keyring(_text(WEBHOOK_KEYS.value)), Keyring({}, "")
        ),
        webhook_base_url=read(
            WEBHOOK_BASE_URL.name,
            lambda: parse_base_url(WEBHOOK_BASE_URL.value or _own_webhook(), local=emulated),
            "",
        ),
        worker_delivery=read(
            WORKER_DELIVERY.name,
            lambda: _choice(WorkerDelivery, WORKER_DELIVERY.value),
            WorkerDelivery.UPLOAD_URLS,
        ),
        media_urls=read(
            MEDIA_URLS.name, lambda: _choice(MediaUrls, MEDIA_URLS.value), MediaUrls.TOKEN
        ),
        limits=Limits(
            active=number(MAX_ACTIVE_PER_USER, 1, 1000),
            daily=number(MAX_DAILY_PER_USER, 1, 1_000_000),
            guest_daily=number(MAX_DAILY_PER_GUEST, 0, 1_000_000),
            total=number(MAX_DAILY_TOTAL, 0, 1_000_000_000),
        ),
        check_revoked=read(CHECK_REVOKED.name, lambda: _flag(CHECK_REVOKED), True),
        execution_timeout_seconds=number(EXECUTION_TIMEOUT_SECONDS, 5, 7 * DAY_SECONDS),
        queue_ttl_seconds=number(QUEUE_TTL_SECONDS, 10, 6 * DAY_SECONDS),
        reconcile_after_seconds=number(RECONCILE_AFTER_SECONDS, 1, 600),
        retention_days=number(RETENTION_DAYS, 0, 3650),
        upload_retention_hours=number(UPLOAD_RETENTION_HOURS, 1, 24 * 365),
        calls_per_second=number(MAX_CALLS_PER_SECOND, 1, 1_000_000),
    )
    if problems:
        raise Misconfigured(problems)
    return settings


def project_id() -> str:
    return _firebase("projectId") or os.environ.get("GCLOUD_PROJECT", "")


def storage_bucket() -> str:
    """The project's default bucket, by the configuration that Firebase gives to every function."""
    return _firebase("storageBucket")


def _firebase(name: str) -> str:
    try:
        value = json.loads(os.environ.get("FIREBASE_CONFIG", "{}")).get(name, "")
    except (ValueError, AttributeError):
        return ""
    return value if isinstance(value, str) else ""


def cors_origins() -> list[str] | str:
    """Whose pages may call; a bad list opens nothing, and `load_settings` names it."""
    try:
        return parse_origins(CORS_ORIGINS.value)
    except ValueError:
        return []


def _own_webhook() -> str:
    return f"https://{REGION}-{project_id()}.cloudfunctions.net/runpodwebhook"


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError("is missing")
    return value.strip()


def _segment(param: StringParam) -> str:
    text = _text(param.value)
    if not text.replace("-", "").replace("_", "").isalnum():
        raise ValueError("is not a RunPod endpoint id")
    return text


def _choice(kind: type[_Choice], value: str) -> _Choice:
    try:
        return kind(value)
    except ValueError:
        raise ValueError(f"must be one of {', '.join(kind)}") from None


def _flag(param: BoolParam) -> bool:
    # The SDK reads everything but "true" as false, a slip of the pen included.
    if os.environ.get(param.name, "true").lower() not in {"true", "false"}:
        raise ValueError("must be true or false")
    return param.value


def _number(param: IntParam, low: int, high: int) -> int:
    try:
        value = int(param.value)
    except ValueError:
        raise ValueError("must be a whole number") from None
    if not low <= value <= high:
        raise ValueError(f"must be from {low} to {high}")
    return value
