"""What a stack keeps from run to run, and what becomes of it when something goes wrong."""

import asyncio
import json
import shutil
import signal
import time
import urllib.request
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from local.firestore.export_files import write_export
from local.stack.child import running_stack
from local.stack.kept_data import NotKeptError, keep_data, last_data
from local.stack.options import parse_options


def make_export(folder: Path, text: str) -> None:
    """An export of firebase-tools, with `text` for a document."""
    for name in ("auth_export", "storage_export"):
        (folder / name).mkdir(parents=True)
    (folder / "auth_export" / "accounts.json").write_text('{"users": []}')
    (folder / "storage_export" / "buckets.json").write_text('{"buckets": []}')
    write_export(folder / "firestore_export", "d", [text.encode()])
    metadata = {
        "auth": {"path": "auth_export"},
        "storage": {"path": "storage_export"},
        "firestore": {
            "path": "firestore_export",
            "metadata_file": "firestore_export/firestore_export.overall_export_metadata",
        },
    }
    (folder / "firebase-export-metadata.json").write_text(json.dumps(metadata))


def options(folder: Path, *more: str):
    return parse_options(["--data-dir", str(folder), *more], {})


def keep(folder: Path, export, status: int = 200) -> None:
    """Keep data while a hub answers that exports as `export` does."""

    async def scenario():
        async def answer(request):
            export(Path((await request.json())["path"]))
            return web.json_response({"message": "it says why"}, status=status)

        app = web.Application()
        app.router.add_post("/_admin/export", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]
        try:
            async with aiohttp.ClientSession() as http:
                await keep_data(http, folder, port)
        finally:
            await runner.cleanup()

    asyncio.run(scenario())


def content(export: Path) -> bytes:
    return (export / "firestore_export" / "documents").read_bytes()[4:]


def test_a_run_starts_with_what_the_last_one_kept(tmp_path, capsys):
    assert last_data(options(tmp_path), print) is None
    for text in ("first", "second"):
        keep(tmp_path, lambda path, text=text: make_export(path, text))
        assert content(last_data(options(tmp_path), print)) == text.encode()
    assert [path.name for path in tmp_path.iterdir()] == ["2"]
    assert capsys.readouterr().out == ""


def test_fresh_forgets_it(tmp_path):
    keep(tmp_path, lambda path: make_export(path, "x"))
    assert last_data(options(tmp_path, "--fresh"), print) is None
    assert last_data(options(tmp_path), print) is None


@pytest.mark.parametrize("arguments", [("--data-dir", "none"), ("--only", "auth,firestore")])
def test_a_stack_that_is_to_keep_nothing_or_runs_in_part_keeps_nothing(arguments):
    assert parse_options(list(arguments), {}).data_dir is None


def test_an_export_that_is_cut_off_or_fails_leaves_the_data_before(tmp_path):
    keep(tmp_path, lambda path: make_export(path, "before"))
    with pytest.raises(NotKeptError, match="it says why"):
        keep(tmp_path, lambda path: (path / "auth_export").mkdir(parents=True), status=500)
    shutil.copytree(tmp_path / "1", tmp_path / "incoming", dirs_exist_ok=True)  # killed just then
    assert content(last_data(options(tmp_path), print)) == b"before"
    assert [path.name for path in tmp_path.iterdir()] == ["1"]


def test_a_run_that_was_killed_between_two_exports_goes_on_with_the_newer_one(tmp_path):
    make_export(tmp_path / "9", "older")
    make_export(tmp_path / "10", "newer")
    assert content(last_data(options(tmp_path), print)) == b"newer"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda export: (export / "firebase-export-metadata.json").unlink(),
        lambda export: (export / "firebase-export-metadata.json").write_text("{}"),
        lambda export: (export / "firestore_export" / "documents").write_bytes(b"\x00"),
        lambda export: (export / "auth_export" / "accounts.json").write_text("{"),
        lambda export: shutil.rmtree(export / "storage_export"),
    ],
)
def test_broken_data_is_told_in_one_line_and_set_aside(tmp_path, capsys, spoil):
    make_export(tmp_path / "4", "x")
    spoil(tmp_path / "4")
    assert last_data(options(tmp_path), print) is None
    (line,) = capsys.readouterr().out.splitlines()
    assert f"stays in {tmp_path / 'broken-1'}" in line
    assert [path.name for path in tmp_path.iterdir()] == ["broken-1"]


def call(url: str, body: object = None, method: str | None = None) -> dict:
    request = urllib.request.Request(
        url,
        None if body is None else json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": "Bearer owner"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


@pytest.mark.emulator
@pytest.mark.timeout(300)
def test_users_documents_and_files_are_there_again_after_a_stop(tmp_path):
    arguments = ("--only", "auth,firestore,storage", "--data-dir", str(tmp_path / "data"))
    accounts = "identitytoolkit.googleapis.com/v1/accounts"
    account = {"email": "a@example.com", "password": "secret1"}
    with running_stack(tmp_path / "first", *arguments) as stack:
        documents = f"v1/projects/{stack.project}/databases/(default)/documents"
        call(f"{stack.urls['auth']}/{accounts}:signUp?key=x", account)
        body = {"fields": {"v": {"integerValue": "7"}}}
        call(f"{stack.urls['firestore']}/{documents}/c/x", body, "PATCH")
        objects = f"{stack.urls['storage']}/v0/b/{stack.bucket}/o"
        call(f"{objects}?name=folder/file.txt", {"stored": True})
        assert stack.stop(signal.SIGTERM) == 0

    with running_stack(tmp_path / "second", *arguments) as stack:
        signed_in = call(f"{stack.urls['auth']}/{accounts}:signInWithPassword?key=x", account)
        assert signed_in["email"] == "a@example.com"
        found = call(f"{stack.urls['firestore']}/{documents}/c/x")
        assert found["fields"] == {"v": {"integerValue": "7"}}
        objects = f"{stack.urls['storage']}/v0/b/{stack.bucket}/o"
        assert call(f"{objects}/folder%2Ffile.txt?alt=media") == {"stored": True}
        began = time.monotonic()
        assert stack.stop(signal.SIGINT) == 0
        assert time.monotonic() - began < 20
