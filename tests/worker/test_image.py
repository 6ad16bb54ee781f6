"""The images of the workers: what they are made of is there and pinned, and none runs as root."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "worker" / "images"
USER_ID = 10001
ENGINES = {"procedural": "", "diffusers": "torch", "chatterbox": "torch"}
ONLY_HERE = ("espeakng-loader",)  #: what only the engine without a GPU needs
# Everything is loaded first: the Python of whoever runs this need not be readable for others.
ONE_JOB = f"""
import os
from worker.test_cloud_local import main
failed = main()
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid({USER_ID})
    os.setuid({USER_ID})
raise SystemExit(failed or main())
"""

each_engine = pytest.mark.parametrize("engine", ENGINES)


class Image:
    """A Dockerfile, as lists of instructions."""

    def __init__(self, engine):
        text = (IMAGES / f"{engine}.Dockerfile").read_text()
        whole = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
        self.lines = [line.split(maxsplit=1) for line in whole.splitlines() if line]

    def values(self, instruction):
        return [rest for name, rest in self.lines if name == instruction]

    @property
    def environment(self):
        return dict(pair.split("=", 1) for env in self.values("ENV") for pair in env.split())

    @property
    def copied(self):
        """What is copied from the repository, and where to."""
        return [copy.split() for copy in self.values("COPY") if not copy.startswith("--from")]


def locked(name):
    """The packages of a lock file with their versions."""
    lines = (ROOT / "worker" / name).read_text().splitlines()
    pinned = [line for line in lines if line and not line.lstrip().startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+(\[[\w,]+\])?==[\w.!+]+( ; .+)?", line) for line in pinned)
    return dict(line.partition(" ;")[0].split("==") for line in pinned)


def test_every_engine_that_has_a_name_has_an_image():
    from worker.engines.loading import _BUILT_IN

    assert {path.name.partition(".")[0] for path in IMAGES.iterdir()} == set(ENGINES)
    assert set(_BUILT_IN) <= set(ENGINES)


@each_engine
def test_an_image_begins_with_a_base_of_one_version(engine):
    for base in Image(engine).values("FROM"):
        name, _, version = base.split()[0].partition(":")
        assert re.match(r"\d+\.\d+\.\d+", version), base
        assert ("/" in name) == (name != "python")


@pytest.mark.parametrize(("engine", "cuda"), [("diffusers", "13.0"), ("chatterbox", "12.4")])
def test_the_base_has_the_cuda_that_torch_was_built_for(engine, cuda):
    (base,) = [base for base in Image(engine).values("FROM") if base.startswith("nvidia/cuda:")]
    assert base.startswith(f"nvidia/cuda:{cuda}.")
    lock = locked(f"requirements-{engine}.txt")
    (version,) = [v for name, v in lock.items() if re.match(r"nvidia-cuda-runtime(-cu\d+)?$", name)]
    assert version.startswith(f"{cuda}.")


@each_engine
def test_everything_that_is_copied_is_there_and_goes_into_the_build(engine, tmp_path):
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    let_in = [line[1:] for line in ignored if line.startswith("!")]
    for source, _ in Image(engine).copied:
        assert (ROOT / source).exists()
        assert any(source == one or source.startswith(f"{one}/") for one in let_in)


@each_engine
def test_the_packages_are_a_whole_list_of_versions_that_fits_what_the_engine_asks_for(engine):
    image = Image(engine)
    ((source, _),) = [pair for pair in image.copied if "requirements" in pair[0]]
    assert source == f"worker/requirements-{engine}.txt"
    (install,) = [run for run in image.values("RUN") if "pip install" in run]
    assert "--no-deps --only-binary :all: -r requirements.txt" in install
    lock = locked(Path(source).name)
    for file in ("requirements", f"requirements-{engine}"):
        for line in (ROOT / "worker" / f"{file}.in").read_text().splitlines():
            if line and line[0].isalnum():
                assert re.split(r"[<>=]", line)[0] in lock
    assert (ENGINES[engine] in lock) == bool(ENGINES[engine])
    assert all((one in lock) == (engine == "procedural") for one in ONLY_HERE)


def test_what_is_tested_with_the_real_libraries_is_what_the_image_has():
    tested = locked("../requirements-engines.txt")
    assert locked("requirements-diffusers.txt").items() <= tested.items()


def test_the_watermark_of_speech_finds_what_it_asks_for():
    lock = locked("requirements-chatterbox.txt")
    assert "resemble-perth" in lock
    assert int(lock["setuptools"].partition(".")[0]) < 81


@each_engine
def test_what_changes_most_often_comes_last(engine):
    sources = [source for source, _ in Image(engine).copied]
    assert sources == [f"worker/requirements-{engine}.txt", "functions/firepod", "worker"]


@each_engine
def test_the_container_runs_as_a_user_who_is_not_root(engine):
    image = Image(engine)
    (user,) = image.values("USER")
    # A number, because a platform that refuses root cannot look a name up.
    assert user == f"{USER_ID}:{USER_ID}"
    after = [name for name, _ in image.lines[image.lines.index(["USER", user]) :]]
    assert after == ["USER", "WORKDIR", "HEALTHCHECK", "CMD"]


@each_engine
def test_the_users_own_folder_is_where_it_works_and_the_code_is_not_its_own(engine):
    image = Image(engine)
    (made,) = [run for run in image.values("RUN") if "useradd" in run]
    assert f"--uid {USER_ID} " in made
    (home,) = re.findall(r"--home-dir (\S+)", made)
    assert image.values("WORKDIR")[-1] == home
    assert image.environment["HOME"] == home
    assert image.environment["PYTHONSAFEPATH"] == "1"
    assert image.environment["FIREPOD_ENGINE"] == engine
    assert not any("chown" in rest for _, rest in image.lines)
    assert image.values("CMD") == ['["python", "-m", "worker.handler"]']


@each_engine
def test_an_image_holds_no_key(engine):
    environment = Image(engine).environment
    assert not any(re.search("KEY|SECRET|TOKEN|FIREBASE", name) for name in environment)
    assert Image(engine).values("ARG") == []


def test_in_the_images_folders_alone_the_worker_starts_and_its_health_is_told(tmp_path):
    """Its code is laid out as the Dockerfile says; nothing else of the repository is there."""
    image, app = Image("procedural"), tmp_path / "app"
    app.mkdir()
    for source, name in image.copied:
        place = ROOT / source
        if place.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(place, app / name, ignore=ignored)
    ready = tmp_path / "ready"
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(app),
        "PYTHONSAFEPATH": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(tmp_path),
        "FIREPOD_READY_FILE": str(ready),
    }

    def python(*arguments):
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    (health,) = image.values("HEALTHCHECK")
    command = json.loads(health.partition("CMD ")[2])[1:]
    assert python(*command).returncode == 1
    fields = {"task_type": "text2img", "prompt": "a boat", "width": 256, "height": 256}
    made = python("-m", "worker.handler", "--test_input", json.dumps({"input": fields}))
    assert "completed successfully" in made.stdout, made.stderr
    assert ready.read_text().isdigit()
    assert python(*command).returncode == 1  # it has ended
    ready.write_text(str(os.getpid()))
    assert python(*command).returncode == 0
    for nonsense in ("", "-1", "x", str(2**80)):
        ready.write_text(nonsense)
        assert python(*command).returncode == 1


def test_a_job_needs_no_rights_that_such_a_user_lacks():
    # Not pytest's folder for temporary files: that is closed to everybody else.
    with tempfile.TemporaryDirectory(prefix="firepod-work-") as work:
        if os.geteuid() == 0:
            os.chown(work, USER_ID, USER_ID)
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join((str(ROOT / "functions"), str(ROOT))),
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": work,
            "TMPDIR": work,
        }
        run = subprocess.run(
            [sys.executable, "-c", ONE_JOB],
            cwd=work,
            env=environment,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        assert run.stdout.count("one picture") == 2
        assert list(Path(work).iterdir()) == []
