"""`python -m tools.alerts` against an interface like Google's, over HTTP."""

import subprocess

import pytest

from tests.fakes.google_monitoring import refusal, serving_google
from tools.alerts import wanted
from tools.alerts.__main__ import main

PROJECT = "my-project"
MAIL = "you@example.com"
WANTED = wanted.read()


@pytest.fixture
def served():
    with serving_google(PROJECT) as (project, url):
        yield project, url


@pytest.fixture
def google(served):
    return served[0]


@pytest.fixture
def pauses():
    return []


@pytest.fixture
def alerts(served, pauses):
    url = served[1]

    def run(what, *arguments):
        to = ("--logging-url", url, "--monitoring-url", url, "--docs", "https://example.com/page")
        return main([what, "--project", PROJECT, *to, *arguments], pause=pauses.append)

    return run


def alert(google, slug):
    [found] = [
        one
        for one in google.held["alertPolicies"].values()
        if one["userLabels"] == {"firepod": slug}
    ]
    return found


def test_without_yes_nothing_is_changed(google, alerts, capsys):
    assert alerts("install", "--email", MAIL) == 0
    said = capsys.readouterr().out
    assert "alert failed-share: would be created" in said
    assert f"channel {MAIL}: would be created" in said
    assert said.endswith("Nothing was changed. With --yes it is.\n")
    assert google.writes == []


def test_with_yes_all_of_it_is_there_and_a_second_run_changes_nothing(google, alerts, capsys):
    assert alerts("install", "--email", MAIL, "--yes") == 0
    assert set(google.held["metrics"]) == set(WANTED.metrics)
    assert len(google.held["alertPolicies"]) == len(WANTED.alerts)
    [channel] = google.held["notificationChannels"].values()
    assert channel["labels"] == {"email_address": MAIL}
    one = alert(google, "given-up")
    assert one["notificationChannels"] == [channel["name"]]
    assert one["documentation"]["links"][0]["url"] == "https://example.com/page#given-up"
    [board] = google.held["dashboards"].values()
    assert board["displayName"] == "Firepod"

    before = len(google.writes)
    assert alerts("install", "--email", MAIL, "--yes") == 0
    assert google.writes[before:] == []
    capsys.readouterr()
    assert alerts("show") == 0
    said = capsys.readouterr().out
    assert "alert given-up: as it should be, tells 1 channels" in said
    assert "/monitoring/dashboards/builder/" in said


def test_what_differs_is_updated_and_the_operators_own_choices_stay(google, alerts, capsys):
    alerts("install", "--yes")
    one = alert(google, "queue-time")
    one["conditions"][0]["conditionThreshold"]["thresholdValue"] = 9
    one |= {"enabled": False, "notificationChannels": ["projects/1/notificationChannels/77"]}
    google.held["metrics"]["firepod_sweeps"]["filter"] = "another"
    [board] = google.held["dashboards"].values()
    board["mosaicLayout"]["tiles"].pop()

    assert alerts("show") == 1
    assert "alert queue-time: not as its file, tells 1 channels, turned off" in (
        capsys.readouterr().out
    )
    before = len(google.writes)
    assert alerts("install", "--yes", "--email", MAIL) == 0
    one = alert(google, "queue-time")
    assert one["conditions"][0]["conditionThreshold"]["thresholdValue"] == 300
    assert one["enabled"] is False
    assert len(one["notificationChannels"]) == 2
    assert one["notificationChannels"][0] == "projects/1/notificationChannels/77"
    assert google.held["metrics"]["firepod_sweeps"]["filter"] != "another"
    [board] = google.held["dashboards"].values()
    assert len(board["mosaicLayout"]["tiles"]) == len(WANTED.dashboard["mosaicLayout"]["tiles"])
    metrics = [line for line in google.writes[before:] if "/metrics/" in line]
    assert metrics == [f"PUT v2/projects/{PROJECT}/metrics/firepod_sweeps"]


def test_an_address_that_has_a_channel_of_the_operators_is_told_through_that(google, alerts):
    own = {
        "name": "projects/1/notificationChannels/own",
        "type": "email",
        "displayName": "On call",
        "labels": {"email_address": MAIL},
    }
    google.held["notificationChannels"]["own"] = own
    assert alerts("install", "--email", MAIL, "--yes") == 0
    assert google.held["notificationChannels"] == {"own": own}
    assert alert(google, "failed-share")["notificationChannels"] == [own["name"]]
    alerts("delete", "--yes")
    assert google.held["notificationChannels"] == {"own": own}


def test_alerts_wait_until_google_knows_their_new_metrics(google, alerts, pauses, capsys):
    google.unknown_metrics_for = 12
    assert alerts("install", "--yes") == 0
    assert len(google.held["alertPolicies"]) == len(WANTED.alerts)
    assert pauses == [20, 20]
    assert "wait until Google knows their new metrics" in capsys.readouterr().out


def test_metrics_that_never_become_known_end_the_run_with_what_is_missing(google, alerts, capsys):
    google.unknown_metrics_for = 10_000
    assert alerts("install", "--yes") == 1
    said = capsys.readouterr().err
    assert "run it again later" in said
    assert "failed-share" in said
    assert "misconfigured" not in said  # it needs no metric


def test_ctrl_c_while_it_waits_leaves_the_rest_to_the_next_run(served, google, alerts, capsys):
    def interrupted(_seconds):
        raise KeyboardInterrupt

    google.unknown_metrics_for = 5
    to = ("--logging-url", served[1], "--monitoring-url", served[1])
    assert main(["install", "--project", PROJECT, "--yes", *to], pause=interrupted) == 1
    assert "Stopped. What was done stays" in capsys.readouterr().err
    made = len(google.held["alertPolicies"])
    assert 0 < made < len(WANTED.alerts)
    assert alerts("install", "--yes") == 0
    assert len(google.held["alertPolicies"]) == len(WANTED.alerts)


