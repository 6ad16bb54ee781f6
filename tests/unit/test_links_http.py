"""Following links of ready workers, over real sockets: to where, how far, how long, how much."""

import itertools
import time

import pytest
import requests

from firepod.adapters import links_http
from firepod.adapters.links_http import MOST_REDIRECTS, LinksHttp, OpenInternet
from firepod.domain.links import LinkFailed, LinkProblem
from tests.fakes.server import HOST, request_of, serving
from tests.fakes.values import PNG

LARGEST = 100_000


def answering(*answers):
    """A server that gives one answer after the other, and the requests that it got."""
    heard, left = [], iter(answers)

    def talk(connection):
        while request := request_of(connection):
            heard.append(request)
            connection.sendall(next(left))

    return talk, heard


def ok(body, **headers):
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n{lines}\r\n"
    return head.encode() + body


def moved(where):
    return f"HTTP/1.1 302 Found\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode("latin1")


def status(code):
    return f"HTTP/1.1 {code} X\r\nContent-Length: 0\r\n\r\n".encode()


def fetched(port, path="/x.png", **options):
    links = LinksHttp(f"http://{HOST}:{port}/v2", **options)
    with links.open(f"http://{HOST}:{port}{path}", hosts=frozenset(), largest=LARGEST) as stream:
        return stream.head(8), stream.read(), stream.tell()


def problem_of(port, **options):
    with pytest.raises(LinkFailed) as failed:
        fetched(port, **options)
    return failed.value.problem


def problem_at(url, *hosts):
    with (
        pytest.raises(LinkFailed) as failed,
        LinksHttp().open(url, hosts=frozenset(hosts), largest=LARGEST),
    ):
        pass
    assert not url or url not in str(failed.value)
    return failed.value.problem


def test_a_result_is_read_whole_after_a_look_at_its_beginning_and_nothing_of_ours_is_sent():
    talk, heard = answering(ok(PNG))
    with serving(talk) as port:
        assert fetched(port) == (PNG[:8], PNG, len(PNG))
    [request] = heard
    assert b"authorization" not in request.lower()
    assert b"accept-encoding: identity" in request.lower()


@pytest.mark.parametrize(
    "url",
    [
        "http://image.runpod.ai/x.png",
        "ftp://image.runpod.ai/x.png",
        "file:///etc/passwd",
        "https://evil.test/x.png",
        "https://image.runpod.ai.evil.test/x.png",
        "https://sub.image.runpod.ai/x.png",
        "https://image.runpod.ai:8443/x.png",
        "https://image.runpod.ai@evil.test/x.png",
        "https://me@image.runpod.ai/x.png",
        "https://IMAGE.runpod.ai\\@evil.test/x.png",
        "https://127.0.0.1/x.png",
        "https://[::1]/x.png",
        "https://169.254.169.254/computeMetadata/v1/",
        "https://image.runpod.ai:x/",
        "https://image.runpod.ai/\r\nHost: evil.test",
        "https://image.runpod.ai/" + "x" * 5000,
        "//image.runpod.ai/x.png",
        "",
    ],
)
def test_only_https_urls_of_named_hosts_are_followed(url):
    assert problem_at(url, "image.runpod.ai") is LinkProblem.FOREIGN


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "10.0.0.2", "169.254.169.254"])
def test_a_named_host_that_is_none_of_the_open_internet_is_never_asked(name):
    assert problem_at(f"https://{name}/x.png", name) is LinkProblem.FOREIGN


def test_a_name_that_leads_to_this_machine_when_it_is_connected_is_not_talked_to(monkeypatch):
    real, asked, heard = links_http.socket.getaddrinfo, [], []

    def rebound(*args, **options):
        asked.append(args)
        return [(2, 1, 6, "", ("8.8.8.8", 443))] if len(asked) == 1 else real(*args, **options)

    monkeypatch.setattr(links_http.socket, "getaddrinfo", rebound)

    def talk(connection):
        heard.append(connection.recv(1))

    with serving(talk) as port, requests.Session() as session:
        session.mount("https://", OpenInternet())
        with pytest.raises(requests.ConnectionError) as refused:
            session.get(f"https://localhost:{port}/x.png", timeout=3)
    assert links_http.problem_of(refused.value) is LinkProblem.FOREIGN
    assert heard in ([], [b""])


