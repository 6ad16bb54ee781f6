"""What Hosting adds to the pages and to the API's answers, by the matcher of its emulator."""

import json
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PUBLIC = ROOT / "web" / "public"
HOSTING = json.loads((ROOT / "firebase.json").read_text())["hosting"]
# Google's Hosting and its emulator set the headers of every rule that fits, the last one counts.
MATCHER = """
const { configMatcher } = require("superstatic/lib/utils/patterns");
const { rules, paths } = JSON.parse(process.argv[1]);
console.log(JSON.stringify(paths.map((path) => rules.map((rule) => configMatcher(path, rule)))));
"""
POLICY = """
const location = { hostname: process.argv[1] };
const head = { append: (meta) => console.log(meta.content) };
const key = { content: process.argv[3] };
const document = { createElement: () => ({}), head, querySelector: () => key };
eval(require("fs").readFileSync(process.argv[2], "utf8"));
"""


def node(program, *arguments):
    command = ["node", "-e", program, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def headers_of(path):
    wanted = json.dumps({"rules": HOSTING["headers"], "paths": [path]})
    (fits,) = json.loads(node(MATCHER, wanted))
    rules = [rule for rule, fit in zip(HOSTING["headers"], fits, strict=True) if fit]
    return {one["key"]: one["value"] for rule in rules for one in rule["headers"]}


@pytest.mark.parametrize(
    "path",
    ["/api", "/api/health", "/api/generations/images/x", "/api/docs", "/api/docs/swagger-ui.css"],
)
def test_hosting_leaves_the_caching_of_the_apis_answers_to_the_api(path):
    headers = headers_of(path)
    assert "Cache-Control" not in headers
    assert "Content-Security-Policy" not in headers
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/index.html", "/console.js", "/console.css", "/policy.js"])
def test_the_consoles_own_files_are_asked_for_anew(path):
    assert headers_of(path)["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/health", "/api/docs/", "/api/v1/models"])
def test_hosting_hands_the_whole_api_to_its_function(path):
    (fits,) = json.loads(node(MATCHER, json.dumps({"rules": HOSTING["rewrites"], "paths": [path]})))
    assert any(fits)


def test_only_a_page_of_this_machine_may_ask_this_machine():
    script = str(PUBLIC / "policy.js")
    for host in ("127.0.0.1", "localhost"):
        assert "connect-src" in node(POLICY, host, script)
        assert "http://127.0.0.1:*" in node(POLICY, host, script)
    for host in ("app.web.app", "127.0.0.1.evil.example", "localhost.evil.example"):
        policy = node(POLICY, host, script)
        assert "default-src 'self'" in policy
        assert "127.0.0.1" not in policy
        assert "localhost" not in policy


def test_googles_recaptcha_comes_in_only_where_the_page_names_a_key():
    script = str(PUBLIC / "policy.js")
    for host in ("127.0.0.1", "app.web.app"):
        closed = node(POLICY, host, script, "")
        assert "script-src 'self';" in closed
        assert "frame-src 'none';" in closed
        assert "recaptcha" not in closed
        assert "script-src 'self' https://www.google.com/recaptcha/ " in node(
            POLICY, host, script, "a-key"
        )
    page = (PUBLIC / "index.html").read_text()
    key = '<meta name="firepod-recaptcha-key" content="">'
    assert page.index(key) < page.index('<script src="/policy.js">')
    # Both policies count: what the page lets in has to pass Hosting's header, too.
    header = headers_of("/")["Content-Security-Policy"]
    assert "https://www.google.com/recaptcha/ https://www.gstatic.com/recaptcha/;" in header


def test_what_is_deployed_names_no_local_address_and_sets_the_policy_before_anything_else():
    page = (PUBLIC / "index.html").read_text()
    for text in (page, json.dumps(HOSTING)):
        assert "127.0.0.1" not in text
        assert "localhost" not in text
    head = page.partition("<head>")[2]
    assert head.index('<script src="/policy.js">') < min(
        head.index("<link"), head.index("console.js"), head.index('name="description"')
    )
    policy = headers_of("/")["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
