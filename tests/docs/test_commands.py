"""Every command that a page tells people to type: a test runs it, or it is said why none can."""

import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.stack.options import parse_options

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()

# What runs a command: a test by its name, or why there is none. The longest beginning counts.
ACCOUNT = "needs an account"
DOCKER = "needs Docker"
INTERNET = "fetches from what only a machine with internet reaches"
PHONE = "needs a phone, or an emulator of one"
SUITE = "is the test run itself, or a part of it"
MEASURES = "measures for minutes, and asserts nothing"
PLAIN = (
    "tests/local/stack/test_plain_emulators.py"
    "::test_a_generation_waits_for_the_runpod_that_the_log_asks_for_and_completes"
)
START = (
    "tests/local/stack/test_lifecycle.py"
    "::test_a_ready_stack_answers_on_every_port_and_leaves_nothing_after_ctrl_c"
)
MAKE = "tests/make/test_makefile.py"
WAYS = {
    "make": f"{MAKE}::test_help_lists_every_target",
    "make start": START,
    "make example": (
        "tests/e2e/test_example.py::test_a_picture_is_saved_and_the_guides_listener_hears_of_it"
    ),
    "pip install ./clients/python": ("tests/clients/test_packed.py::test_it_installs_and_is_typed"),
    "make screenshot": "writes a picture into the repository, for eyes to look at",
    "make client": "tests/e2e/test_js_client.py::test_fifteen_lines_make_a_picture",
    "npm install firepod": "tests/e2e/test_js_client.py::test_fifteen_lines_make_a_picture",
    "make runpod": PLAIN,
    'eval "$(make env)"': "tests/local/stack/test_shell_environment.py"
    "::test_the_shells_java_is_the_stand_in_that_firebase_tools_accepts",
    "firebase emulators:start": (PLAIN),
    "make install": SUITE,
    "make test-examples": SUITE,
    "npm --prefix examples/web run dev": "tests/examples/__main__.py",
    "npm --prefix examples/react-native start": PHONE,
    "for port in 9099 8080 5001 9199 5005": PHONE,
    "make unit": SUITE,
    "make test": SUITE,
    "make test-engines": SUITE,
    "make lint": SUITE,
    "make fmt lint": SUITE,
    "make generate": "tests/docs/test_generated.py",
    "examples/curl.sh": (
        "tests/e2e/test_python_client.py::test_the_walk_through_rest_with_curl_goes_to_its_end"
    ),
    "make chaos": "tests/chaos/test_chaos.py",
    "make bench": MEASURES,
    ".venv/bin/python -m bench": MEASURES,
    ".venv/bin/python -m bench.outage": MEASURES,
    ".venv/bin/python -m bench.costs": (
        "tests/docs/test_costs.py::test_ones_own_numbers_are_answered_with_two_tables"
    ),
    ".venv/bin/python -m bench.simulate": (
        "tests/docs/test_scale.py::test_ones_own_numbers_are_answered_with_one_table"
    ),
    "make lock": INTERNET,
    "python -m worker.handler": (
        "tests/worker/test_sample_inputs.py"
        "::test_every_tasks_input_makes_its_media_without_anything_around_it"
    ),
    "python -m worker.health": (
        "tests/worker/test_image.py"
        "::test_in_the_images_folders_alone_the_worker_starts_and_its_health_is_told"
    ),
    "make worker-image": f"{MAKE}::test_an_image_is_built_of_the_engine_that_is_named",
    "make doctor": (
        "tests/tools/doctor/test_taken_away.py"
        "::test_what_is_taken_away_is_named_first_with_what_mends_it"
    ),
    "make setup": (
        "tests/tools/doctor/test_setup.py"
        "::test_a_new_project_is_set_up_in_the_doctors_order_and_nothing_is_left"
    ),
    "python -m tools.setup": "tests/tools/doctor/test_setup.py",
    "python -m tools.doctor": "tests/tools/doctor/test_program.py",
    "python -m tools.smoke": "tests/tools/smoke/test_smoke.py",
    "make smoke": (
        "tests/e2e/test_smoke.py"
        "::test_a_running_stack_makes_a_picture_for_a_user_who_is_gone_afterwards"
    ),
    "make deploy": f"{MAKE}::test_deploy_asks_the_doctor_first_and_makes_a_picture_afterwards",
    "make alerts": f"{MAKE}::test_a_target_starts_the_program_that_its_tests_start",
    ".venv/bin/python -m tools.jobs": "tests/tools/jobs/test_list.py",
    "python -m tools.alerts": "tests/tools/test_alerts.py",
    ".venv/bin/python -m tools.alerts": (
        "tests/tools/test_alerts.py"
        "::test_with_yes_all_of_it_is_there_and_a_second_run_changes_nothing"
    ),
    "gcloud auth": ACCOUNT,
    "gcloud billing": ACCOUNT,
    "gcloud recaptcha": ACCOUNT,
    "gcloud services": ACCOUNT,
    "gcloud storage": ACCOUNT,
    "gcloud firestore": ACCOUNT,
    "gcloud run": ACCOUNT,
    "gcloud iam": ACCOUNT,
    "gcloud scheduler": ACCOUNT,
    "node_modules/.bin/firebase": (
        "tests/docs/test_operation.py::test_what_a_page_has_firebase_do_it_can_do"
    ),
    "git checkout": "is git's own",
    "docker": DOCKER,
    "openssl rand": "is no program of ours",
    "pip install pre-commit": INTERNET,
    "pip install ./local/": "tests/local/test_packages.py",
    "python -m local.firestore": "tests/local/test_packages.py",
    "python -m local.rules.storage_runtime": "tests/local/test_packages.py",
    "python -m local.runpod": "tests/local/test_packages.py",
    "python -m pytest": SUITE,
    "python -m worker.engines.check": (
        "tests/worker/engines/test_check.py::test_an_engine_that_works_says_what_it_took"
    ),
    ".venv/bin/python -m tools.erase": (
        "tests/tools/test_erase.py::test_with_yes_the_next_sweep_deletes_it"
    ),
    "python -m tools.jobs": "tests/tools/jobs/test_list.py"
    "::test_what_goes_its_way_is_listed_and_not_called_stuck",
    ".venv/bin/python -m tools.runpod endpoints create": (
        "tests/tools/test_runpod_endpoints.py"
        "::test_with_yes_they_are_made_and_their_ids_stand_where_the_functions_read_them"
    ),
    ".venv/bin/python -m tools.runpod endpoints show": (
        "tests/tools/test_runpod_endpoints.py"
        "::test_what_differs_is_shown_and_changed_and_nothing_else"
    ),
    ".venv/bin/python -m tools.runpod endpoints delete": (
        "tests/tools/test_runpod_endpoints.py"
        "::test_it_looks_first_and_then_deletes_what_it_made_and_takes_the_ids_away"
    ),
    "python -m tools.runpod": (
        "tests/tools/test_runpod_endpoints.py"
        "::test_without_yes_it_says_what_would_be_made_and_what_that_costs_at_worst"
    ),
    "python -m tools.erase": "tests/tools/test_erase.py::test_with_yes_the_next_sweep_deletes_it",
    "export PATH=$PWD/.venv/bin:$PATH": "is the shell's own",
    "export RUNPOD_API_KEY=": "is the shell's own",
    "export FIREBASE_CLI_EXPERIMENTS=": "is the shell's own",
    "export IMAGES=": "is the shell's own",
    "python test_cloud_local.py": (
        "tests/worker/test_cloud_scripts.py::test_a_picture_is_made_here_without_firebase"
    ),
    "python test_cloud_storage.py": (
        "tests/e2e/test_direct_requests.py"
        "::test_the_workers_own_try_puts_a_picture_and_a_video_into_storage"
    ),
    "npm --prefix web ci": SUITE,
    "npm --prefix web run build": SUITE,
    "npm --prefix web run check": SUITE,
}
# Tells what was, and tells itself which test runs each of its rows.
OTHERS = ("docs/decisions.md", "docs/seeds.md")
# Blocks that one test runs from their first line to the last, or why none can, by page and heading.
WHOLE = {
    ("operations/README.md", "With gcloud"): ACCOUNT,
    ("README.md", "Over REST"): (
        "tests/e2e/test_readme.py::test_the_commands_for_rest_make_pictures_a_voice_and_speech"
    ),
}
INLINE = re.compile(
    r"`((?:make|npm|npx|node|docker|firebase [a-z]|openssl|pip|python3?|\.venv/bin/python|gcloud"
    r"|gsutil|curl|eval)(?: [^`]*)?)`"
)


