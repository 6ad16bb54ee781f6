"""Firestore round trips of one `generate`, counted on the wire between function and Firestore."""

from collections import Counter

from bench.function_process import Request, serving
from bench.id_token import unsigned_id_token
from bench.lab import Lab
from bench.measurement import Budget, Measured
from bench.rpc_counter import counting_proxy
from bench.surroundings import PROJECT, surroundings

_CALLS = 3  # of each user: within seconds, and fewer than may run at a time
_USERS = 5
_TASK = {"task_type": "text2img", "prompt": "a lighthouse at dusk"}


def run(_lab: Lab) -> list[Measured]:
    """Call `generate` of a function process whose Firestore is behind the counter."""
    with (
        surroundings() as around,
        counting_proxy(around.firestore_host) as (host, methods),
        serving("generate", around.environment(host)) as function,
    ):
        function.answer(_call("nobody"))  # the first one of all opens the connection
        first: Counter[str] = Counter()
        later: Counter[str] = Counter()
        for user in range(_USERS):
            for number in range(_CALLS):
                methods.clear()
                function.answer(_call(f"user-{user}"))
                (later if number else first).update(methods)
    return [
        _measured("a user's first generate", first, _USERS, Budget(3)),
        _measured("the next ones within seconds", later, _USERS * (_CALLS - 1), Budget(2)),
    ]


def _call(user: str) -> Request:
    token = unsigned_id_token(PROJECT, user)
    headers = {"Authorization": f"Bearer {token}"}
    return Request("POST", body={"data": _TASK}, headers=headers)


def _measured(what: str, counts: Counter[str], calls: int, budget: Budget) -> Measured:
    note = ", ".join(f"{count / calls:g} {method}" for method, count in counts.items())
    return Measured(f"Firestore calls in {what}", counts.total() / calls, budget=budget, note=note)
