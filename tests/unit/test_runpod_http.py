"""RunPod's API over the wire: what a connection that is kept alive may and may not be used for."""

import datetime as dt
import ipaddress
import json
import ssl
from collections import Counter
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from firepod.adapters.fresh_connections import IDLE_SECONDS
from firepod.adapters.runpod_http import RunpodHttp
from firepod.domain.errors import Unavailable
from firepod.protocol.runpod import Accepted, NotReached, RunpodStatus, Unknown
from firepod.usecases.submit import submit
from tests.fakes.backend import make_backend, make_request
from tests.fakes.server import answer, out_of_reach, request_of, serving

JOB = answer("200 OK", json.dumps({"id": "job-1", "status": "IN_QUEUE"}).encode())


class Forgetful:
    """Answers the first `lasting` requests of a connection, and is silently gone at the next."""

    def __init__(self, lasting):
        self.lasting = lasting
        self.connections, self.lost, self.answered = 0, 0, Counter()

    def __call__(self, connection):
        self.connections += 1
        for _ in range(self.lasting):
            request = request_of(connection)
            if not request:
                return
            self.answered[request.split(b" ")[1].split(b"/")[2].decode()] += 1
            connection.sendall(JOB)
        if request_of(connection):
            self.lost += 1


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def connected(clock):
    """`connected(server)`: the adapter, before a server on a socket."""
    open_servers = []

    def connect(talk):
        server = serving(talk)
        open_servers.append(server)
        return RunpodHttp(f"http://127.0.0.1:{server.__enter__()}", "key", clock=clock)

    yield connect
    for server in open_servers:
        server.__exit__(None, None, None)


def test_a_job_after_a_pause_goes_over_a_new_connection_and_arrives_once(connected, clock):
    server = Forgetful(lasting=1)
    gpu = connected(server)
    assert gpu.status("endpoint", "job-1").status is RunpodStatus.IN_QUEUE
    clock.now += IDLE_SECONDS + 0.1

    assert gpu.run("endpoint", {"input": {}}) == Accepted("job-1")
    assert (server.answered["run"], server.lost, server.connections) == (1, 0, 2)


def test_calls_back_to_back_share_a_connection(connected):
    server = Forgetful(lasting=3)
    gpu = connected(server)
    for _ in range(3):
        assert gpu.run("endpoint", {"input": {}}) == Accepted("job-1")
    assert server.connections == 1


def test_a_job_that_was_lost_under_way_is_unknown_and_never_sent_again(connected):
    server = Forgetful(lasting=1)
    gpu = connected(server)
    gpu.status("endpoint", "job-1")

    assert gpu.run("endpoint", {"input": {}}) == Unknown()
    assert (server.answered["run"], server.lost) == (0, 1)


def test_a_question_that_was_lost_under_way_is_asked_once_more(connected):
    server = Forgetful(lasting=1)
    gpu = connected(server)
    for _ in range(3):
        assert gpu.status("endpoint", "job-1").status is RunpodStatus.IN_QUEUE
    assert (server.answered["status"], server.lost) == (3, 2)


def test_a_question_that_is_always_lost_is_asked_twice(connected):
    server = Forgetful(lasting=0)
    with pytest.raises(Unavailable):
        connected(server).status("endpoint", "job-1")
    assert server.lost == 2


def test_where_nobody_listens_runpod_has_no_job():
    with out_of_reach("nobody listens") as port:
        gpu = RunpodHttp(f"http://127.0.0.1:{port}", "key")
        outcome = gpu.run("endpoint", {"input": {}})
        assert (outcome, outcome.nobody_there) == (NotReached(), True)
        outcome = RunpodHttp(f"https://127.0.0.1:{port}", "key").run("endpoint", {"input": {}})
        assert (outcome, outcome.nobody_there) == (NotReached(), False)  # RunPod itself
        with pytest.raises(Unavailable):
            gpu.status("endpoint", "job-1")


@pytest.mark.parametrize("in_the_emulator", [True, False])
def test_without_a_runpod_on_this_machine_one_line_says_how_to_start_it(
    monkeypatch, written, in_the_emulator
):
    if in_the_emulator:
        monkeypatch.setenv("FUNCTIONS_EMULATOR", "true")
        monkeypatch.setenv("K_REVISION", "1")
    with out_of_reach("nobody listens") as port:
        backend = replace(make_backend(), gpu=RunpodHttp(f"http://127.0.0.1:{port}", "key"))
        submit(backend, "ann", make_request())

    said = [entry["message"] for entry in written if entry["severity"] == "WARNING"]
    assert len(said) == 1
    assert ("`make runpod`" in said[0]) is in_the_emulator


def test_a_proxy_of_the_environment_is_used_and_a_netrc_does_not_replace_the_key(
    monkeypatch, tmp_path
):
    heard = []

    def proxy(connection):
        heard.append(request_of(connection))
        connection.sendall(JOB)

    netrc = tmp_path / "netrc"
    netrc.write_text("machine runpod.test login someone password secret")
    monkeypatch.setenv("NETRC", str(netrc))
    with serving(proxy) as port:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        monkeypatch.delenv("no_proxy", raising=False)
        gpu = RunpodHttp("http://runpod.test/v2", "key")
        assert gpu.status("endpoint", "job-1").status is RunpodStatus.IN_QUEUE
    assert heard[0].startswith(b"GET http://runpod.test/v2/endpoint/status/job-1 ")
    assert b"Bearer key" in heard[0]


@pytest.mark.parametrize("status", ["301 Moved Permanently", "307 Temporary Redirect"])
def test_where_an_answer_leads_to_hears_neither_the_job_nor_the_key(connected, status):
    led = []
    with serving(lambda connection: led.append(request_of(connection))) as elsewhere:
        place = f"{status}\r\nLocation: http://127.0.0.1:{elsewhere}/v2/endpoint/run"

        def talk(connection):
            while request_of(connection):
                connection.sendall(answer(place, b"{}"))

        gpu = connected(talk)
        assert not isinstance(gpu.run("endpoint", {"input": {}}), Accepted | NotReached)
        with pytest.raises(Unavailable):
            gpu.status("endpoint", "job-1")
    assert led == []


@pytest.fixture
def certificate(tmp_path):
    """A file with a key and the certificate of this machine, which it has signed itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "runpod.test")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + dt.timedelta(hours=1))
    encoding = serialization.Encoding.PEM
    kept = key.private_bytes(
        encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    signed = builder.add_extension(here, critical=False).sign(key, hashes.SHA256())
    file = tmp_path / "runpod.pem"
    file.write_bytes(kept + signed.public_bytes(encoding))
    return file


def test_only_who_shows_a_certificate_that_is_trusted_gets_a_job(monkeypatch, certificate):
    context, heard = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), []
    context.load_cert_chain(certificate)

    def talk(connection):
        with context.wrap_socket(connection, server_side=True) as safe:
            heard.append(request_of(safe))
            safe.sendall(JOB)

    with serving(talk) as port:
        url = f"https://127.0.0.1:{port}"
        assert RunpodHttp(url, "key").run("endpoint", {"input": {}}) == Unknown()
        assert heard == []
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        assert RunpodHttp(url, "key").run("endpoint", {"input": {}}) == Accepted("job-1")
    assert len(heard) == 1
