"""`python -m tools.jobs`."""

import sys

from tools.jobs.program import main

if __name__ == "__main__":
    sys.exit(main())
