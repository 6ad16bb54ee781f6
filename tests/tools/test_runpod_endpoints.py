"""`python -m tools.runpod endpoints`: looks first, and with --yes RunPod has what the file says."""

import tomllib

import pytest

from firepod.models.model import OF_GPU
from firepod.models.parameters import DEFAULT_TABLE
from firepod.models.table import read_models
from tests.tools.runpod import FILE, PICTURES, SPEECH, VIDEOS
from tools.runpod import env_file
from tools.runpod.endpoints_file import read
from worker.engines.table import models


def ids(terminal):
    known = env_file.parse(terminal.env.read_text())
    return {name: value for name, value in known.items() if name.endswith("_ENDPOINT_ID")}


def test_without_yes_it_says_what_would_be_made_and_what_that_costs_at_worst(terminal, account):
    before = terminal.env.read_text()

    assert terminal.run("create") == 0

    assert account.changes == []
    assert terminal.env.read_text() == before
    assert f"{PICTURES}: is to be made" in terminal.out
    assert "docker.io/you/firepod-diffusers:1 on ADA_24, AMPERE_24" in terminal.out
    assert "at most $3.30 an hour, with 3 workers at work" in terminal.out
    assert "All of them: at most $8.48 an hour." in terminal.out
    assert "+ RUNPOD_TTS_ENDPOINT_ID=(the new id)" in terminal.out
    assert "stabilityai/stable-diffusion-xl-base-1.0" in terminal.out
    assert "Nothing was changed" in terminal.out
    assert "note:" not in terminal.out


def test_with_yes_they_are_made_and_their_ids_stand_where_the_functions_read_them(
    terminal, account
):
    assert terminal.run("create", "--yes") == 0

    assert account.changes == ["POST"] * 3
    speech = account.named(SPEECH)["id"]
    assert ids(terminal) == {
        "RUNPOD_IMAGE_ENDPOINT_ID": account.named(PICTURES)["id"],
        "RUNPOD_VIDEO_ENDPOINT_ID": account.named(VIDEOS)["id"],
        "RUNPOD_VOICE_ENDPOINT_ID": speech,
        "RUNPOD_TTS_ENDPOINT_ID": speech,
    }
    assert terminal.env.read_text().startswith("# ours\nRUNPOD_BASE_URL=")
    made = account.named(PICTURES)
    assert made["timeout"] == 600_000
    assert made["workers"] == {"min": 0, "max": 3, "idleTimeout": 10}
    assert made["scaling"] == {"type": "QUEUE_DELAY", "queueDelay": 4}
    assert made["env"] == {"FIREPOD_MODEL": "sdxl"}
    assert (made["flashboot"], made["gpu"]["minCudaVersion"]) == ("FLASHBOOT", "13.0")


def test_a_second_run_makes_and_changes_nothing(terminal, account):
    terminal.run("create", "--yes")
    written, account.calls = terminal.env.read_bytes(), []

    assert terminal.run("create", "--yes") == 0

    assert account.changes == []
    assert terminal.out.count("is as the file says") == 3
    assert terminal.env.read_bytes() == written
    assert terminal.run("show") == 0


def test_what_differs_is_shown_and_changed_and_nothing_else(terminal, account):
    terminal.run("create", "--yes")
    terminal.write("max = 3", "max = 5")
    account.named(SPEECH)["workers"]["max"] = 0
    account.calls = []

    assert terminal.run("show") == 1
    assert "workers.max: 5 in the file, 3 at RunPod" in terminal.out
    assert "workers.max: 2 in the file, 0 at RunPod (RunPod lowers it after days" in terminal.out
    assert "workers: running 1, total 1" in terminal.out
    assert "jobs: completed 3" in terminal.out
    assert account.changes == []

    assert terminal.run("create", "--yes") == 0
    assert account.changes == ["PATCH", "PATCH"]
    (_, _, body), _ = (one for one in account.calls if one[0] == "PATCH")
    assert body.keys() == {"workers", "gpu"}
    assert account.named(PICTURES)["workers"]["max"] == 5
    assert account.named(PICTURES)["env"] == {"FIREPOD_MODEL": "sdxl"}
    assert terminal.run("show") == 0


def test_an_endpoint_is_stopped_by_none_of_its_workers(terminal, account):
    terminal.run("create", "--yes")
    terminal.write("max = 3", "max = 0")
    terminal.run("show")
    assert "workers.max: 0 in the file, 3 at RunPod\n" in terminal.out
    assert terminal.run("create", "--yes") == 0
    assert account.named(PICTURES)["workers"]["max"] == 0
    assert "at most $0.00 an hour, with 0 workers at work" in terminal.out


