"""The Firebase JS SDK against the local Firestore: in Node over gRPC, in Chromium over WebChannel.

The scenarios are the functions that the modules scenarios_*.mjs export; their names say what must
be true.
"""

import json
import pathlib
import re
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent
SCENARIOS = sorted(
    name
    for module in HERE.glob("scenarios_*.mjs")
    for name in re.findall(r"^export async function (\w+)", module.read_text(), re.MULTILINE)
)


@pytest.fixture(scope="module")
def in_node(packages, firestore):
    done = subprocess.run(
        ["node", HERE / "node_client.mjs", "127.0.0.1", str(firestore)],
        check=True,
        capture_output=True,
        timeout=110,
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def in_streaming_browser(open_page, firestore):
    return open_page("page.html", host="127.0.0.1", port=firestore, client="streaming")


@pytest.fixture(scope="module")
def in_polling_browser(open_page, firestore):
    return open_page("page.html", host="127.0.0.1", port=firestore, client="longpolling")


@pytest.mark.parametrize("client", ["in_node", "in_streaming_browser", "in_polling_browser"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_sdk(request, client, scenario):
    outcome = request.getfixturevalue(client)
    assert outcome["results"][scenario] is None, outcome["results"][scenario]


def test_the_browser_streams_unless_told_to_poll(in_streaming_browser, in_polling_browser):
    # Where the SDK waits longer than four round trips for the first byte it takes a proxy that
    # buffers for granted and polls, which on a busy machine happens now and then.
    assert in_streaming_browser["streams"] > 2 * in_streaming_browser["polls"]
    assert in_polling_browser["polls"] > len(SCENARIOS)
    assert in_polling_browser["streams"] == 0
