"""`eval "$(make env)"`: a shell in which `firebase emulators:start` runs on the stand-ins."""

import os
import shlex
from pathlib import Path

from local.stack.parameters import local_secrets
from local.stack.programs import stand_in_environment


def main() -> None:
    root = Path(__file__).resolve().parents[2]
    local_secrets(root / "functions")
    tools = str(root / "node_modules" / ".bin")
    base = {**os.environ, "PATH": os.pathsep.join((tools, os.environ.get("PATH", "")))}
    for name, value in stand_in_environment(root, base).items():
        print(f"export {name}={shlex.quote(value)}")


if __name__ == "__main__":
    main()