def test_excluded_types_survive_every_change(terminal, account):
    terminal.write(
        'pools = ["ADA_24", "AMPERE_24"]', 'pools = ["AMPERE_24"]\nexcluded = ["NVIDIA L4"]'
    )
    terminal.run("create", "--yes")
    terminal.write("disk_gb = 60", "disk_gb = 70")
    terminal.run("create", "--yes")
    assert account.named(PICTURES)["gpu"]["excludedTypes"] == ["NVIDIA L4"]
    terminal.write('excluded = ["NVIDIA L4"]', "")
    assert (
        "gpu.excludedTypes: none in the file, NVIDIA L4"
        in (terminal.run("create"), terminal.out)[1]
    )
    terminal.run("create", "--yes")
    assert "excludedTypes" not in account.named(PICTURES)["gpu"]


def test_a_run_that_was_killed_is_gone_on_with(terminal, account):
    """Every call to RunPod kills it in turn, before and after RunPod has obeyed."""
    for done in (False, True):
        for calls in range(1, 7):
            account.endpoints.clear()
            terminal.env.write_text(f"RUNPOD_BASE_URL={account.jobs_url}\n")
            account.calls = []
            obey = account.obey
            account.obey = dying(account, obey, calls, done=done)
            code = terminal.run("create", "--yes")
            account.obey = obey
            assert code in {0, 1}
            assert terminal.run("create", "--yes") == 0
            assert sorted(one["name"] for one in account.endpoints.values()) == [
                PICTURES, SPEECH, VIDEOS,
            ]  # fmt: skip
            assert set(ids(terminal).values()) == account.endpoints.keys()


def dying(account, obey, number, *, done):
    """RunPod answers no more from that call on; the call itself it may have obeyed."""

    def answer(method, path, body):
        if len(account.calls) < number:
            return obey(method, path, body)
        if done and len(account.calls) == number:
            obey(method, path, body)
        return 0, None

    return answer


@pytest.mark.parametrize("status", [0, 500, 503])
@pytest.mark.parametrize("made", [True, False])
def test_an_answer_that_is_lost_makes_no_second_endpoint(terminal, account, fault, status, made):
    fault("POST", status, done=made)

    code = terminal.run("create", "--yes", "--only", "pictures")

    assert account.changes == ["POST"]
    assert code == (0 if made else 1)
    if not made:
        assert f"has not said whether it made {PICTURES}" in terminal.error
    assert terminal.run("create", "--yes", "--only", "pictures") == 0
    assert len(account.endpoints) == 1


def test_ctrl_c_says_that_it_can_go_on(terminal, account, fault):
    fault("GET", 429)

    def interrupted(_seconds):
        raise KeyboardInterrupt

    terminal.waited = type("Pause", (), {"append": staticmethod(interrupted)})()
    assert terminal.run("create") == 130
    assert "goes on where this has ended" in terminal.error


def test_another_timeout_of_ours_is_another_one_there(terminal, account):
    terminal.env.write_text(terminal.env.read_text() + "EXECUTION_TIMEOUT_SECONDS=900\n")
    terminal.run("create", "--yes", "--only", "videos")
    assert account.named(VIDEOS)["timeout"] == 900_000


def test_what_the_file_does_not_say_is_left_as_it_is(terminal, account):
    terminal.run("create", "--yes")
    account.named(VIDEOS).update(dataCenterIds=["EU-RO-1"], networkVolumes=["vol1"], registry="r1")
    assert terminal.run("show") == 0
    terminal.write("disk_gb = 80", "disk_gb = 80\nnetwork_volumes = []")
    assert terminal.run("create", "--yes") == 0
    assert account.named(VIDEOS)["networkVolumes"] == []
    assert account.named(VIDEOS)["dataCenterIds"] == ["EU-RO-1"]


def test_secrets_of_the_caller_and_of_runpod_are_sent_and_never_shown(terminal, account):
    terminal.write(
        '{ FIREPOD_MODEL = "sdxl" }',
        '{ HF_TOKEN = "${MY_TOKEN}", API_KEY = "{{ RUNPOD_SECRET_api }}" }',
    )
    terminal.environment["MY_TOKEN"] = "hf_very_secret"
    terminal.run("create", "--yes")
    assert account.named(PICTURES)["env"] == {
        "HF_TOKEN": "hf_very_secret",
        "API_KEY": "{{ RUNPOD_SECRET_api }}",
    }
    account.named(PICTURES)["env"] = {"HF_TOKEN": "hf_older", "OTHER": "typed_secret"}
    said = terminal.out
    for verb in ("show", "create"):
        terminal.run(verb)
        said += terminal.out + terminal.error
    assert "env.HF_TOKEN: as set by you in the file, another value at RunPod" in said
    assert "env.OTHER: only at RunPod, and goes" in said
    assert not any(word in said for word in ("hf_very", "hf_older", "typed_secret"))


