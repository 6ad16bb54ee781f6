"""Somebody at a terminal, with a project, an account at RunPod and `python -m tools.runpod`."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from tests.fakes.runpod_account import KEY, Account
from tools.runpod.__main__ import main

ROOT = Path(__file__).parents[2]
FILE = ROOT / "worker" / "endpoints.toml"
PICTURES, VIDEOS, SPEECH = (f"firepod-my-project-{one}" for one in ("pictures", "videos", "speech"))


@dataclass
class Terminal:
    """`run("create", "--yes")`; what was printed is in `out` and `error`."""

    account: Account
    folder: Path
    capsys: object
    environment: dict[str, str] = field(
        default_factory=lambda: {"RUNPOD_API_KEY": KEY, "IMAGES": "docker.io/you"}
    )
    out: str = ""
    error: str = ""
    waited: list[float] = field(default_factory=list)

    def __post_init__(self):
        functions = self.folder / "functions"
        functions.mkdir()
        for name in (".env", "models.toml"):
            shutil.copy(ROOT / "functions" / name, functions)
        self.env.write_text(f"# ours\nRUNPOD_BASE_URL={self.account.jobs_url}\n")
        self.file.write_text(FILE.read_text())

    @property
    def env(self):
        return self.folder / "functions" / ".env.my-project"

    @property
    def file(self):
        return self.folder / "endpoints.toml"

    def write(self, old, new):
        text = self.file.read_text()
        assert old in text
        self.file.write_text(text.replace(old, new))

    def run(self, verb, *more):
        own = ["--file", self.file, "--functions", self.folder / "functions"]
        own += ["--api", self.account.url, "--project", "my-project"]
        words = ["endpoints", verb, *map(str, own), *more]
        try:
            code = main(words, self.environment, self.waited.append)
        except SystemExit as wrong:
            code = wrong.code
        self.out, self.error = self.capsys.readouterr()
        assert KEY not in self.out + self.error
        return code
