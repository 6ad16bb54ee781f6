"""A change that others are always faster than: its caller is told in time, its name is logged."""

from dataclasses import dataclass, replace

import pytest
from firebase_functions import logger

from firepod.adapters.firestore import FirestoreStore
from firepod.domain import life
from firepod.domain.errors import Unavailable
from tests.fakes.clock import START as NOW
from tests.fakes.values import make_generation, make_job

ONE = make_generation()


@dataclass(frozen=True)
class Slow:
    """Each time that it runs, another one writes before it can."""

    other: FirestoreStore

    def __call__(self, records):
        self.other.transition(
            ONE.ref, lambda r: replace(r, job=replace(r.job, checks=r.job.checks + 1))
        )
        return life.Cancelled(now=NOW)(records)


def test_who_is_overtaken_all_the_time_is_told_so_and_the_log_names_the_change(
    on_firestore, client, monkeypatch
):
    entries = []
    monkeypatch.setattr(logger, "write", entries.append)
    on_firestore.store.transition(ONE.ref, life.Accepted(ONE, make_job(ONE)))
    with pytest.raises(Unavailable, match="Too many changes"):
        FirestoreStore(client, patience=0.3).transition(ONE.ref, Slow(on_firestore.store))

    [entry] = entries
    assert (entry["message"], entry["change"]) == ("too many changes at the same time", "Slow")
    assert on_firestore.store.find(ONE.ref).status is ONE.status
