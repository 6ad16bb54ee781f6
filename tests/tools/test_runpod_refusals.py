"""What `python -m tools.runpod` says when something is wrong, and that nothing is changed."""

import pytest

from tests.fakes.runpod_account import GPUS, KEY, gpu
from tests.tools.runpod import PICTURES

ONE = ("--yes", "--only", "pictures")


@pytest.mark.parametrize(
    ("method", "status", "detail", "said"),
    [
        ("GET", 403, "access denied", "The key in RUNPOD_API_KEY lacks Read/Write"),
        ("POST", 403, "access denied", "The key in RUNPOD_API_KEY lacks Read/Write"),
        (
            "POST",
            402,
            "payment required",
            "too little credit: https://www.console.runpod.io/user/b",
        ),
        ("POST", 400, "insufficient balance", "too little credit"),
        ("POST", 404, "volume not found", "RunPod does not find it. (volume not found)"),
        ("POST", 400, "worker quota exceeded", "RunPod refuses (400): worker quota exceeded"),
        ("POST", 400, f"bad key {KEY}", "RunPod refuses (400): bad key ..."),
        ("POST", 422, "x\ny\x1b[31m", "RunPod refuses (422): x y[31m"),
    ],
)
def test_what_runpod_refuses_is_told_in_its_words(
    terminal, account, fault, method, status, detail, said
):
    before = terminal.env.read_text()
    fault(method, status, detail=detail)
    assert terminal.run("create", *ONE) == 1
    assert said in terminal.error
    assert account.endpoints == {}
    assert terminal.env.read_text() == before


def test_a_key_that_runpod_does_not_know_is_named_by_its_variable(terminal):
    terminal.environment["RUNPOD_API_KEY"] = "rpa_another_one"
    assert terminal.run("create") == 1
    assert "does not know the key in RUNPOD_API_KEY" in terminal.error
    assert "rpa_another" not in terminal.error


@pytest.mark.parametrize("key", ["", "  ", "two words", "ключ-ключ"])
def test_a_key_that_cannot_be_one_is_sent_nowhere(terminal, account, key):
    terminal.environment["RUNPOD_API_KEY"] = key
    assert terminal.run("show") == 1
    assert "Set RUNPOD_API_KEY" in terminal.error
    assert account.calls == []


def test_runpod_is_waited_for_as_long_as_it_says(terminal, account, fault):
    fault("GET", 429, times=2, headers={"Retry-After": "12"})
    fault("POST", 429, headers={"Retry-After": "7"})
    assert terminal.run("create", *ONE) == 0
    assert terminal.waited == [12, 12, 7]
    assert "had too many calls. Trying again in 12 s." in terminal.out
    assert len(account.endpoints) == 1


@pytest.mark.parametrize(
    ("method", "status", "headers", "waits"),
    [
        ("GET", 429, {"Retry-After": "3600"}, 0),
        ("GET", 500, {}, 3),
        ("GET", 0, {}, 3),
        ("GET", 200, {}, 0),
        ("PATCH", 503, {}, 3),
    ],
)
def test_a_runpod_that_cannot_is_given_up_after_a_while(
    terminal, account, fault, method, status, headers, waits
):
    assert terminal.run("create", *ONE) == 0
    terminal.write("disk_gb = 60", "disk_gb = 61")
    held = str(account.endpoints)
    fault(method, status, times=99, headers=headers)
    assert terminal.run("create", *ONE) == 1
    assert len(terminal.waited) == waits
    assert terminal.error
    assert str(account.endpoints) == held


@pytest.mark.parametrize(
    ("pools", "said"),
    [
        ('["ADA_42"]', "RunPod has no pool ADA_42; did you mean ADA_24?"),
        ('["GeForce RTX 4090"]', "that is a GPU of ADA_24"),
        ('["NVIDIA L4"]', "that is a GPU of AMPERE_24"),
        ('["GeForce RTX 3070"]', "that GPU is in no pool"),
        (
            '["ADA_24"]\nexcluded = ["NVIDIA L4"]',
            "its pools have no NVIDIA L4; known are NVIDIA Ge",
        ),
    ],
)
def test_a_gpu_that_there_is_not_is_told_with_the_nearest(terminal, account, pools, said):
    terminal.write('["ADA_24", "AMPERE_24"]', pools)
    assert terminal.run("create", *ONE) == 1
    assert said in terminal.error
    assert account.changes == []


def test_a_card_of_a_pool_that_is_too_small_for_the_model_is_named(terminal, account):
    account.gpus = [*GPUS, gpu("PRO 6000 MIG", "ADA_24", 8, 1.1)]
    assert terminal.run("create", *ONE) == 1
    assert "sdxl takes 12 GB, and NVIDIA PRO 6000 MIG of ADA_24 has 8" in terminal.error
    terminal.write('["ADA_24", "AMPERE_24"]', '["ADA_24"]\nexcluded = ["NVIDIA PRO 6000 MIG"]')
    assert terminal.run("create", *ONE) == 0


