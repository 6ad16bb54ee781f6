import shlex
import subprocess
import sys

from local.stack.child import ROOT


def in_the_shell(script: str) -> str:
    """What `script` prints after eval "$(make env)"."""
    environment = f"{shlex.quote(sys.executable)} -m local.stack.shell_environment"
    ran = subprocess.run(
        ["bash", "-euc", f'eval "$({environment})"; {script}'],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return ran.stdout


def test_the_shells_java_is_the_stand_in_that_firebase_tools_accepts():
    assert 'version "21' in in_the_shell("java -version 2>&1")


def test_the_placeholders_of_the_jars_exist():
    script = 'ls "$FIRESTORE_EMULATOR_BINARY_PATH" "$STORAGE_EMULATOR_BINARY_PATH"'

    assert len(in_the_shell(script).splitlines()) == 2


def test_the_pinned_firebase_tools_is_the_one_on_the_path():
    tools = in_the_shell("command -v firebase").strip()

    assert tools == str(ROOT / "node_modules" / ".bin" / "firebase")


def test_secrets_are_there_so_that_nobody_is_asked_for_them():
    in_the_shell("true")

    text = (ROOT / "functions" / ".secret.local").read_text()
    assert "RUNPOD_API_KEY=" in text
    assert "WEBHOOK_KEYS=" in text
