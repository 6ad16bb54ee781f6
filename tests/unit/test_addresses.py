"""Addresses of an operator are hosts and paths; whatever else they hold is refused, unshown."""

import pytest

from firepod.addresses import parse_base_url, parse_origins


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://api.runpod.ai/v2", "https://api.runpod.ai/v2"),
        (" https://api.runpod.ai/v2/ ", "https://api.runpod.ai/v2"),
        ("https://hooks.example.com", "https://hooks.example.com"),
        ("https://a-b.example.com/~x/v2.1", "https://a-b.example.com/~x/v2.1"),
    ],
)
def test_a_named_host_and_a_path_are_a_base_url(text, url):
    assert parse_base_url(text, local=False) == url
    assert parse_base_url(text, local=True) == url


NOWHERE = [
    "",
    "https://",
    "https:///v2",
    "https://evil@x/../",
    "https://api.runpod.ai@evil.example/v2",
    "https://user:hunter2@api.runpod.ai/v2",
    "https://api.runpod.ai/v2?x=1",
    "https://api.runpod.ai/v2#x",
    "https://api.runpod.ai/../v2",
    "https://api.runpod.ai/v2/./x",
    "https://api.runpod.ai/%2e%2e/v2",
    "https://api.runpod.ai//v2",
    "https://api.runpod.ai\\@evil.example/v2",
    "https://api.runpod.ai/v2 /x",
    "https://api.runpod.ai/\nv2",
    "https://api.runpod.ai\t.evil.example/v2",
    "https://api.runpod.ai:/v2",
    "https://api.runpod.ai:443x/v2",
    "https://[::1]/v2",
    "https://-a.example/v2",
    "https://äpi.runpod.ai/v2",
    "ftp://api.runpod.ai/v2",
    "javascript://api.runpod.ai/v2",
    "api.runpod.ai/v2",
]


@pytest.mark.parametrize("text", NOWHERE)
@pytest.mark.parametrize("local", [True, False])
def test_what_holds_anything_else_is_none_anywhere(text, local):
    with pytest.raises(ValueError, match="must be") as refused:
        parse_base_url(text, local=local)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:8900/v2",
        "http://localhost:8900/v2",
        "https://127.0.0.1/v2",
        "https://localhost/v2",
        "https://api.runpod.ai:8443/v2",
        "http://api.runpod.ai/v2",
    ],
)
def test_addresses_ports_and_plain_http_are_for_one_machine(text):
    assert parse_base_url(text, local=True) == text
    with pytest.raises(ValueError, match="must be"):
        parse_base_url(text, local=False)


@pytest.mark.parametrize("text", ["", " ", "*", " * ", ","])
def test_no_origins_are_any(text):
    assert parse_origins(text) == "*"


def test_origins_are_read_one_by_one():
    text = "https://app.example, http://localhost:5173,capacitor://localhost,"
    assert parse_origins(text) == [
        "https://app.example",
        "http://localhost:5173",
        "capacitor://localhost",
    ]


@pytest.mark.parametrize(
    "entry",
    [
        "*",
        "null",
        "app.example",
        "https://app.example/",
        "https://app.example/path",
        "https://*.app.example",
        r"https://app\.example",
        "https://app.example.*",
        "^https://app.example$",
        "https://user@app.example",
        "https://app.example?x",
        "HTTPS://APP.EXAMPLE",
    ],
)
def test_a_pattern_or_a_page_is_no_origin(entry):
    with pytest.raises(ValueError, match="entry 2 is not an origin"):
        parse_origins(f"https://fine.example,{entry}")