def test_an_alert_that_no_file_has_any_more_and_a_second_one_of_it_go(google, alerts, capsys):
    alerts("install", "--yes")
    twice = alert(google, "given-up") | {"name": "projects/123456789/alertPolicies/twice"}
    old = twice | {
        "name": "projects/123456789/alertPolicies/old",
        "userLabels": {"firepod": "of-an-older-version"},
    }
    own = twice | {"name": "projects/123456789/alertPolicies/own", "userLabels": {}}
    google.held["alertPolicies"] |= {"twice": twice, "old": old, "own": own}
    assert alerts("show") == 1
    assert "of-an-older-version: no file asks for it any more" in capsys.readouterr().out
    assert alerts("install", "--yes") == 0
    assert len(google.held["alertPolicies"]) == len(WANTED.alerts) + 1
    assert google.held["alertPolicies"]["own"] == own


def test_delete_takes_what_is_ours_after_a_dry_run(google, alerts, capsys):
    alerts("install", "--email", MAIL, "--yes")
    google.held["metrics"]["own"] = {"name": "own"}
    before = len(google.writes)
    assert alerts("delete") == 0
    assert google.writes[before:] == []
    assert f"channel {MAIL}: would be deleted" in capsys.readouterr().out
    assert alerts("delete", "--yes") == 0
    assert google.held == {
        "metrics": {"own": {"name": "own"}},
        "dashboards": {},
        "notificationChannels": {},
        "alertPolicies": {},
    }
    assert alerts("delete") == 0
    assert capsys.readouterr().out.endswith("There is nothing of ours.\n")


def test_a_channel_that_others_use_stays(google, alerts, capsys):
    alerts("install", "--email", MAIL, "--yes")
    google.busy_channels = set(google.held["notificationChannels"])
    assert alerts("delete", "--yes") == 0
    assert f"channel {MAIL}: stays" in capsys.readouterr().out
    assert google.held["metrics"] == {}


DISABLED = refusal(
    403, "It is disabled.", details=[{"@type": "ErrorInfo", "reason": "SERVICE_DISABLED"}]
)
UNCHARGED = refusal(403, "Denied.", details=[{"reason": "USER_PROJECT_DENIED"}])
REFUSALS = [
    (refusal(401, "Invalid credentials."), "gcloud auth application-default login --project"),
    (DISABLED, "gcloud services enable logging.googleapis.com --project my-project"),
    (refusal(403, "Denied."), "--role=roles/logging.configWriter"),
    (UNCHARGED, "--role=roles/serviceusage.serviceUsageConsumer"),
    (refusal(400, "Field x is bad."), "logging.googleapis.com answers 400: Field x is bad."),
]


@pytest.mark.parametrize(("answer", "sentence"), REFUSALS)
def test_what_google_refuses_is_told_with_what_mends_it(google, alerts, capsys, answer, sentence):
    google.answers = [answer]
    assert alerts("show") == 1
    assert sentence in capsys.readouterr().err


def test_what_passes_is_asked_again_with_googles_pause(google, alerts, pauses):
    google.answers = [refusal(503, "Later."), refusal(429, "Slower.")]
    assert alerts("install", "--yes") == 0
    assert pauses == [2.0, 2.0]
    assert len(google.held["alertPolicies"]) == len(WANTED.alerts)


def test_what_may_have_been_made_is_not_made_again(google, alerts, pauses, capsys):
    google.answers_to_post = [refusal(429, "Slower."), refusal(503, "Perhaps it was made.")]
    assert alerts("install", "--yes") == 1
    assert "answers 503: Perhaps it was made." in capsys.readouterr().err
    assert [line for line in google.writes if line.startswith("POST")] == [
        f"POST v1/projects/{PROJECT}/dashboards"
    ] * 2


def test_another_host_than_googles_gets_no_credentials(google, alerts):
    alerts("show")
    assert [one for one in google.headers if "authorization" in map(str.lower, one)] == []


def test_nobody_answers(pauses, capsys):
    url = "http://127.0.0.1:9"
    to = ["--logging-url", url, "--monitoring-url", url]
    assert main(["show", "--project", PROJECT, *to], pause=pauses.append) == 1
    assert "127.0.0.1:9 does not answer" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--project", "demo-firepod"], "a project of the emulators"),
        (["--project", "default"], "demo-firepod is a project of the emulators"),
        (["--project", "No Project"], "is no id of a project"),
        (["--project", PROJECT, "--email", "you"], "'you' is no address for mail"),
    ],
)
def test_what_is_no_project_and_no_address_is_refused_before_google_is_asked(
    arguments, sentence, capsys
):
    assert main(["install", "--yes", *arguments]) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("remote", "page"),
    [
        ("https://github.com/you/firepod.git", "https://github.com/you/firepod/blob/main/"),
        ("git@github.com:you/firepod.git", "https://github.com/you/firepod/blob/main/"),
        ("ssh://git@github.com/you/firepod", "https://github.com/you/firepod/blob/main/"),
        ("https://git.example.com/you/firepod.git", ""),
        ("", ""),
    ],
)
def test_alerts_link_to_the_page_of_the_checkout_that_installs_them(tmp_path, remote, page):
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    if remote:
        subprocess.run(["git", "-C", tmp_path, "remote", "add", "origin", remote], check=True)
    assert wanted.page_on_the_web(tmp_path) == (f"{page}{wanted.PAGE}" if page else "")


def test_help_has_examples(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    said = capsys.readouterr().out
    assert "python -m tools.alerts install --project my-project --email you@example.com" in said
    assert "Exit codes" in said
