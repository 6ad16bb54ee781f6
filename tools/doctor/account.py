"""Who asks Google: whom `firebase deploy` would be."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

SECONDS = 20.0
SCRIPT = Path(__file__).with_name("google_token.cjs")


@dataclass(frozen=True, slots=True)
class Account:
    """A signed-in person or service account; its token is shown nowhere."""

    email: str  #: "" where only a token is known
    token: str = field(repr=False)


SignIn = Callable[[str], Account | None]  # a project id -> who is signed in, or nobody


def firebase_login(project: str) -> Account | None:
    """Asks firebase-tools, which keeps the sign-in; nobody, if it knows of none."""
    try:
        ran = subprocess.run(  # noqa: S603 (our own script)
            ["node", str(SCRIPT), project],  # noqa: S607 (the one that firebase-tools runs with)
            cwd=SCRIPT.parents[2],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        said = json.loads(ran.stdout.strip().splitlines()[-1]) if ran.returncode == 0 else {}
    except (OSError, ValueError, IndexError, subprocess.TimeoutExpired):
        return None
    token = said.get("token")
    return Account(str(said.get("email", "")), token) if isinstance(token, str) and token else None
