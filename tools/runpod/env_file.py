"""A deployment's parameters in `functions/.env.<project>`: read, and changed one by one.

The syntax is that of the Firebase CLI (firebase-tools, functions/env): comments, quotes, values
over several lines. Of a name that stands there twice the last one counts.
"""

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tools.runpod.errors import Stopped

_LINE = re.compile(
    r"""(?<![^\r\n])\s*(?:export)?\s*(?P<name>[\w./]+)\s*=[\f\t\v]*
    (?P<value>\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|[^\#\r\n]*)?
    \s*(?:\#[^\n]*)?(?![^\r\n])""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", "'": "'", '"': '"'}
_PLAIN = re.compile(r"[A-Za-z0-9_-]*")  # what needs no quotes


def parse(text: str) -> dict[str, str]:
    """The parameters of a dotenv file, as the Firebase CLI reads them."""
    return {found["name"]: _unquoted(found["value"] or "") for found in _LINE.finditer(text)}


def changed(text: str, values: Mapping[str, str]) -> str:
    """The text of a dotenv file with other values; all else stays as it is, byte for byte.

    A name that is not there yet gets a line at the end.

    Raises:
        Stopped: a text is so unusual that another value would change, too.
    """
    for name, value in values.items():
        if not _PLAIN.fullmatch(value):
            msg = f"{name}: {value!r} is no id"
            raise ValueError(msg)

    def line(found: re.Match[str]) -> str:
        if found["name"] not in values:
            return found[0]
        start, end = (place - found.start() for place in found.span("value"))
        given, value = found["value"], values[found["name"]]
        if not value and not given.strip():
            return found[0]
        before = given[: len(given) - len(given.lstrip())]
        after = given[len(given.rstrip()) :] if given.strip() else ""
        space = "" if set("\r\n") & set(before) or not value else before
        return found[0][:start] + space + value + after + found[0][end:]

    known = parse(text)
    new = _LINE.sub(line, text)
    missing = [name for name in values if name not in known]
    end = "\r\n" if "\r\n" in text else "\n"
    if missing and new and not new.endswith("\n"):
        new += end
    new += "".join(f"{name}={values[name]}{end}" for name in missing)
    if parse(new) != {**known, **values}:
        raise Stopped("It cannot be told what would change there; write the ids by hand.")
    return new


def read(path: Path) -> str:
    """The text of a file, "" where there is none.

    Raises:
        Stopped: it cannot be read.
    """
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        return ""
    except (OSError, ValueError):
        raise Stopped(f"{path} cannot be read as text.") from None


def parameters(functions: Path, project: str) -> dict[str, str]:
    """The parameters of a project: those of `.env`, and over them its own."""
    files = (functions / ".env", functions / f".env.{project}")
    return {name: value for path in files for name, value in parse(read(path)).items()}


def difference(path: Path, values: Mapping[str, str]) -> list[str]:
    """The lines that would go and come, with `-` and `+` before them."""
    old = read(path)
    before, after = old.splitlines(), changed(old, values).splitlines()
    gone = [f"- {one}" for one in before if one not in after]
    return gone + [f"+ {one}" for one in after if one not in before]


def write(path: Path, values: Mapping[str, str]) -> None:
    """Put values into the file, which is replaced in one step, as its own user may read it.

    Raises:
        Stopped: it cannot be written.
    """
    target = path.resolve()  # a link stays one
    old = read(target)
    new = changed(old, values)
    if new == old:
        return
    mode = target.stat().st_mode & 0o777 if target.exists() else 0o644
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f"{target.name}.")
    except OSError:
        raise Stopped(f"Nothing can be written beside {path}.") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(new.encode())
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _unquoted(given: str) -> str:
    value = given.strip()
    quote = value[:1]
    if len(value) < 2 or quote not in {"'", '"'} or not value.endswith(quote):
        return value
    if quote == "'":
        return value[1:-1]
    return re.sub(r"\\([nrtv\\'\"])", lambda found: _ESCAPES[found[1]], value[1:-1])
