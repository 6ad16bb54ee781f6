"""`python -m tools.jobs` as it is typed: it finds its place, or says what is missing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from firepod.adapters.documents import generation_document, job_document
from firepod.domain.generation import Event, Happened
from tests.fakes.clock import START
from tests.fakes.values import make_generation, make_job
from tools.jobs.program import main

ROOT = Path(__file__).parents[3]


def typed(*arguments, **environment):
    """The program in a process of its own, without what a developer's shell may have set."""
    kept = ("PATH", "LANG", "VIRTUAL_ENV")
    clean = {name: os.environ[name] for name in kept if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "tools.jobs", *arguments],
        cwd=ROOT,
        env={**clean, "HOME": "/nowhere", "CLOUDSDK_CONFIG": "/nowhere", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_works_on_the_emulators_that_the_environment_names(address):
    done = typed("list", "--project", "demo-nobody", FIRESTORE_EMULATOR_HOST=address)
    assert done.stderr == f"Looking at the stack of this machine, demo-nobody at {address}.\n"
    assert (done.returncode, done.stdout) == (0, "0 jobs, 0 of them stuck; 0 were read.\n")


def test_it_changes_what_is_there_and_warns_where_runpod_does_not_answer(address):
    from google.cloud import firestore

    begun = (Happened(Event.QUEUED, START, 1),)
    queued, job = make_generation(file_uid="a-b", timeline=begun), make_job(file_uid="a-b")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIRESTORE_EMULATOR_HOST", address)
        client = firestore.Client(project="demo-place")
    client.document(job.ref.path).set(generation_document(queued))
    client.document("jobs/a-b").set(job_document(job))
    words = ("fail", "a-b", "--why", "We had an outage.", "--project", "demo-place", "--yes")
    done = typed(*words, "--port-offset", "49000", FIRESTORE_EMULATOR_HOST=address)
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert "  changed  document: status: queued -> failed\n" in done.stdout
    assert "  warning: RunPod's job is not stopped yet; the next sweeps see to it.\n" in done.stdout
    assert done.stdout.count("warning") == 1
    document = client.document(job.ref.path).get().to_dict()
    assert document["error"] == "We had an outage."
    last = document["timeline"][-1]
    assert (last["event"], last["error_code"], last["by"]) == ("failed", "stopped", "operator")
    client.close()


def test_without_a_stack_it_says_how_to_start_one():
    done = typed("--port-offset", "49000")
    assert done.returncode == 1
    assert done.stderr.startswith("Nothing answers at 127.0.0.1:57080")
    assert "`make start`" in done.stderr


def test_without_credentials_it_says_how_to_sign_in():
    done = typed("list", "--project", "my-project", NO_GCE_CHECK="true")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Sign in first: gcloud auth application-default login\n"


def test_a_deployment_without_its_parameters_is_only_looked_at(tmp_path):
    signed_in = tmp_path / "credentials.json"
    fields = ("client_id", "client_secret", "refresh_token")
    signed_in.write_text(json.dumps({"type": "authorized_user"} | dict.fromkeys(fields, "x")))
    done = typed(
        *("fail", "a-b", "--why", "We had an outage.", "--project", "no-such-project"),
        GOOGLE_APPLICATION_CREDENTIALS=str(signed_in),
    )
    assert done.returncode == 1
    first, second = done.stderr.splitlines()[-2:]
    assert first == "Looking at project no-such-project."
    assert second.startswith("functions/.env.no-such-project is missing")


@pytest.mark.parametrize("command", ["reconcile", "fail", "requeue", "replay"])
def test_the_help_of_what_changes_something_says_that_it_takes_yes(capsys, command):
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert "says what would change, until --yes" in " ".join(capsys.readouterr().out.split())


def test_its_help_has_examples(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    assert ".venv/bin/python -m tools.jobs show FILE_UID --project" in capsys.readouterr().out
