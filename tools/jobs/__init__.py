"""Find any job, see its whole life, and bring it to its end: `python -m tools.jobs --help`."""
