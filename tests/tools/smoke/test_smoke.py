"""`make smoke` against a deployment that works, and with each step taken away in turn."""

import json

import pytest

from tests.fakes.deployment import FILES, HOST, ID_TOKEN, IDENTITY, MODEL, PROJECT, Deployment
from tests.fakes.json_server import json_server
from tools.smoke.__main__ import main
from tools.smoke.choice import choose
from tools.smoke.wire import Failed, Wire

STEPS = ["found", "signed in", "allowed", "chosen", "accepted", "completed", "read", "erased"]
API = f"{HOST}/api"
PICTURE = f"{API}/generations/images/f1"


@pytest.fixture(scope="module")
def server():
    talks = {}

    def talk(asked):
        return talks["now"](asked)

    with json_server(talk) as url:
        yield talks, url


@pytest.fixture
def there(server):
    talks, url = server
    deployment = Deployment()
    talks["now"] = deployment.talk
    deployment.url = url
    return deployment


@pytest.fixture
def smoke(there, capsys):
    """Runs it; gives the exit code and what was printed, in which the token never is."""

    def run(*arguments, pause=lambda _: None):
        given = [f"--project={PROJECT}", *arguments]
        code = main(given, Wire(there.url, pause))
        printed = capsys.readouterr()
        assert ID_TOKEN not in printed.out + printed.err
        return code, printed.out

    return run


def left(there):
    """The accounts, and the pictures that nobody has asked to erase."""
    return {**there.accounts, **({} if there.erasing else there.pictures)}


def test_a_picture_is_made_read_and_erased_and_the_time_of_each_step_is_told(there, smoke):
    code, text = smoke()

    lines = [line for line in text.splitlines() if not line.startswith(" ")]
    assert code == 0, text
    assert [line[:16].strip() for line in lines[:-1]] == [*STEPS, "account deleted"]
    assert all(" s  " in line for line in lines[:-1])
    assert "flux, 256x256, for $0.0002" in text
    assert "1.20 s at work, $0.0002" in text
    assert lines[-1].startswith(f"https://{HOST} works: ")
    assert left(there) == {}


def test_for_a_program_the_steps_are_one_object(smoke):
    code, text = smoke("--json")

    said = json.loads(text)
    assert (code, said["ok"], said["error"], said["url"]) == (0, True, None, f"https://{HOST}")
    assert [one["name"] for one in said["steps"]] == [*STEPS, "account deleted"]
    assert all(one["ok"] and one["seconds"] >= 0 for one in said["steps"])


def test_a_dry_run_says_what_it_would_make_and_makes_nothing(there, smoke):
    code, text = smoke("--dry-run")

    assert (code, "flux, 256x256, for $0.0002" in text) == (0, True)
    assert not [one for one in there.asked if one.path == f"{API}/generations"]
    assert left(there) == {}


def refuses(path, status, message=""):
    return lambda there: there.said.update({path: (status, {"error": {"message": message}})})


def ends(**fields):
    return lambda there: setattr(there, "ending", fields)


FAULTS = {
    "nothing deployed": (
        refuses(f"{HOST}/__/firebase/init.json", 404),
        "found",
        "does not give a web app (404)",
    ),
    "no web app linked": (
        lambda there: there.said.update({f"{HOST}/__/firebase/init.json": (200, {})}),
        "found",
        "does not give a web app",
    ),
    "no way to sign in": (
        refuses(f"{IDENTITY}/accounts:signUp", 400, "OPERATION_NOT_ALLOWED"),
        "signed in",
        "authentication/providers",
    ),
    "a key for pages only": (
        refuses(f"{IDENTITY}/accounts:signUp", 403, "Requests from referer are blocked."),
        "signed in",
        "Requests from referer are blocked. (403)",
    ),
    "App Check": (
        refuses(f"{API}/quota", 401, "This app could not be verified."),
        "allowed",
        "APP_CHECK_TOKEN",
    ),
    "api not public": (refuses(f"{API}/quota", 403), "allowed", "function api: deploy it again"),
    "set up wrongly": (refuses(f"{API}/models", 503), "chosen", "functions:log --only api"),
    "no model": (lambda there: setattr(there, "models", []), "chosen", "No model makes text2img"),
    "a limit": (refuses(f"{API}/generations", 429, "Too much."), "accepted", "Too much. (429)"),
    "a failed picture": (
        ends(status="failed", error="The worker fell.", error_code="worker_error"),
        "completed",
        "The worker fell. (worker_error)",
    ),
    "no file": (refuses(f"{FILES}/v0/f1", 403), "read", "does not give the picture (403)"),
    "half a file": (
        lambda there: there.said.update({f"{FILES}/v0/f1": (200, b"\x89PNG\r\n\x1a\n")}),
        "read",
        "gives 8 bytes of 108",
    ),
    "another file": (
        lambda there: there.said.update({f"{FILES}/v0/f1": (200, bytes(108))}),
        "read",
        "is no image/png",
    ),
}