class TestDelete:
    def test_it_looks_first_and_then_deletes_what_it_made_and_takes_the_ids_away(
        self, terminal, account
    ):
        account.endpoints["theirs"] = {"id": "theirs", "name": "firepod-my-project-x-pictures"}
        before = terminal.env.read_text()
        terminal.run("create", "--yes")
        written = terminal.env.read_text()

        assert terminal.run("delete") == 0
        assert "send there until the next `make deploy`" in terminal.out
        assert (len(account.endpoints), terminal.env.read_text()) == (4, written)

        assert terminal.run("delete", "--yes") == 0
        assert list(account.endpoints) == ["theirs"]
        assert set(ids(terminal).values()) == {""}
        assert terminal.env.read_text().startswith(before)
        assert terminal.run("delete", "--yes") == 0
        assert f"{PICTURES}: not at RunPod" in terminal.out

    @pytest.mark.parametrize("jobs", [{"inQueue": 1}, {"inProgress": 2}, {"inQueue": None}])
    def test_jobs_that_wait_or_run_keep_it_unless_forced(self, terminal, account, jobs):
        terminal.run("create", "--yes")
        account.jobs[account.named(VIDEOS)["id"]] = jobs

        assert terminal.run("delete", "--yes") == 1
        assert f"Jobs wait or run at {VIDEOS}." in terminal.error
        assert len(account.endpoints) == 3

        assert terminal.run("delete", "--yes", "--only", "pictures") == 0
        assert terminal.run("delete", "--yes", "--force") == 0
        assert account.endpoints == {}

    def test_an_id_of_somebody_elses_stays(self, terminal, account):
        terminal.run("create", "--yes")
        text = terminal.env.read_text().replace(account.named(VIDEOS)["id"], "by-hand")
        terminal.env.write_text(text)
        assert terminal.run("show") == 1
        assert "RUNPOD_VIDEO_ENDPOINT_ID: by-hand in .env.my-project" in terminal.out
        terminal.run("delete", "--yes")
        assert ids(terminal)["RUNPOD_VIDEO_ENDPOINT_ID"] == "by-hand"


class TestTheShippedFile:
    def test_every_endpoint_parameter_of_our_own_workers_has_one_endpoint(self):
        entries = read(FILE).endpoints.values()
        told = [parameter for one in entries for parameter in one.parameters]
        ours = {m.endpoint for m in read_models(DEFAULT_TABLE).values() if m.dialect == "firepod"}
        assert sorted(told) == sorted(ours)

    def test_each_model_fits_its_gpus_and_makes_what_its_parameters_are_for(self):
        file, table = read(FILE), read_models(DEFAULT_TABLE).values()
        for one in file.endpoints.values():
            model = models()[one.environment["FIREPOD_MODEL"]]
            assert f"/firepod-{model.engine}:" in one.image
            assert min(file.pools[pool].memory_gb for pool in one.pools) >= model.memory_gb
            tasks = {task for m in table if m.endpoint in one.parameters for task in m.tasks}
            assert tasks == set(model.tasks)

    def test_the_table_of_models_has_the_price_of_the_dearest_gpu(self):
        file = read(FILE)
        for one in file.endpoints.values():
            dearest = max(file.pools[pool].usd_per_second for pool in one.pools) * one.gpus
            for model in read_models(DEFAULT_TABLE).values():
                if model.endpoint in one.parameters:
                    assert model.price == {"usd": dearest, "per": OF_GPU}

    def test_a_driver_is_asked_for_that_the_image_runs_on(self):
        entries = tomllib.loads(FILE.read_text())["endpoints"].values()
        for one in entries:
            engine = one["image"].partition("firepod-")[2].partition(":")[0]
            dockerfile = FILE.parent / "images" / f"{engine}.Dockerfile"
            (line,) = [
                x for x in dockerfile.read_text().splitlines() if x.startswith("FROM nvidia")
            ]
            assert f"cuda:{one['min_cuda']}" in line
