"""Addresses that an operator sets: base URLs and origins. They are matched whole, never mended."""

import re

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = rf"{_LABEL}(?:\.{_LABEL})*"
_BASE_URL = re.compile(
    rf"(?P<scheme>https?)://(?P<host>{_HOST})(?P<port>:[0-9]{{1,5}})?"
    r"(?P<path>(?:/[A-Za-z0-9._~-]+)*)"
)
_ORIGIN = re.compile(rf"[a-z][a-z0-9+.-]*://{_HOST}(?::[0-9]{{1,5}})?")


def parse_base_url(text: str, *, local: bool) -> str:
    """`https://`, the name of a host, and a path; no user, port, query, fragment, `.` or `..`.

    With `local` also plain http, addresses and ports, as the programs of one machine have them.

    Raises:
        ValueError: says what it must be, without the text.
    """
    url = text.strip().rstrip("/")
    found = _BASE_URL.fullmatch(url)
    if found is None or {".", ".."} & set(found["path"].split("/")):
        raise ValueError("must be an https:// URL of a host and a path, and nothing else")
    top = found["host"].rpartition(".")[2]
    named = "." in found["host"] and not top.isdigit()
    if not local and (found["scheme"] != "https" or found["port"] or not named):
        raise ValueError("must be an https:// URL of a named host, without a port")
    return url


def parse_hosts(text: str) -> frozenset[str]:
    """Names of hosts, separated by commas; an address is none.

    Raises:
        ValueError: an entry is no name of a host.
    """
    entries = [one.strip() for one in text.split(",") if one.strip()]
    for number, entry in enumerate(entries, start=1):
        top = entry.rpartition(".")[2]
        if not re.fullmatch(_HOST, entry) or "." not in entry or top.isdigit():
            raise ValueError(f"entry {number} is not the name of a host")
    return frozenset(entries)


def parse_origins(text: str) -> list[str] | str:
    """Origins separated by commas; `*`, or none at all, is any.

    Raises:
        ValueError: an entry is no origin. One with a pattern in it would match more than it says.
    """
    entries = [one.strip() for one in text.split(",") if one.strip()]
    if entries in ([], ["*"]):
        return "*"
    for number, entry in enumerate(entries, start=1):
        if not _ORIGIN.fullmatch(entry):
            raise ValueError(f"entry {number} is not an origin such as https://app.example")
    return entries
