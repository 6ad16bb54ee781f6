"""The values of the parameters (docs/contract.md, 7), checked at first use.

A missing SecretParam reads as "" and a missing IntParam as 0 without a word, so everything is
checked together and refused with one message that names all that is wrong, and no value.
"""

import functools
import json
import os
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from firebase_functions.params import BoolParam, IntParam, StringParam

from firepod.addresses import parse_base_url, parse_hosts, parse_origins
from firepod.domain.errors import Misconfigured
from firepod.domain.quota import Limits
from firepod.models import parameters as models
from firepod.parameters import (
    CHECK_REVOKED,
    CORS_ORIGINS,
    ENDPOINTS,
    EXECUTION_TIMEOUT_SECONDS,
    MAX_ACTIVE_PER_USER,
    MAX_CALLS_PER_SECOND,
    MAX_DAILY_PER_GUEST,
    MAX_DAILY_PER_USER,
    MAX_DAILY_TOTAL,
    MEDIA_URLS,
    MODELS,
    QUEUE_TTL_SECONDS,
    RECONCILE_AFTER_SECONDS,
    REGION,
    RESULT_HOSTS,
    RETENTION_DAYS,
    RUNPOD_API_KEY,
    RUNPOD_BASE_URL,
    SIGNED_URL_HOURS,
    UPLOAD_RETENTION_HOURS,
    WEBHOOK_BASE_URL,
    WEBHOOK_KEYS,
    WORKER_DELIVERY,
)
from firepod.protocol.tokens import Keyring, parse_keyring
from firepod.settings import MediaUrls, Settings, WorkerDelivery
from firepod.surroundings import emulators_in_production, in_emulator

DAY_SECONDS = 24 * 3600
LONGEST_SIGNED_HOURS = 7 * 24  # of V4 signatures

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
            name: read(name, functools.partial(_segment, param), "")
            for name, param in ENDPOINTS.items()
        },
        result_hosts=read(
            RESULT_HOSTS.name, lambda: parse_hosts(RESULT_HOSTS.value), frozenset[str]()
        ),
        local_runpod=emulated and RUNPOD_BASE_URL.value.startswith("http://"),
        local_storage=emulated,
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
        signed_url_hours=number(SIGNED_URL_HOURS, 1, LONGEST_SIGNED_HOURS),
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
    text = param.value.strip()
    if text and not text.replace("-", "").replace("_", "").isalnum():
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
