"""Workers without credentials and without upload URLs return base64, and the backend stores it."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
import requests

from firepod.adapters import documents
from firepod.domain.generation import GenerationRef, MediaType
from firepod.entrypoints.webhook import MAX_BODY_BYTES
from firepod.protocol.tokens import Callback, sign
from tests.delivery.keyless import PICTURE, keyless_stack, make, make_everything, png
from tests.e2e.app import User, keyring, objects, read, wait_gone, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
MEGABYTES_20 = 20_000_000


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    with keyless_stack(
        tmp_path_factory.mktemp("base64"),
        *("--env", "RETENTION_DAYS=2"),
        # A backend that gives no upload URLs, and workers whose operator gave them no Firebase.
        *("--env", "WORKER_DELIVERY=credentials", "--worker-env", "FIREBASE_STORAGE_BUCKET="),
    ) as ready:
        yield ready


@pytest.fixture
def user(stack):
    return User.sign_up(stack)


def test_every_task_ends_in_the_same_document(stack):
    make_everything(stack)


def test_what_is_not_the_media_does_not_leave_the_worker(stack, user):
    started = user.generate("text2img", **PICTURE, extra={"trouble": "garbage"})

    document = wait_until(stack, started["path"])

    assert (document["status"], document["error_code"]) == ("failed", "worker_error")
    assert objects(stack, f"generating/{user.uid}/") == []


def call_back(stack, user, generation, body: bytes) -> int:
    ref = GenerationRef(user.uid, MediaType.IMAGES, generation["file_uid"])
    token = sign(Callback(ref, 1, datetime.now(UTC) + timedelta(hours=1)), keyring())
    url = f"{stack.urls['functions']}/runpodwebhook/{token}"
    return requests.post(
        url, data=body, headers={"Content-Type": "application/json"}, timeout=60
    ).status_code


def test_a_callback_with_20_mb_of_base64_is_taken_and_one_byte_over_the_limit_is_not(stack, user):
    generation = make(stack, user, "text2img", **PICTURE)
    picture = base64.b64encode(png() + bytes(MEGABYTES_20 * 3 // 4)).decode()
    output = {"id": "any", "status": "COMPLETED", "output": {"images": [picture]}}
    body = json.dumps(output).encode()
    assert len(body) > MEGABYTES_20

    assert call_back(stack, user, generation, body) == 200
    assert call_back(stack, user, generation, body.ljust(MAX_BODY_BYTES)) == 200
    assert call_back(stack, user, generation, body.ljust(MAX_BODY_BYTES + 1)) == 413


def test_what_has_expired_goes_with_its_files(stack, user):
    kept = make(stack, user, "text2img", **PICTURE)
    old = make(stack, user, "text2img", **PICTURE)
    lifetime = datetime.fromisoformat(old["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=1, hours=23) < lifetime < timedelta(days=2)
    (file,) = old["generation_data"]["files"]

    path = f"generations/{user.uid}/images/{old['file_uid']}"
    for aged in (path, documents.expiration_path(path)):
        set_expiry(stack, aged, datetime.now(UTC) - timedelta(seconds=1))

    wait_gone(stack, path)
    wait_gone(stack, f"jobs/{old['file_uid']}")
    left = objects(stack, f"generating/{user.uid}/")
    assert left == [kept["generation_data"]["files"][0]["path"]]
    assert file["path"] not in left
    assert read(stack, f"generations/{user.uid}/images/{kept['file_uid']}") == kept


def set_expiry(stack, path: str, moment: datetime) -> None:
    """What only time does otherwise, with an operator's rights."""
    root = f"{stack.urls['firestore']}/v1/projects/{stack.project}/databases/(default)/documents"
    answer = requests.patch(
        f"{root}/{path}?updateMask.fieldPaths=expires_at",
        json={"fields": {"expires_at": {"timestampValue": moment.isoformat()}}},
        headers={"Authorization": "Bearer owner"},
        timeout=10,
    )
    assert answer.status_code == 200, answer.text
