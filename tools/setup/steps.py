"""What setup does to a project: a command, a request, or a line in its dotenv file."""

import json
import os
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tools.doctor.case import Case
from tools.runpod import env_file

SECONDS = 600.0  # of one command
GCLOUD = "https://cloud.google.com/sdk/docs/install, or https://shell.cloud.google.com"
# Nothing may wait for an answer that nobody types.
SILENT = {"CLOUDSDK_CORE_DISABLE_PROMPTS": "1"}


class Undone(Exception):
    """A step did not do what it should; the text says why, and holds nothing secret."""


@dataclass(frozen=True, slots=True)
class Command:
    """A program with its words; `given` is what it reads, which is shown nowhere."""

    words: tuple[str, ...]
    given: str = field(default="", repr=False)
    of: str = ""  #: what `given` is, in words

    def __str__(self) -> str:
        return f"{shlex.join(self.words)}{f'    # {self.of}' if self.of else ''}"

    def do(self, case: Case) -> None:
        """Raises Undone. What the program says is on the terminal already."""
        line = shlex.join(self.words)
        try:
            ran = subprocess.run(  # noqa: S603 (the doctor's own commands)
                self.words,
                cwd=case.root,
                env=os.environ | SILENT,
                input=self.given,
                text=True,
                timeout=SECONDS,
                check=False,
            )
        except FileNotFoundError:
            where = f": {GCLOUD}" if self.words[0] == "gcloud" else ""
            raise Undone(f"{self.words[0]} is not here{where}. Not run:\n    {line}") from None
        except subprocess.TimeoutExpired:
            raise Undone(f"Not done within {SECONDS:g} s:\n    {line}") from None
        if ran.returncode:
            raise Undone(f"It ended with {ran.returncode}, and said why above:\n    {line}")


@dataclass(frozen=True, slots=True)
class Request:
    """A call of Google's REST interfaces, where neither firebase nor gcloud has a command."""

    method: str
    url: str
    body: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.url} {json.dumps(self.body)}"

    def do(self, case: Case) -> None:
        """Raises Undone, and what asking Google raises."""
        headers = {"Authorization": f"Bearer {case.google.token}"}
        answer = case.web.ask(self.method, self.url, headers=headers, body=self.body)
        if answer.status != 200:
            raise Undone(f"Google answers {answer.status}:\n    {self}")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A line in the project's own dotenv file."""

    name: str
    value: str

    def __str__(self) -> str:
        return f"{self.name}={self.value}    # into the project's own file beside functions/.env"

    def do(self, case: Case) -> None:
        """Raises `tools.runpod.errors.Stopped`: it cannot be written."""
        env_file.write(case.root / case.env_file, {self.name: self.value})


Step = Command | Request | Parameter
