"""Benchmarks of Firepod: `python -m bench`, or `make bench`. What each number means: README.md."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# The backend's package lies beside functions/main.py, as it is deployed.
sys.path.append(str(ROOT / "functions"))
