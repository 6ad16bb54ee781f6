"""`local/java/java` as firebase-tools calls it."""

import os
import pathlib
import re
import signal
import subprocess
import sys

import pytest

JAVA_HOME = pathlib.Path(__file__).parents[3] / "local" / "java"
VERSION = re.compile(r'version "([1-9][0-9]*)')  # the pattern of firebase-tools


def run(*arguments, **environment):
    return subprocess.run(
        [str(JAVA_HOME / "java"), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=os.environ | {"FIREPOD_PYTHON": sys.executable} | environment,
        timeout=30,
        check=False,
    )


@pytest.fixture
def echo(tmp_path):
    """A program that stands in for Python, or for a real Java, and prints what it was given."""

    def make(name):
        program = tmp_path / name
        program.write_text('#!/bin/sh\nprintf "%s\\n" "$0" "$PYTHONPATH" "$@"\n')
        program.chmod(0o755)
        return program

    return make


def test_version_satisfies_firebase_tools():
    done = run("-Duser.language=en", "-Dfile.encoding=UTF-8", "-version")
    assert done.returncode == 0
    assert int(VERSION.search(done.stdout + done.stderr)[1]) >= 21


@pytest.mark.parametrize("jar", ["firestore-stand-in.jar", "cloud-firestore-emulator-v1.22.0.jar"])
def test_firestore_jar_starts_the_local_firestore_with_its_arguments(echo, jar):
    arguments = ["--host", "127.0.0.1", "--port", "80 80", "-jar"]
    done = run(
        "-Dgoogle.cloud_firestore.debug_log_level=FINE", "-jar", f"/any where/{jar}", *arguments,
        FIREPOD_PYTHON=str(echo("python")), PYTHONPATH="/before",
    )  # fmt: skip
    assert done.returncode == 0
    _, path, option, *lines = done.stdout.splitlines()
    assert (path, option) == (f"{JAVA_HOME.parents[1]}:/before", "-c")
    assert lines[-len(arguments) - 1 :] == ["local.firestore", *arguments]


def test_placeholders_exist():
    assert (JAVA_HOME / "firestore-stand-in.jar").is_file()
    assert (JAVA_HOME / "storage-rules-stand-in.jar").is_file()


def test_storage_jar_serves_the_rules_runtime_and_stops_on_sigint():
    process = subprocess.Popen(
        [
            str(JAVA_HOME / "java"), "-Djava.security.manager=disallow", "-Duser.language=en",
            "-jar", str(JAVA_HOME / "storage-rules-stand-in.jar"), "serve",
        ],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=os.environ | {"FIREPOD_PYTHON": sys.executable}, start_new_session=True,
    )  # fmt: skip
    with process:
        assert process.stdout.readline() == b'{"id": -1, "status": "ok"}\n'
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0
        assert process.stderr.read() == b""


def test_other_jars_go_to_the_next_java_on_the_path(echo):
    real = echo("java")
    path = f"/nowhere:{JAVA_HOME}:{real.parent}:{os.environ['PATH']}"
    done = run("-Xmx1g", "-jar", "pubsub emulator.jar", "-version", PATH=path)
    assert done.stdout.splitlines()[0] == str(real)
    assert done.stdout.splitlines()[2:] == ["-Xmx1g", "-jar", "pubsub emulator.jar", "-version"]


def test_without_another_java_the_answer_is_127():
    done = run("-jar", "other.jar", PATH=str(JAVA_HOME))
    assert done.returncode == 127
    assert "stand-in" in done.stderr
