"""The worker's container runs as a user of its own, who owns nothing but the work folder."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINES = [
    line.split(maxsplit=1)
    for line in (ROOT / "worker" / "Dockerfile").read_text().splitlines()
    if line and not line.startswith("#")
]
USER_ID = 10001
# Everything is loaded first: the Python of whoever runs this need not be readable for others.
ONE_JOB = f"""
import os
from worker.test_cloud_local import main
failed = main()
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid({USER_ID})
    os.setuid({USER_ID})
raise SystemExit(failed or main())
"""


def values(instruction):
    return [rest for name, rest in LINES if name == instruction]


def test_the_container_runs_as_a_user_who_is_not_root():
    (user,) = values("USER")
    # A number, because a platform that refuses root cannot look a name up.
    assert user == f"{USER_ID}:{USER_ID}"
    assert [name for name, _ in LINES[LINES.index(["USER", user]) :]] == ["USER", "WORKDIR", "CMD"]


def test_the_users_own_folder_is_where_it_works_and_the_code_is_not_its_own():
    (made,) = [run for run in values("RUN") if run.startswith("useradd")]
    assert f"--uid {USER_ID} " in made
    (home,) = re.findall(r"--home-dir (\S+)", made)
    assert values("WORKDIR")[-1] == home
    assert f"HOME={home}" in values("ENV")[0].split()
    assert "PYTHONSAFEPATH=1" in values("ENV")[0].split()
    assert not any("chown" in rest for _, rest in LINES)
    assert values("CMD") == ['["python", "-m", "worker.handler"]']


def test_a_job_needs_no_rights_that_such_a_user_lacks():
    # Not pytest's folder for temporary files: that is closed to everybody else.
    with tempfile.TemporaryDirectory(prefix="firepod-work-") as work:
        if os.geteuid() == 0:
            os.chown(work, USER_ID, USER_ID)
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join((str(ROOT / "functions"), str(ROOT))),
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": work,
            "TMPDIR": work,
        }
        run = subprocess.run(
            [sys.executable, "-c", ONE_JOB],
            cwd=work,
            env=environment,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        assert run.stdout.count("one picture") == 2
        assert list(Path(work).iterdir()) == []
