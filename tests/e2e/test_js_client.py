"""The package `firepod`, packed as npm would publish it, in plain Node against the stack."""

import json
import shutil
import subprocess
import tarfile

import pytest

from local.stack.child import ROOT

pytestmark = pytest.mark.e2e

CLIENT = ROOT / "clients/js"
SCENARIOS = ROOT / "tests/e2e/js_client.mjs"
PROGRAM = """\
import { initializeApp } from "firebase/app";
import { getAuth, signInAnonymously } from "firebase/auth";
import { connectLocalStack, createFirepod } from "firepod";

const app = initializeApp({ projectId: "demo-firepod", apiKey: "local" });
connectLocalStack(app, { portOffset: Number(process.argv[2]) });
await signInAnonymously(getAuth(app));
const firepod = createFirepod({ app });

const picture = await firepod.run(
  { task_type: "text2img", prompt: "a lighthouse", width: 256, height: 256 },
  { onUpdate: ({ status, progress }) => console.error(status, progress ?? "") },
);
console.log(picture.outputs[0].url);
process.exit(0);
"""
NOT_YOURS = "You have no such generation."
README = (ROOT / "README.md").read_text()
STRICT = ("--strict", "--noEmit", "--target", "es2022", "--module", "nodenext", "--types", "")


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """An app's folder in which the packed client and Firebase's SDK are installed."""
    folder = tmp_path_factory.mktemp("an app")
    run("npm", "pack", "--silent", "--pack-destination", str(folder), cwd=CLIENT)
    (packed,) = folder.glob("firepod-*.tgz")
    with tarfile.open(packed) as archive:
        archive.extractall(folder, filter="data")
    modules = folder / "node_modules"
    modules.mkdir()
    (folder / "package").rename(modules / "firepod")
    for beside in ("firebase", "react", "@types"):
        (modules / beside).symlink_to(CLIENT / "node_modules" / beside)
    (folder / "package.json").write_text('{"type": "module"}')
    return folder


def run(*command, **more):
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **more)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture
def scenario(app, stack):
    def play(name):
        shutil.copy(SCENARIOS, app)
        return json.loads(run("node", SCENARIOS.name, str(stack.port_offset), name, cwd=app))

    return play


def test_fifteen_lines_make_a_picture(app, stack):
    (app / "picture.mjs").write_text(PROGRAM)
    url = run("node", "picture.mjs", str(stack.port_offset), cwd=app)
    assert url.startswith("http")
    assert len(PROGRAM.strip().splitlines()) == 15


def test_the_ten_lines_of_readme_make_a_picture_and_a_video_of_it(app, stack):
    lines = README.partition("```js\n")[2].partition("```")[0]
    assert len(lines.splitlines()) == 10
    here = f"connectLocalStack(app, {{ portOffset: {stack.port_offset} }})"
    assert "connectLocalStack(app)" in lines
    program = lines.replace("connectLocalStack(app)", here) + "process.exit(0);\n"
    (app / "ten.mjs").write_text(program)
    picture, video = run("node", "ten.mjs", cwd=app).split()
    assert (picture.partition("?")[0][-4:], video.partition("?")[0][-4:]) == (".png", ".mp4")


def test_a_run_is_told_until_its_end_and_has_its_files(scenario):
    said = scenario("run")
    assert (said["status"], said["again"]) == ("completed", "completed")
    assert said["seen"][-1] == "completed"
    assert len(said["outputs"]) == 2
    assert said["bytes"] == [one["size_bytes"] for one in said["outputs"]]


def test_files_of_every_kind_are_uploaded_and_what_would_be_refused_is_not_sent(scenario):
    said = scenario("inputs")
    assert all(path.endswith(".png") for path in said["paths"].values())
    assert len(set(said["paths"].values())) == 5
    assert said["fractions"][-1] == 1
    assert said["made"] == "completed"
    assert "can be uploaded" in said["video"]["message"]
    assert "25 MiB" in said["large"]["message"]
    assert "empty" in said["empty"]["message"]
    assert said["stopped"]["code"] == "aborted"


def test_every_end_is_an_error_that_says_which(scenario):
    said = scenario("ends")
    assert (said["failed"]["code"], said["failed"]["errorCode"]) == ("failed", "worker_error")
    assert said["failed"]["message"].endswith("does not make.")
    assert said["aborted"]["code"] == "aborted"
    assert said["never"] == ["aborted", False]
    assert said["cancelled"]["code"] == "cancelled"
    assert said["retried"] == "queued"
    assert (said["last"], said["discarded"]["code"]) == ("gone", "not-found")


def test_lists_are_newest_first_live_and_read_nothing_twice(scenario):
    said = scenario("lists")
    assert said["paged"] == [["five", "four"], ["three", "two"], ["one"]]
    assert said["first"] == {"all": ["five", "four"], "more": True}
    assert said["second"] == {"all": ["five", "four", "three", "two"], "more": True}
    assert said["third"] == {"all": ["five", "four", "three", "two", "one"], "more": False}
    assert said["grown"]["all"] == ["six", "five", "four", "three", "two", "one"]
    assert said["shrunk"]["all"] == ["five", "four", "three", "two", "one"]


def test_quota_models_and_erasing(scenario):
    said = scenario("rest")
    assert said["unsigned"]["code"] == said["nobody"]["code"] == "unauthenticated"
    assert said["quota"]["daily"]["used"] > 0
    assert said["models"]
    assert said["spent"] >= 3
    assert said["gone"]["code"] == "not-found"


def test_what_is_refused_says_why(scenario):
    said = scenario("refused")
    assert said["field"]["code"] == "invalid-argument"
    assert "prompt" in said["field"]["fields"]["promt"]
    assert "[" not in said["field"]["message"]
    assert said["foreign"]["code"] == "not-found"
    assert said["path"]["code"] == "invalid-argument"


def test_what_is_somebody_elses_is_not_there_in_our_words(scenario):
    said = scenario("foreign")
    for name in ("get", "done", "told", "page"):
        assert (said[name]["code"], said[name]["message"]) == ("not-found", NOT_YOURS), name
    assert said["cancel"]["code"] == "not-found"
    assert said["never"] == "nothing"
    assert (said["nobody"]["code"], said["nobody"]["message"]) == (
        "unauthenticated",
        "Sign in first.",
    )
    assert said["placeless"]["code"] == "failed-precondition"
    assert "storageBucket" in said["placeless"]["message"]


def test_a_backend_that_is_away_is_called_so(scenario):
    said = scenario("away")["away"]
    assert (said["code"], said["message"]) == ("unavailable", "The backend does not answer.")


def test_a_misspelt_field_is_an_error_of_types_and_no_dom_is_needed(app):
    tsc = CLIENT / "node_modules/.bin/tsc"
    program = PROGRAM.replace('"demo-firepod"', '"demo-firepod" as string')
    good = app / "good.ts"
    good.write_text(
        "declare const process: any, console: any;\n"
        + program.replace("picture.outputs[0].url", "picture.outputs[0]?.url")
    )
    run(str(tsc), *STRICT, "--lib", "es2022", "--skipLibCheck", str(good), cwd=app)
    bad = app / "bad.ts"
    bad.write_text(good.read_text().replace("prompt:", "promt:"))
    command = [str(tsc), *STRICT, "--lib", "es2022", "--skipLibCheck", str(bad)]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=app, check=False, timeout=120)
    assert ran.returncode != 0
    assert "promt" in ran.stdout
