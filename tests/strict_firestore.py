"""The Firestore of the product's tests: it has the indexes that a deployment has, and no other."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.firestore.child import running_firestore

INDEX_FILE = Path(__file__).parents[1] / "firestore.indexes.json"


@contextmanager
def strict_firestore() -> Iterator[int]:
    """A server that refuses a query which production would refuse; gives its port."""
    with running_firestore(flags=("--index_file", str(INDEX_FILE), "--require_indexes")) as port:
        yield port
