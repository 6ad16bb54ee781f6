"""Where things are: `urls` in answers, `/api/v1`, and the names of operations."""

import pytest

PICTURE = {"task_type": "text2img", "prompt": "a lighthouse", "width": 512, "height": 512}
OPERATIONS = """
    getHealth
    createGeneration listGenerations getGeneration
    cancelGeneration retryGeneration discardGeneration
    cloneVoice saveVoice listVoices getVoice getVoiceUrls getVoiceSampleUrl addVoiceSample
    generateSpeech saveSpeech listSpeech getSpeechUrl getSpeechUsage
    uploadFile listUploads deleteUpload
    getStorageUsage getQuota listModels eraseMe
"""


def start(service, root="/api"):
    return service.post(f"{root}/generations", json=PICTURE)


def test_operation_ids_read_like_functions(service):
    document = service.get("/api/openapi.json", user=None).json
    found = [
        operation["operationId"]
        for operations in document["paths"].values()
        for operation in operations.values()
    ]
    assert sorted(found) == sorted(OPERATIONS.split())


def test_the_description_names_the_versions_as_servers(service):
    document = service.get("/api/openapi.json", user=None).json

    assert [server["url"] for server in document["servers"]] == ["/api/v1", "/api"]
    for server in document["servers"]:
        assert service.get(f"{server['url']}/quota").status_code == 200


def test_a_generation_is_handled_from_its_start_to_its_end_by_the_urls_of_its_answers(service):
    urls = start(service).json["urls"]
    assert urls.keys() == {"self", "cancel", "retry", "discard"}

    cancelled = service.post(urls["cancel"]).json
    assert (cancelled["status"], cancelled["urls"]) == ("cancelled", urls)
    again = service.post(urls["retry"]).json
    assert (again["status"], again["urls"]) == ("queued", urls)
    one = service.get(urls["self"]).json
    assert (one["attempt"], one["urls"]) == (2, urls)
    assert service.delete(urls["discard"]).json["urls"] == urls
    assert service.get(urls["self"]).status_code == 404


def test_each_generation_of_a_page_has_urls_of_its_own(service):
    started = [start(service).json["urls"] for _ in range(2)]
    page = service.get("/api/generations").json["generations"]

    assert sorted(one["urls"]["self"] for one in page) == sorted(one["self"] for one in started)


def test_who_waits_for_the_end_gets_the_urls_too(service):
    thread, stop = service.meanwhile(service.work)
    answer = service.post("/api/generations", json=PICTURE, headers={"Prefer": "wait=20"})
    stop.set()
    thread.join()

    assert answer.status_code == 200
    assert answer.json["urls"]["self"] == answer.headers["Location"]


@pytest.mark.parametrize(
    ("root", "said"),
    [("/api", "/api"), ("/api/v1", "/api/v1"), ("/v1", "/api/v1"), ("", "/api")],
)
def test_who_calls_a_version_stays_with_it(service, root, said):
    answer = start(service, root)

    assert answer.status_code == 202
    own = f"{said}/generations/images/{answer.json['file_uid']}"
    assert answer.headers["Location"] == answer.json["urls"]["self"] == own
    assert service.get(own).json["urls"]["self"] == own
    (listed,) = service.get(f"{root}/generations").json["generations"]
    assert listed["urls"]["self"] == own


@pytest.mark.parametrize("path", ["/api/v2/health", "/api/v1x/health", "/api/v1/v1/health", "/v1x"])
def test_there_is_one_version_and_it_is_named_once(service, path):
    assert service.get(path).status_code == 404


def test_the_page_and_the_document_are_the_same_under_the_version(service):
    for path in ("/docs", "/openapi.json", "/docs/swagger-ui.css"):
        one = service.get(f"/api{path}", user=None)
        assert service.get(f"/api/v1{path}", user=None).data == one.data


@pytest.mark.parametrize("path", ["/voices/{}", "/voices/{}/firebase-urls"])
@pytest.mark.parametrize("name", ["__voices__", "a.b", "x" * 101])
def test_a_name_that_firestore_would_refuse_is_asked_of_nobody(service, monkeypatch, path, name):
    def asked(_ref):
        raise AssertionError

    monkeypatch.setattr(service.backend.store, "find", asked)

    assert service.get(f"/api{path.format(name)}").status_code == 404
