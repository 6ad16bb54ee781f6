"""The command line, as firebase-tools spells it: `--key value`, some keys without a value.

Every flag of the official emulator is taken, so that it can be replaced in place; those that only
tune it are without effect here.
"""

from __future__ import annotations

import argparse
import pathlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_DEFAULT_PORT = 8080
_SWITCH_WORDS = {"true": True, "false": False}
_WITHOUT_EFFECT = (
    "--websocket_port",
    "--webchannel_port",
    "--database-edition",
    "--database-mode",
    "--functions_emulator",
    "--export-name",
    "--single_project_mode_error",
    "--licenses",
    "--testing",
)


@dataclass(frozen=True)
class Flags:
    """What the server was asked for."""

    host: str
    port: int
    rules: pathlib.Path | None
    index_file: pathlib.Path | None
    require_indexes: bool
    seed: pathlib.Path | None
    export_on_exit: pathlib.Path | None
    project_id: str | None


def parse_flags(arguments: Sequence[str], environment: Mapping[str, str]) -> Flags:
    """Read the command line; exits with a message if it makes no sense.

    firebase-tools gives a fixed one: what it does not know can be said in the environment.
    """
    parser = argparse.ArgumentParser(
        prog="python -m local.firestore", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version="a local Firestore")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=_DEFAULT_PORT, help="0 takes a free one")
    parser.add_argument("--rules", type=pathlib.Path, help="Security Rules of every project")
    parser.add_argument(
        "--index_file",
        type=pathlib.Path,
        help="the indexes that there are, a firestore.indexes.json (also: $FIRESTORE_INDEX_FILE)",
    )
    parser.add_argument(
        "--require_indexes",
        nargs="?",
        const=True,
        type=_switch,
        help="refuse a query that lacks its index (also: $FIRESTORE_REQUIRE_INDEXES)",
    )
    parser.add_argument("--project_id")
    parser.add_argument("--single_project_mode", nargs="?", const=True, default=False, type=_switch)
    parser.add_argument(
        "--seed_from_export",
        "--import-data",
        dest="seed",
        type=pathlib.Path,
        help="start with an export, named by its .overall_export_metadata file or its folder",
    )
    parser.add_argument(
        "--export-on-exit", type=pathlib.Path, help="export to this folder when it is stopped"
    )
    for flag in _WITHOUT_EFFECT:
        parser.add_argument(flag, nargs="?", help="taken, without effect")
    parser.add_argument("ignored", nargs="*", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.single_project_mode and not given.project_id:
        parser.error("Expected project_id to be set for single_project_mode")
    if given.export_on_exit and not given.project_id:
        parser.error("Expected project_id to be set for export-on-exit")
    index_file = given.index_file or environment.get("FIRESTORE_INDEX_FILE")
    required = given.require_indexes
    if required is None:
        required = environment.get("FIRESTORE_REQUIRE_INDEXES", "").lower() in ("1", "true")
    return Flags(
        host=given.host,
        port=given.port,
        rules=given.rules,
        index_file=pathlib.Path(index_file) if index_file else None,
        require_indexes=required,
        seed=given.seed,
        export_on_exit=given.export_on_exit,
        project_id=given.project_id,
    )


def _switch(word: str) -> bool:
    if word.lower() not in _SWITCH_WORDS:
        raise argparse.ArgumentTypeError(f"{word!r} is neither true nor false")
    return _SWITCH_WORDS[word.lower()]
