"""One generation after another: told, done where it may be, and stopped between two by Ctrl-C."""

import json
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firepod.domain.errors import FailedPrecondition, FirepodError, NotFound
from firepod.domain.generation import GenerationRef
from firepod.ports import Backend
from tools.jobs.explained import explained
from tools.jobs.finding import Finder
from tools.jobs.place import Place
from tools.jobs.watched import Notebook, watched

Change = Callable[[Backend, GenerationRef, Place], None]


@dataclass(frozen=True, slots=True, kw_only=False)
class Work:
    """What is to be done to each."""

    place: Place
    change: Change
    write: bool
    user_id: str | None
    as_json: bool


def change_all(work: Work, ids: Sequence[str]) -> bool:
    """Whether all of it was done, or could be."""
    failed, outcomes = 0, []
    with _ctrl_c() as stopped:
        for number, file_uid in enumerate(ids, start=1):
            if stopped.is_set():
                print(f"Stopped after {number - 1} of {len(ids)}.", file=sys.stderr)
                failed += 1
                break
            outcome = _one(work, file_uid)
            failed += "error" in outcome
            outcomes.append(outcome)
            if not work.as_json:
                _tell(work, outcome, f"[{number}/{len(ids)}] " if len(ids) > 1 else "")
    if work.as_json:
        print(json.dumps(outcomes, indent=2))
    elif not work.write and any(one["changes"] for one in outcomes):
        print("Nothing was changed. With --yes it is.")
    return not failed


def _one(work: Work, file_uid: str) -> dict[str, Any]:
    notebook = Notebook(write=work.write)
    outcome: dict[str, Any] = {"file_uid": file_uid, "done": False}
    try:
        ref = _the_one(work, file_uid)
        outcome["path"] = ref.path
        backend = watched(work.place.backend, notebook, looks_here=work.place.looks_here)
        with notebook.hearing():
            work.change(backend, ref, work.place)
        outcome["done"] = work.write
    except FirepodError as error:
        outcome["error"] = explained(error)
    except Exception as error:  # noqa: BLE001 (a bug at one of them is nothing to the others)
        *_, (frame, line) = traceback.walk_tb(error.__traceback__)
        place = f"{Path(frame.f_code.co_filename).name}:{line}"
        outcome["error"] = f"A bug of Firepod's: {type(error).__name__} at {place}."
    outcome["changes"] = notebook.changes
    outcome["warnings"] = notebook.warnings
    return outcome


def _the_one(work: Work, file_uid: str) -> GenerationRef:
    found = Finder(work.place.client).generations(file_uid, work.user_id)
    if not found:
        whose = f" of {work.user_id}" if work.user_id else ""
        raise NotFound(f"There is no generation and no job{whose} with this id.")
    if len(found) > 1:
        raise FailedPrecondition("Several users have one of this id: name one with --user.")
    one = found[0]
    broken = (one.document is not None and one.generation is None) or (
        one.job_document is not None and one.job is None
    )
    if broken:
        raise FailedPrecondition(
            "A document of it cannot be read: `show` has its fields; mend or delete it by hand."
        )
    return one.ref


def _tell(work: Work, outcome: dict[str, Any], prefix: str) -> None:
    print(f"{prefix}{outcome.get('path', outcome['file_uid'])}")
    verb = "changed" if work.write else "would change"
    for sentence in outcome["changes"]:
        print(f"  {verb}  {sentence}")
    for sentence in outcome["warnings"]:
        print(f"  warning: {sentence}")
    if "error" in outcome:
        print(f"  not done: {outcome['error']}", file=sys.stderr)
    elif not outcome["changes"]:
        print("  nothing to change")
    sys.stdout.flush()


@contextmanager
def _ctrl_c() -> Iterator[threading.Event]:
    """An event that the first Ctrl-C sets; a second one stops at once."""
    stopped = threading.Event()

    def stop(_number: int, _frame: object) -> None:
        if stopped.is_set():
            raise KeyboardInterrupt
        stopped.set()
        print("Stopping after this one; Ctrl-C again stops at once.", file=sys.stderr)

    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return
    before = signal.signal(signal.SIGINT, stop)
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, before)
