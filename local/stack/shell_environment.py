"""`eval "$(make env)"`: a shell in which `firebase emulators:start` runs on the stand-ins."""

import os
import shlex
from pathlib import Path

from local.stack.parameters import local_secrets
from local.stack.programs import PRELOADS, node_options, stand_in_environment


def main() -> None:
    root = Path(__file__).resolve().parents[2]
    local_secrets(root / "functions")
    tools = str(root / "node_modules" / ".bin")
    base = {**os.environ, "PATH": os.pathsep.join((tools, os.environ.get("PATH", "")))}
    environment = stand_in_environment(root, base)
    # A developer's own options stay.
    own = os.environ.get("NODE_OPTIONS", "")
    ours = node_options(root, *PRELOADS)
    environment["NODE_OPTIONS"] = own if ours in own else f"{own} {ours}".strip()
    for name, value in environment.items():
        print(f"export {name}={shlex.quote(value)}")


if __name__ == "__main__":
    main()