def test_prices_that_have_changed_are_told_and_what_stops_an_account(terminal, account):
    account.gpus = [one | {"price": {"serverless": 12.0}} for one in GPUS]
    assert terminal.run("create") == 0
    assert "ADA_24 costs $0.00333 a second; the file says $0.00031" in terminal.out
    assert "firepod-pictures has $0.00031 in models.toml, not $0.00333 a second" in terminal.out
    assert "All of them: at most $84.00 an hour." in terminal.out
    assert "RunPod itself stops an account at $80 an hour" in terminal.out


def test_workers_that_never_stop_are_told_with_what_they_cost(terminal):
    terminal.write("min = 0, max = 3", "min = 1, max = 3")
    terminal.run("create")
    assert "at least $1.10 an hour, with nothing to do (min = 1)" in terminal.out


def test_two_endpoints_of_one_name_are_nobodys_to_choose_between(terminal, account):
    for one in ("a1", "a2"):
        account.endpoints[one] = {"id": one, "name": PICTURES + " -fb" * (one == "a2")}
    for verb in ("create", "delete"):
        assert terminal.run(verb, "--yes") == 1
        assert f"more than one {PICTURES}: a1, a2" in terminal.error
    assert account.changes == []


def test_an_endpoint_of_another_kind_is_not_changed(terminal, account):
    account.endpoints["a1"] = {"id": "a1", "name": PICTURES, "type": "LOAD_BALANCER"}
    assert terminal.run("create", "--yes") == 1
    assert "no endpoint with a queue" in terminal.error
    assert account.changes == []


def test_a_part_of_the_endpoints_is_not_taken_for_all(terminal, account):
    obey = account.obey

    def paged(method, path, body):
        status, told = obey(method, path, body)
        return status, {**told, "nextCursor": "abc"} if path.endswith("/serverless") else told

    account.obey = paged
    assert terminal.run("create", "--yes") == 1
    assert "only a part of the endpoints" in terminal.error
    assert account.changes == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("disk_gb = 60", 'disk_gb = "x"', "pictures: disk_gb: input should be a valid integer"),
        ("disk_gb = 60", "", "pictures: disk_gb: field required"),
        ("disk_gb = 60", "disc_gb = 60", "nobody knows disc_gb; did you mean disk_gb?"),
        ("[pools]", "[pool]", "nobody knows pool; did you mean pools?"),
        ("max = 3", "max = 3, maxx = 3", "nobody knows maxx; did you mean max?"),
        ("min = 0, max = 3", "min = 4, max = 3", "pictures: workers: min is above max"),
        ("memory_gb = 16", "memory = 16", "nobody knows memory; did you mean memory_gb?"),
        ('"sdxl"', '"sdx"', "there is no FIREPOD_MODEL sdx; did you mean sdxl?"),
        ('"ADA_48_PRO", "AMPERE_48"', '"ADA_24"', "wan2.2-ti2v-5b takes 40 GB, ADA_24 has 24"),
        ("_TTS_ENDPOINT_ID", "_TTS_ENDPOINT", "did you mean RUNPOD_TTS_ENDPOINT_ID?"),
        ("_TTS_", "_IMAGE_", "speech: RUNPOD_IMAGE_ENDPOINT_ID is already that of pictures"),
        ("[endpoints.speech]", "[endpoints.my-speech]", "my-speech: string should match"),
        ('FIREPOD_MODEL = "sdxl"', 'HF_TOKEN = "hf_a"', "HF_TOKEN: a secret is `{{ RUNPOD_S"),
        ("queue_delay_seconds = 4", "requests_per_worker = 2", "idle_seconds belongs to"),
        ("queue_delay_seconds = 4", "", "say queue_delay_seconds or requests_per_worker"),
        ("[endpoints.pictures]", "[endpoints.pictures", "is no TOML"),
        ("${IMAGES}", "${MY_REGISTRY}", "pictures: set MY_REGISTRY, as in `MY_REGISTRY=... python"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_file_is_told_before_anything_is_changed(
    terminal, account, old, new, said
):
    terminal.write(old, new)
    assert terminal.run("create", "--yes") == 1
    assert said in terminal.error
    assert account.changes == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--only", "picture"), "no endpoint picture; did you mean pictures?"),
        (("--project", "demo-firepod"), "for the emulators alone"),
        (("--project", "X"), "no id of a Firebase project"),
        (("--api", "http://api.runpod.io/v2"), "--api must be an https:// URL"),
        (("--api", "https://me@evil.test/v2"), "--api must be an https:// URL"),
        (("--file", "/nowhere.toml"), "/nowhere.toml cannot be read"),
    ],
)
def test_words_that_cannot_be_meant_are_refused(terminal, account, words, said):
    assert terminal.run("create", "--yes", *words) in {1, 2}
    assert said in terminal.error
    assert account.calls == []


@pytest.mark.parametrize("value", ["", "0", "ten", "9999999"])
def test_a_timeout_that_runpod_cannot_have_is_refused(terminal, account, value):
    terminal.env.write_text(f"{terminal.env.read_text()}EXECUTION_TIMEOUT_SECONDS={value}\n")
    assert terminal.run("create", "--yes") == 1
    assert "EXECUTION_TIMEOUT_SECONDS" in terminal.error
    assert account.calls == []