@pytest.mark.parametrize(
    "where",
    [
        "http://127.0.0.1:1/x.png",
        "https://169.254.169.254/x",
        "https://evil.test/x.png",
        "https://[",
        "https://",
        "/\xe4",
        "file:///etc/passwd",
    ],
)
def test_a_redirect_is_looked_at_like_the_first_address(where):
    talk, _ = answering(moved(where))
    with serving(talk) as port:
        assert problem_of(port) is LinkProblem.FOREIGN


def test_a_redirect_within_the_same_place_is_followed_but_not_for_ever():
    talk, _ = answering(moved("/y.png"), ok(PNG))
    with serving(talk) as port:
        assert fetched(port)[1] == PNG
    talk, heard = answering(*[moved("/y.png")] * 10)
    with serving(talk) as port:
        assert problem_of(port) is LinkProblem.FOREIGN
    assert len(heard) == MOST_REDIRECTS + 1


@pytest.mark.parametrize("code", [401, 403, 404, 410])
def test_a_result_that_is_over_its_time_is_gone(code):
    talk, _ = answering(status(code))
    with serving(talk) as port:
        assert problem_of(port) is LinkProblem.GONE


@pytest.mark.parametrize("code", [206, 429, 500, 503])
def test_what_may_be_better_another_time_is_silence(code):
    talk, _ = answering(status(code))
    with serving(talk) as port:
        assert problem_of(port) is LinkProblem.SILENT


@pytest.mark.parametrize("length", ["2000000000", "9" * 5000])
def test_what_is_announced_as_too_large_is_not_read(length):
    talk, _ = answering(f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode())
    with serving(talk) as port:
        assert problem_of(port) is LinkProblem.TOO_LARGE


def test_a_stream_without_an_end_is_left_at_the_largest_size():
    sent = itertools.count()

    def talk(connection):
        request_of(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"10000\r\n" + bytes(0x10000) + b"\r\n")
            next(sent)

    with serving(talk) as port:
        assert problem_of(port) is LinkProblem.TOO_LARGE
    assert next(sent) < 200


def test_what_is_packed_is_never_unpacked():
    import gzip

    talk, _ = answering(ok(gzip.compress(bytes(10_000_000)), Content_Encoding="gzip"))
    with serving(talk) as port:
        head, data, _ = fetched(port)
    assert (head[:2], len(data) < 20_000) == (b"\x1f\x8b", True)


def test_a_trickle_ends_with_the_time_for_the_whole():
    def talk(connection):
        request_of(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n")
        while True:
            connection.sendall(b"x")
            time.sleep(0.02)

    with serving(talk) as port:
        began = time.monotonic()
        assert problem_of(port, whole_seconds=0.3) is LinkProblem.SILENT
        assert time.monotonic() - began < 3


def test_who_says_nothing_or_stops_halfway_is_silent():
    def nothing(connection):
        request_of(connection)
        connection.recv(1)

    def half(connection):
        request_of(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")

    for talk in (nothing, half):
        with serving(talk) as port:
            assert problem_of(port, read_seconds=0.2) is LinkProblem.SILENT


def test_nobody_there_is_silence():
    with serving(lambda _connection: None) as port:
        pass
    assert problem_of(port) is LinkProblem.SILENT


def test_without_a_local_runpod_nothing_of_this_machine_is_asked():
    talk, heard = answering(ok(PNG))
    with serving(talk) as port:
        assert problem_at(f"http://{HOST}:{port}/x.png", HOST) is LinkProblem.FOREIGN
    assert heard == []
