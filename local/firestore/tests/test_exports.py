"""Export and import, as firebase-tools asks for them and by the command line."""

import json
import signal
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from local.firestore import wire
from local.firestore.clock import Clock
from local.firestore.export_files import BrokenExport, read_export, write_export

METADATA = "firestore_export.overall_export_metadata"


def _post(port, project, action, headers=None, **body):
    request = Request(
        f"http://127.0.0.1:{port}/emulator/v1/projects/{project}:{action}",
        json.dumps(body).encode(),
        {"Content-Type": "application/json", **(headers or {})},
        method="POST",
    )
    with urlopen(request, timeout=10) as answer:
        return json.load(answer)


def _export(raw, port, project, folder, **more):
    body = {"database": raw.database, "export_directory": str(folder)}
    return _post(port, project, "export", export_name="firestore_export", **body, **more)


def _get(raw, path):
    request = wire.GetDocumentRequest(name=f"{raw.root}/{path}")
    return raw.unary("GetDocument", request, wire.Document)


def test_what_is_exported_is_there_again_with_its_times_after_an_import(
    raw, port, project, tmp_path
):
    raw.commit(
        raw.set("c/x", text="ä", number=7, list=[1, None, {"m": 2.5}], bytes=b"\x00"),
        raw.set("c/x/sub/y", deep=True),
    )
    before = _get(raw, "c/x")
    _export(raw, port, project, tmp_path)
    raw.commit(raw.set("c/x", text="changed"), wire.Write(delete=f"{raw.root}/c/x/sub/y"))

    _post(
        port,
        project,
        "import",
        database=raw.database,
        export_directory=str(tmp_path / "firestore_export"),
    )

    assert _get(raw, "c/x") == before
    assert _get(raw, "c/x/sub/y").fields["deep"].boolean_value
    raw.commit(raw.set("c/x", text="later"))
    later = _get(raw, "c/x")
    assert wire.microseconds(later.update_time) > wire.microseconds(before.update_time)
    assert later.create_time == before.create_time


def test_a_server_starts_with_the_export_that_the_last_one_wrote_when_it_stopped(
    spawn, raw_of, tmp_path, project
):
    folder = tmp_path / "firestore_export"
    first = spawn("--port", "0", "--project_id", project, "--export-on-exit", str(folder))
    raw = raw_of(first)
    raw.commit(raw.set("c/x", v=1))
    first.send_signal(signal.SIGINT)
    assert first.wait(timeout=20) == 0

    second = spawn("--port", "0", "--seed_from_export", str(folder / METADATA))
    assert second.stdout.readline() == "Imported 1 documents\n"
    assert _get(raw_of(second), "c/x").fields["v"].integer_value == 1


def test_a_web_page_can_have_nothing_exported(raw, port, project, tmp_path):
    with pytest.raises(HTTPError) as caught:
        _export(raw, port, project, tmp_path, headers={"Origin": "https://example.com"})
    with caught.value as error:
        assert error.code == 403
    assert list(tmp_path.iterdir()) == []


def test_an_export_replaces_another_one_and_nothing_else(tmp_path):
    write_export(tmp_path / "data", "d", [b"one"])
    write_export(tmp_path / "data", "d", [b"two", b""])
    assert read_export(tmp_path / "data" / "data.overall_export_metadata").records == [b"two", b""]
    precious = tmp_path / "documents"
    precious.mkdir()
    (precious / "letter.txt").touch()
    with pytest.raises(FileExistsError):
        write_export(precious, "d", [])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "documents"]
    assert (precious / "letter.txt").exists()


def test_an_export_that_fails_leaves_the_one_before_and_nothing_beside_it(tmp_path):
    def records():
        yield b"new"
        raise OSError("no space left")

    write_export(tmp_path / "data", "d", [b"old"])
    with pytest.raises(OSError, match="no space left"):
        write_export(tmp_path / "data", "d", records())
    assert read_export(tmp_path / "data" / "data.overall_export_metadata").records == [b"old"]
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: (folder / METADATA).unlink(),
        lambda folder: (folder / METADATA).write_bytes(b"\x12\x00\xff"),
        lambda folder: (folder / METADATA).write_text("[]"),
        lambda folder: (folder / METADATA).write_text('{"format": "other"}'),
        lambda folder: (folder / "documents").unlink(),
        lambda folder: (folder / "documents").write_bytes(b"\x00\x00\x00\x01"),
    ],
)
def test_an_export_that_is_not_whole_is_told_and_changes_nothing(
    spoil, raw, port, project, tmp_path
):
    raw.commit(raw.set("c/x", v=1))
    _export(raw, port, project, tmp_path)
    folder = tmp_path / "firestore_export"
    spoil(folder)
    with pytest.raises(BrokenExport):
        read_export(folder / METADATA)
    with pytest.raises(HTTPError) as caught:
        _post(port, project, "import", export_directory=str(folder))
    with caught.value as error:
        assert error.code == 400
    assert _get(raw, "c/x").fields["v"].integer_value == 1


def test_a_server_does_not_start_with_an_export_that_it_cannot_read(spawn, tmp_path):
    process = spawn("--port", "0", "--seed_from_export", str(tmp_path / METADATA))
    assert process.wait(timeout=20) == 1
    assert "describes no export of this server" in process.stderr.read()


def test_what_is_written_after_an_import_is_newer_even_if_the_clock_was_ahead_then():
    clock = Clock(lambda: 5)
    assert clock.next_after(100) > 100
    assert clock.now() > 100
