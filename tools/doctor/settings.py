"""The parameters of a deployment, read and checked as the deployed functions do it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from firepod.settings import Settings

# The secrets have a check of their own; here they only have to be well-formed.
STANDING_IN = {"RUNPOD_API_KEY": "stands in", "WEBHOOK_KEYS": f"k:{'stands-in-' * 4}"}
EMULATED = ("FUNCTIONS_EMULATOR", "K_SERVICE", "K_CONFIGURATION", "K_REVISION")


@dataclass(frozen=True, slots=True)
class Parameters:
    """What the dotenv files say: the settings, or what is wrong with them."""

    values: Mapping[str, str]
    settings: Settings | None
    problems: tuple[str, ...]
    own_file: str  #: functions/.env.<project>, where there is one
    own: Mapping[str, str]  #: what stands in it


def read_parameters(root: Path, project: str, names: tuple[str, ...]) -> Parameters:
    """Read functions/.env and the file of the project, which is named by its id or its alias.

    Sets variables of this process for a moment, so nothing else may run meanwhile.
    """
    from dotenv import dotenv_values

    from firepod.config import load_settings
    from firepod.domain.errors import Misconfigured

    folder = root / "functions"
    defaults = _filled(dotenv_values(folder / ".env", interpolate=False))
    files = [file for name in names if name and (file := folder / f".env.{name}").is_file()]
    own: dict[str, str] = {}
    for file in files:
        own |= _filled(dotenv_values(file, interpolate=False))
    problems = [f"{name} {_meant(name, defaults)}" for name in own if name not in defaults]
    if len(files) > 1:
        problems.append(f"{files[0].name} and {files[1].name} are both there; Firebase takes one")
    values = defaults | own
    try:
        with _environment(values | STANDING_IN | _firebase(project)):
            settings = load_settings()
    except Misconfigured as wrong:
        return Parameters(values, None, (*problems, *wrong.problems), _shown(files), own)
    return Parameters(values, settings, tuple(problems), _shown(files), own)


def _filled(values: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value or "" for name, value in values.items()}


def _meant(name: str, known: Mapping[str, str]) -> str:
    nearest = get_close_matches(name.upper(), known, n=1, cutoff=0.6)
    return f"is no parameter (did you mean {nearest[0]}?)" if nearest else "is no parameter"


def _firebase(project: str) -> dict[str, str]:
    # The bucket's name is Firebase's to know; it is looked at by itself.
    text = f'{{"projectId": "{project}", "storageBucket": "{project}.firebasestorage.app"}}'
    return {"FIREBASE_CONFIG": text}


def _shown(files: list[Path]) -> str:
    return f"functions/{files[0].name}" if files else ""


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """The variables of a deployed function, in place of those that this process has."""
    before = dict(os.environ)
    os.environ.update(values)
    for name in EMULATED:
        os.environ.pop(name, None)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
