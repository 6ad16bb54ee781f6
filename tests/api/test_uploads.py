"""`/api/uploads` and `/api/me`: what is the caller's to hand in, to list and to delete."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from firepod.usecases import erase
from tests.fakes.values import MP4, PNG, WAV

CONTRACT = Path(__file__).parents[2] / "contract"
PICTURE = {"task_type": "img2img", "prompt": "a lighthouse"}


def sample(name):
    return json.loads((CONTRACT / f"{name}.json").read_text())


def send(service, data, name="file", user="ann"):
    """As a form, encoded in memory: the test client leaves large ones open on disk."""
    part = f'Content-Disposition: form-data; name="{name}"; filename="../../etc/passwd.png"'
    body = f"--b\r\n{part}\r\n\r\n".encode() + data + b"\r\n--b--\r\n"
    content_type = "multipart/form-data; boundary=b"
    return service.post("/api/uploads", data=body, content_type=content_type, user=user)


@pytest.mark.parametrize(
    ("data", "content_type", "extension"),
    [
        (PNG, "image/png", "png"),
        (b"\xff\xd8\xff" + PNG, "image/jpeg", "jpg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp", "webp"),
        (WAV, "audio/wav", "wav"),
        (b"ID3" + WAV, "audio/mpeg", "mp3"),
        (b"OggS" + WAV, "audio/ogg", "ogg"),
        (b"fLaC" + WAV, "audio/flac", "flac"),
        (b"\0\0\0\x20ftypM4A " + WAV, "audio/mp4", "m4a"),
    ],
)
def test_a_file_is_kept_under_a_name_of_ours_with_its_owner(service, data, content_type, extension):
    answer = send(service, data)

    assert (answer.status_code, answer.json.keys()) == (200, sample("rest_upload").keys())
    path = answer.json["path"]
    assert (answer.json["content_type"], answer.json["size_bytes"]) == (content_type, len(data))
    assert path.startswith("uploads/ann/")
    assert path.endswith(f".{extension}")
    assert list(service.backend.storage.files) == [path]
    assert service.backend.storage.files[path].owner == "ann"
    assert send(service, data).json == answer.json
    assert send(service, data, user="bob").json["path"] == path.replace("/ann/", "/bob/")


def test_what_was_handed_in_is_what_a_generation_reads(service):
    path = send(service, PNG).json["path"]

    started = service.post("/api/generations", json={**PICTURE, "init_image": path})

    assert started.status_code == 202
    for user in ("bob", "an", "anna"):
        refused = service.post("/api/generations", json={**PICTURE, "init_image": path}, user=user)
        assert refused.status_code == 400


@pytest.mark.parametrize("data", [b"", b"GIF89a" + PNG, b"<svg/>", MP4, b"\x93NUMPY" + PNG])
def test_what_no_generation_reads_is_not_kept(service, data):
    answer = send(service, data)

    assert answer.status_code == 400
    assert answer.json["error"]["details"]["fields"][0]["field"] == "file"
    assert service.backend.storage.files == {}


def test_a_body_that_is_no_form_or_has_no_file_is_told_what_is_wanted(service):
    assert service.post("/api/uploads", data=PNG, content_type="image/png").status_code == 415
    assert service.post("/api/uploads", json={"file": "x"}).status_code == 415
    assert send(service, PNG, name="image").status_code == 400


def test_a_file_of_more_than_25_mib_is_too_large(service):
    for size in (25 * 2**20, 31 * 2**20):
        answer = send(service, PNG + bytes(size))
        assert answer.status_code == 413
        message = answer.json["error"]["message"]
        assert message == "This is larger than the 25 MiB that a file may have."
    assert service.backend.storage.files == {}


def test_who_may_start_nothing_today_may_store_nothing_either(service):
    service.limited(daily=1)
    assert (
        service.post("/api/generations", json={**PICTURE, "task_type": "text2img"}).status_code
        == 202
    )

    refused = send(service, PNG)

    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert service.backend.storage.files == {}


def test_uploads_are_listed_page_by_page_for_their_owner_alone(service):
    paths = sorted(send(service, PNG + bytes([number])).json["path"] for number in range(5))
    send(service, WAV, user="bob")

    first = service.get("/api/uploads?limit=3").json
    rest = service.get(f"/api/uploads?limit=3&cursor={first['next_cursor']}").json

    agreed = sample("rest_uploads")
    assert first.keys() == agreed.keys()
    assert first["uploads"][0].keys() == agreed["uploads"][0].keys()
    assert [one["path"] for one in first["uploads"] + rest["uploads"]] == paths
    assert rest["next_cursor"] is None
    assert service.get("/api/uploads", user="eve").json == {"uploads": [], "next_cursor": None}


@pytest.mark.parametrize("cursor", ["../bob/x", "a/b", "", ".x", "x" * 300, "%00"])
def test_a_cursor_that_is_none_is_refused(service, cursor):
    assert service.get(f"/api/uploads?cursor={cursor}").status_code == 400


def test_an_upload_is_deleted_once_and_by_its_owner(service):
    name = send(service, PNG).json["path"].rpartition("/")[2]

    assert service.delete(f"/api/uploads/{name}", user="bob").status_code == 404
    assert service.delete(f"/api/uploads/{name}").json == {"status": "deleted"}
    assert service.delete(f"/api/uploads/{name}").status_code == 404
    assert service.backend.storage.files == {}


def test_an_upload_that_a_running_generation_uses_is_kept_with_a_sentence(service):
    path = send(service, PNG).json["path"]
    started = service.post("/api/generations", json={**PICTURE, "init_image": path}).json
    url = f"/api/uploads/{path.rpartition('/')[2]}"

    refused = service.delete(url)

    assert refused.status_code == 412
    assert refused.json["error"]["code"] == "failed-precondition"
    assert refused.json["error"]["details"] == {"file_uid": started["file_uid"]}
    assert path in service.backend.storage.files
    service.work()
    assert service.delete(url).status_code == 200


@pytest.mark.parametrize("name", ["start.png", "..", "%2e%2e", "a%2fb", "%5c", "x" * 201, "%0a"])
def test_a_name_that_is_nobodys_is_not_found(service, name):
    service.backend.storage.keep("uploads/bob/start.png", PNG, "image/png", owner="bob")

    assert service.delete(f"/api/uploads/{name}").status_code == 404
    assert list(service.backend.storage.files) == ["uploads/bob/start.png"]


def test_an_upload_that_a_client_has_named_is_found_by_that_name(service):
    path = "uploads/ann/Zoë's Cat (1).png"
    service.backend.storage.keep(path, PNG, "image/png")

    assert service.delete(f"/api/uploads/{quote(path.rpartition('/')[2])}").status_code == 200


def test_uploads_count_in_the_usage(service):
    send(service, PNG)
    send(service, WAV)

    usage = service.get("/api/storage/usage").json["storage_usage"]

    size = len(PNG) + len(WAV)
    assert usage["uploads"]["file_count"] == 2
    assert usage["uploads"]["total_size_bytes"] == usage["total_size_bytes"] == size


def test_delete_me_is_answered_at_once_and_leaves_nothing(service):
    path = send(service, PNG).json["path"]
    service.post("/api/generations", json={**PICTURE, "init_image": path})
    send(service, PNG, user="bob")

    answer = service.delete("/api/me")

    assert (answer.status_code, answer.json) == (202, sample("rest_erasing"))
    (task,) = [one for one in service.backend.queue.take() if "user_id" in one.payload]
    erase.go_on(service.backend, task.payload["user_id"])
    assert service.get("/api/generations").json["generations"] == []
    assert service.get("/api/uploads").json["uploads"] == []
    assert len(service.get("/api/uploads", user="bob").json["uploads"]) == 1