@pytest.mark.parametrize(("fault", "step", "words"), FAULTS.values(), ids=FAULTS)
def test_the_step_that_does_not_work_is_named_and_nothing_is_left(there, smoke, fault, step, words):
    fault(there)

    code, text = smoke()

    (failed,) = [line for line in text.splitlines() if line.startswith("FAILED")]
    assert (code, failed.split("  ")[1].strip()) == (1, step)
    assert words in text
    assert left(there) == {}


def test_what_is_not_erased_is_left_with_the_command_that_erases_it(there, smoke):
    there.said[f"{API}/me"] = (503, {})

    code, text = smoke()

    assert code == 1
    assert f"tools.erase --project {PROJECT} user-" in text.splitlines()[-1]
    assert there.accounts == {}


def test_an_account_that_cannot_be_deleted_is_named(there, smoke):
    there.said[f"{IDENTITY}/accounts:delete"] = (400, {"error": {"message": "NO"}})

    code, text = smoke()

    (uid,) = there.accounts
    assert code == 1
    assert text.splitlines()[-1] == f"Left behind: the account {uid} of {PROJECT}"


def test_a_picture_that_does_not_come_is_waited_for_no_longer_than_it_may_be(there, smoke):
    there.polls = 1000

    code, text = smoke("--wait=0.05")

    assert (code, "It is still queued." in text) == (1, True)
    assert left(there) == {}


def test_ctrl_c_erases_too(there, smoke):
    there.polls = 1000

    def interrupted(_seconds):
        raise KeyboardInterrupt

    code, text = smoke(pause=interrupted)

    assert (code, "Interrupted." in text) == (130, True)
    assert left(there) == {}


def test_where_guests_are_off_a_user_by_e_mail_is_made(there, smoke):
    there.guests = False

    code, text = smoke()

    assert (code, "by e-mail" in text) == (0, True)
    made = [one.body for one in there.asked if one.path.endswith("signUp")]
    assert made[-1]["email"].endswith("@example.com")
    assert left(there) == {}


def test_where_guests_may_not_generate_the_guest_goes_and_a_user_comes(there, smoke):
    there.guest_limit = 0

    code, text = smoke()

    assert (code, "by e-mail" in text) == (0, True)
    assert left(there) == {}


def test_what_is_out_of_order_for_a_moment_is_asked_again_under_the_same_key(there, smoke):
    for where in (("POST", f"{API}/generations"), ("GET", PICTURE), ("DELETE", f"{API}/me")):
        there.faults[where] = 2

    code, _ = smoke()

    calls = [one for one in there.asked if one.path == f"{API}/generations"]
    keys = [one.headers["Idempotency-Key"] for one in calls]
    assert (code, len(keys), len(set(keys))) == (0, 3, 1)


def test_the_token_of_an_app_is_sent_where_there_is_one(there, smoke, monkeypatch):
    monkeypatch.setenv("APP_CHECK_TOKEN", "of-an-app")
    smoke()

    sent = {one.headers.get("X-Firebase-AppCheck") for one in there.asked if "/api/" in one.path}
    assert sent == {"of-an-app"}
    elsewhere = [one for one in there.asked if not one.path.startswith(HOST)]
    assert not [one for one in elsewhere if "X-Firebase-AppCheck" in one.headers]


