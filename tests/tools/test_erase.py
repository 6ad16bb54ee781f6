"""`python -m tools.erase`: looks, and only with --yes begins what the sweep goes on with."""

import pytest

from tests.fakes.backend import make_backend
from tests.ownership.user import left, minute, move_in
from tools.erase import main


@pytest.fixture
def backend():
    backend = make_backend()
    move_in(backend, "ann")
    return backend


def run(backend, *arguments):
    asked = []

    def opening(project, bucket):
        asked.append((project, bucket))
        return backend.store, backend.storage

    return main(["--project", "p", *arguments], opening, backend.clock.now), asked


def test_without_yes_it_says_what_there_is_and_changes_nothing(backend, capsys):
    held = dict(backend.store.values), dict(backend.storage.files)

    code, asked = run(backend, "ann")

    said = capsys.readouterr().out
    assert (code, asked) == (0, [("p", "p.firebasestorage.app")])
    assert "4 images, 3 videos, 1 voices, 1 tts" in said
    assert "Nothing was changed" in said
    assert (backend.store.values, backend.storage.files) == held


def test_with_yes_the_next_sweep_deletes_it(backend, capsys):
    assert run(backend, "ann", "--yes", "--bucket", "b") == (0, [("p", "b")])
    for _ in range(150):
        minute(backend)
    assert left(backend, "ann") == {"quotas/ann", "erasures/ann"}

    run(backend, "ann")
    assert "being erased since" in capsys.readouterr().out
    for _ in range(12 * 60):
        minute(backend)
    run(backend, "ann")
    assert "There is nothing of ann, but 0 units" in capsys.readouterr().out


@pytest.mark.parametrize("user_id", ["a/b", "", "..", "__x__", "a\nb"])
def test_what_is_no_user_id_is_refused(backend, user_id):
    assert run(backend, user_id, "--yes") == (2, [])
