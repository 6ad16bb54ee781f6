"""Programs for operators, run from the repository: `.venv/bin/python -m tools.erase --help`."""

import sys
from pathlib import Path

# They work with the backend's own code, which is deployed from a folder of its own.
sys.path.insert(0, str(Path(__file__).parents[1] / "functions"))