def test_an_answer_of_another_form_is_a_fault_of_the_deployment(there, smoke):
    there.said[PICTURE] = (200, {"status": "completed"})

    code, text = smoke()

    assert (code, "another form" in text) == (1, True)
    assert left(there) == {}


def test_without_a_stack_it_says_how_to_start_one(capsys):
    assert main(["--port-offset=29999"], Wire(pause=lambda _: None)) == 1
    assert "make start" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [["--wait=0"], ["--base-url=ftp://x"], ["--project=p", "--base-url=https://x"], ["--wat"]],
)
def test_a_wrong_usage_is_told_and_nothing_is_asked(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


def model(name, **fields):
    return {**MODEL, "id": name, "default_for": [], **fields}


def test_the_cheapest_is_chosen_by_what_the_smallest_picture_costs():
    dear = model("dear", price={"usd": 0.001, "per": "picture"}, sizes=[[1024, 1024], [512, 512]])
    cheap = model("cheap", price={"usd": 0.0024, "per": "megapixel"})
    videos = model("videos", tasks=["text2video"], price={"usd": 0, "per": "picture"})
    own = model("own", price={"usd": 0.0003, "per": "second of GPU"}, default_for=["text2img"])

    assert choose([own, dear, cheap, videos]).model == "cheap"
    assert choose([own, dear, cheap, videos], local=True).model == "own"
    assert choose([dear, own | {"price": None}], wanted="own").says.endswith("that nobody knows")
    assert choose([dear]).width == 512
    assert choose([own]).says == "own, 256x256, at $0.0003 per second of GPU"
    with pytest.raises(Failed, match="No model named absent"):
        choose([own], wanted="absent")


def test_the_smallest_size_keeps_the_bounds_of_the_model():
    bounds = {"width": {"min": 300, "multiple_of": 64}, "height": {"one_of": [768, 512]}}

    picture = choose([model("bound", bounds=bounds)])

    assert (picture.width, picture.height) == (320, 512)


def test_it_looks_until_the_picture_is_really_gone(there, smoke):
    assert smoke()[0] == 0
    assert there.pictures == {}


def test_a_picture_that_does_not_go_is_a_fault(there, smoke):
    there.polls, there.erasing_polls = 0, 10**6

    code, text = smoke("--wait=0.1")

    assert (code, "It is still there after 0.1 s." in text) == (1, True)


def test_every_run_has_a_key_of_its_own(there, smoke):
    smoke()
    there.erasing, there.erasing_polls = False, 2
    smoke()

    calls = [one for one in there.asked if one.path == f"{API}/generations"]
    assert len({one.headers["Idempotency-Key"] for one in calls}) == 2


def test_who_is_refused_for_another_reason_does_not_try_as_somebody_else(there, smoke):
    signing = f"{IDENTITY}/accounts:signUp"
    there.said[signing] = (400, {"error": {"message": "API key not valid."}})

    assert smoke()[0] == 1
    (asked,) = [one for one in there.asked if one.path == signing]
    assert asked.headers["Referer"] == f"https://{HOST}/"


def test_of_a_local_stack_users_are_the_emulators_and_the_default_model_paints(there, smoke):
    host = there.url.removeprefix("http://")
    script = f'var firebaseEmulators = {{"auth": {{"hostAndPort": "{host}/emulated"}}}};'
    there.said[f"{HOST}/__/firebase/init.js"] = (200, script.encode())
    own = model("own", price=None, default_for=["text2img"])
    there.models = [model("dear"), own]
    talk = there._identity
    for act in ("signUp", "delete"):
        path = f"emulated/identitytoolkit.googleapis.com/v1/accounts:{act}"
        there.dynamic[path] = lambda asked, act=act: talk(act, asked.body)

    code, text = smoke()

    assert (code, "own, 256x256" in text) == (0, True)
    assert not [one for one in there.asked if one.path.startswith(IDENTITY)]
