"""What one generation costs: documents, function time, tasks, Storage operations, bytes; counted.

Three stacks of their own: workers without keys, workers with credentials, public endpoints.
`bench/results/operations.json` gets the counts, which `python -m bench.costs` turns into money.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from bench import ROOT
from bench.app import App
from bench.counting import Counted, Stopwatch, total
from bench.lab import Lab
from bench.listening import Heard, listening, newest
from bench.measurement import Measured
from bench.stored_bytes import Sizes
from local.runpod.server import running_in_thread
from local.runpod.settings import Settings
from local.stack.child import RunningStack, running_stack
from local.stack.parameters import function_url

RESULT = ROOT / "bench" / "results" / "operations.json"
_PUBLIC_KEY = "rpa_Operations0123456789"
_PICTURE = {"task_type": "text2img", "prompt": "a lighthouse at dusk"}
_VIDEO = {"task_type": "text2video", "prompt": "a lighthouse at dusk"}
_ENDED = ("completed", "failed", "cancelled")
SHORT_SECONDS, LONG_SECONDS = 5, 15
_PAGE = 20
_FIRST_MINUTES = 6  # in which sweep goes once through what only a day or an hour brings

_Scenes = dict[str, Counted]


def run(lab: Lab) -> list[Measured]:
    """Count every scene once: counts do not depend on what else the machine does."""
    folder = lab.folder / "operations"
    scenes: _Scenes = {}
    with _stage(folder / "keyless") as stage:
        scenes |= _keyless(stage)
    with _stage(folder / "credentials", "--env", "WORKER_DELIVERY=credentials") as stage:
        scenes |= {f"{name}, by credentials": one for name, one in _pictures(stage).items()}
    scenes |= _public(folder)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(_json(scenes), "utf-8")
    return [row for name, one in scenes.items() for row in _rows(name, one)]


def _public(folder: Path) -> _Scenes:
    """One whose job has ended when it is first looked at.

    Production waits for that as long as models.toml says that the model takes; the emulator of
    Cloud Tasks does not wait, and would have any other job looked at thirty times in a second.
    """
    settings = Settings(ready_made_seconds=0.0, identity_fields=("prompt",))
    with (
        running_in_thread([], api_key=_PUBLIC_KEY, settings=settings) as runpod,
        _stage(
            folder / "public",
            *("--only", "auth,functions,firestore,storage,tasks"),
            *("--env", f"RUNPOD_BASE_URL={runpod.url}"),
            environment={"RUNPOD_API_KEY": _PUBLIC_KEY},
        ) as stage,
    ):
        picture = stage.generation(_PICTURE | {"model": "flux-schnell"})
    return {"picture, public endpoint": picture}


class _Stage:
    """A stack, an app on it, and somebody who counts."""

    def __init__(self, stack: RunningStack, notes: Path) -> None:
        self.stack = stack
        self.app = App(stack)
        self.watch = Stopwatch(stack, notes)
        self.user = self.app.sign_up()
        self._sizes = Sizes(ROOT / "firestore.indexes.json")
        self._host = f"127.0.0.1:{stack.ports['firestore']}"

    def generation(
        self,
        task: Mapping[str, Any],
        act: Callable[[str, dict[str, Any]], None] | None = None,
    ) -> Counted:
        """One, as an app has it made: it listens, and fetches what was made.

        `act` is done once the worker has begun, with the document's path and the answer.
        """
        with self.watch.counting() as counted:
            _, started = self.app.generate(self.user, task)
            with self.listener(started["path"]) as listener:
                if act is not None:
                    listener.until("processing")
                    act(started["path"], started)
                ended = listener.until(*_ENDED)
            for url in _urls(ended):
                answer = requests.get(url, timeout=60)
                answer.raise_for_status()
                counted.stored_files += len(answer.content)
        for path, fields in self._documents(started["path"], started["file_uid"]):
            counted.stored_documents += self._sizes.document(path, fields)
            counted.stored_indexes += self._sizes.index_entries(path, fields)
        return counted

    def warm(self, task: Mapping[str, Any]) -> None:
        """Make one that nobody counts: a first request pays for the start of each function."""
        _, started = self.app.generate(self.user, task)
        with self.listener(started["path"]) as listener:
            listener.until(*_ENDED)

    def listener(self, path: str) -> Any:
        return listening(self._host, self.stack.project, path=path, token=self.user.token)

    def library(self) -> Counted:
        """A listener on the user's newest generations, opened and closed."""
        with (
            self.watch.counting() as counted,
            listening(
                self._host,
                self.stack.project,
                path=f"generations/{self.user.uid}",
                query=newest("images", _PAGE),
                token=self.user.token,
            ),
        ):
            pass
        return counted

    def page(self) -> Counted:
        """The same over REST, of an instance that has its web framework loaded."""
        path = f"/generations?media_type=images&limit={_PAGE}"
        self.app.get(path, self.user)
        with self.watch.counting() as counted:
            if (status := self.app.get(path, self.user)) != 200:
                raise RuntimeError(f"the page was answered with {status}")
        return counted

    def idle_sweep(self) -> Counted:
        """A minute in which nothing is due; the first one looks after what the day brought."""
        for _ in range(_FIRST_MINUTES):
            self.ring()
        with self.watch.counting() as counted:
            self.ring()
        counted.tasks = 0  # Cloud Scheduler rings there; here the same is asked of a task
        return counted

    def ring(self) -> None:
        url = function_url(self.stack.project, self.stack.ports["functions"], "reconcile")
        requests.post(url, json={"data": {}}, timeout=60).raise_for_status()

    def _documents(self, path: str, file_uid: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """What is left of a generation: its document, and the backend's entries about it."""
        stack = self.stack
        root = f"{stack.urls['firestore']}/v1/projects/{stack.project}/databases/(default)"
        for one in (path, f"jobs/{file_uid}"):
            headers = {"Authorization": "Bearer owner"}
            answer = requests.get(f"{root}/documents/{one}", headers=headers, timeout=10)
            if answer.status_code == 200:
                yield one, answer.json()["fields"]


@contextmanager
def _stage(
    folder: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> Iterator[_Stage]:
    folder.mkdir(parents=True, exist_ok=True)
    notes = folder.resolve() / "requests.jsonl"
    with running_stack(
        folder,
        *arguments,
        *("--worker-env", "FIREPOD_ENGINE=bench.engine:create"),
        *("--env", "MAX_DAILY_PER_GUEST=1000", "--bell-seconds", "0"),
        environment={**(environment or {}), "FIREPOD_NOTE_REQUESTS": str(notes)},
    ) as stack:
        stage = _Stage(stack, notes)
        stage.warm(_PICTURE)
        yield stage


def _keyless(stage: _Stage) -> _Scenes:
    app, user = stage.app, stage.user
    scenes = _pictures(stage)
    scenes["video"] = stage.generation(_VIDEO)

    def cancel(_: str, started: dict[str, Any]) -> None:
        url = f"{stage.stack.urls['functions']}/cancel"
        what = {"media_type": started["media_type"], "file_uid": started["file_uid"]}
        app.call(url, user, what)

    scenes["picture, cancelled while it is made"] = stage.generation(_lasting(60), cancel)
    scenes["picture, failed"] = stage.generation(_PICTURE | {"extra": {"fails": True}})
    for _ in range(_PAGE):
        stage.warm(_lasting(0))
    scenes[f"a library page of {_PAGE} over REST"] = stage.page()
    scenes[f"a listener on the newest {_PAGE}, opened"] = stage.library()
    scenes["an idle minute of sweep"] = stage.idle_sweep()
    return scenes


def _pictures(stage: _Stage) -> _Scenes:
    stage.warm(_lasting(2))
    return {
        "picture": stage.generation(_PICTURE),
        f"picture, {SHORT_SECONDS} s": stage.generation(_lasting(SHORT_SECONDS)),
        f"picture, {LONG_SECONDS} s": stage.generation(_lasting(LONG_SECONDS)),
    }


def _lasting(seconds: int) -> dict[str, Any]:
    return _PICTURE | {"width": 256, "height": 256, "extra": {"seconds": seconds}}


def _urls(ended: Heard) -> list[str]:
    made = ended.fields.get("generation_data", {}).get("mapValue", {}).get("fields", {})
    found: list[str] = []
    for name, value in made.items():
        if name.endswith("_urls") and "arrayValue" in value and not name.startswith("thumb"):
            found += [one["stringValue"] for one in value["arrayValue"].get("values", [])]
        elif name.endswith("_url") and "stringValue" in value:
            found.append(value["stringValue"])
    return list(dict.fromkeys(found))  # the first one stands there twice


def _json(scenes: _Scenes) -> str:
    document = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": {"short": SHORT_SECONDS, "long": LONG_SECONDS},
        "scenes": {name: asdict(one) for name, one in scenes.items()},
    }
    return json.dumps(document, indent=2) + "\n"


def _rows(name: str, one: Counted) -> list[Measured]:
    every = total(one.functions)
    called = ", ".join(f"{f.requests} {which}" for which, f in sorted(one.functions.items()))
    documents = f"{one.writes} writes, {one.deletes} deletes, app {one.app_reads} reads"
    storage = f"storage {one.class_a} A, {one.class_b} B; {one.tasks} of tasks"
    return [
        Measured(f"{name}: documents read", one.reads, note=f"{documents}; {storage}"),
        Measured(f"{name}: function time as billed", every["billed_ms"], "ms", note=called),
    ]