@dataclass(frozen=True)
class Command:
    page: str
    heading: str
    text: str


def pages():
    listed = subprocess.run(
        ["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [name for name in listed.stdout.splitlines() if name not in OTHERS]


def parts_of(page):
    """The page in order, as (heading, language of the block or "" for prose, text)."""
    heading, language, lines = "", "", []
    for line in [*(ROOT / page).read_text().splitlines(), "# "]:
        fence = re.match(r"```(\w*)", line)
        title = re.match(r"#+ (.*)", line) if not language else None
        if not (fence or title):
            lines.append(line)
            continue
        yield heading, language, "\n".join(lines)
        lines = []
        if title:
            heading = title[1]
        else:
            language = "" if language else fence[1] or "text"


def commands_of(page):
    """Those in blocks for a shell, in indented lines, and in the middle of a sentence."""
    for heading, language, text in parts_of(page):
        if language in ("bash", "sh", "console"):
            lines = text.replace("\\\n", " ").splitlines()
            found = [line.partition("  #")[0].strip() for line in lines]
        elif language:
            found = []
        else:
            found = re.findall(r"^    ((?:pip|python|make|npm) .*)$", text, re.MULTILINE)
            found += INLINE.findall(text.replace("\n", " "))
        for command in found:
            if command and not command.startswith("#"):
                yield Command(page, heading, command)


COMMANDS = [command for page in pages() for command in commands_of(page)]


def way_of(command):
    if whole := WHOLE.get((command.page, command.heading)):
        return whole
    if command.text == "make":
        return WAYS["make"]
    fitting = [one for one in WAYS if one != "make" and command.text.startswith(one)]
    return WAYS[max(fitting, key=len)] if fitting else None


def test_every_command_of_a_page_is_run_by_a_test_or_says_why_not():
    unknown = [f"{one.page}: {one.text}" for one in COMMANDS if way_of(one) is None]
    assert unknown == []


def test_what_is_said_to_be_run_is_run_by_a_test_that_is_there():
    for way in {*WAYS.values(), *WHOLE.values()}:
        file, _, name = way.partition("::")
        if not file.startswith("tests/"):
            continue
        assert (ROOT / file).exists(), file
        assert not name or f"def {name}(" in (ROOT / file).read_text(), way


def test_no_row_is_left_of_a_command_that_no_page_has_any_more():
    texts = [one.text for one in COMMANDS]
    assert [way for way in WAYS if not any(text.startswith(way) for text in texts)] == []
    assert set(WHOLE) <= {(one.page, one.heading) for one in COMMANDS}


BENCHES = {"--list", "--json"} | set(
    re.findall(
        r'^    "([a-z-]+)": \w+\.run', (ROOT / "bench/__main__.py").read_text(), re.MULTILINE
    )
)
MAKES = sorted({one.text for one in COMMANDS if re.match(r"make( |$)", one.text)})


@pytest.mark.parametrize("text", MAKES)
def test_a_make_command_has_targets_variables_and_arguments_that_there_are(text):
    words = shlex.split(re.sub(r"[<>…]", "", text))[1:]
    targets = [word for word in words if "=" not in word]
    given = dict(word.split("=", 1) for word in words if "=" in word)
    (phony,) = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert set(targets) <= set(phony.split())
    assert [name for name in given if not re.search(rf"\$[({{]+(or \$\()?{name}\b", MAKEFILE)] == []
    arguments = shlex.split(given.get("ARGS", ""))
    if targets[:1] in (["start"], ["runpod"]):
        parse_options(arguments, {})
    if targets == ["bench"]:
        assert {one for one in arguments if re.fullmatch(r"[a-z_-]+", one)} <= BENCHES


MODULES = sorted({m for one in COMMANDS for m in re.findall(r"-m ([a-z_.]+)", one.text)})


@pytest.mark.parametrize("module", MODULES)
def test_a_program_that_a_page_names_is_there(module):
    place = ROOT / module.replace(".", "/")
    ours = place.with_suffix(".py").exists() or (place / "__main__.py").exists()
    assert ours or module == "pytest"
