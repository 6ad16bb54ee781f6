"""What stands in one place only, and what must say the same where it cannot."""

import json
import re
import subprocess
from pathlib import Path

from firepod import VERSION, parameters
from local.stack.parameters import REGION

ROOT = Path(__file__).parents[2]


def tracked(pattern: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", pattern], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.splitlines()]


def test_the_version_stands_in_firepod_and_in_the_package_that_npm_needs_one_for():
    packages = [json.loads(path.read_text()) for path in tracked("*package.json")]
    versions = {one["name"]: one["version"] for one in packages if "version" in one}
    assert versions == {"firepod": VERSION}
    assert 'dynamic = ["version"]' in (ROOT / "pyproject.toml").read_text()


def test_the_changelog_knows_the_version():
    assert f"\n## {VERSION} - 20" in (ROOT / "CHANGELOG.md").read_text()


def test_functions_hosting_console_contract_and_the_local_stack_mean_one_region():
    hosting = json.loads((ROOT / "firebase.json").read_text())["hosting"]
    rewrites = {one["function"]["region"] for one in hosting["rewrites"]}
    page = (ROOT / "web" / "public" / "index.html").read_text()

    said = rewrites | set(re.findall(r'name="firepod-region" content="([^"]+)"', page))
    said.add(REGION)
    local = (ROOT / "functions" / ".env.demo-firepod").read_text()
    said |= set(re.findall(r"/demo-firepod/([a-z0-9-]+)/runpodwebhook", local))
    contract = (ROOT / "docs" / "contract.md").read_text()
    said |= set(re.findall(r"^All in the region ([a-z0-9-]+),", contract, re.MULTILINE))
    assert said == {parameters.REGION}


def test_every_action_of_the_workflows_is_pinned_by_its_commit():
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        for action in re.findall(r"uses: (\S+)", path.read_text()):
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), f"{path.name}: {action}"
        assert "permissions:\n  contents: read\n" in path.read_text()
