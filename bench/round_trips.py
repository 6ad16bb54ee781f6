"""Firestore round trips of one `generate`, counted on the wire between function and Firestore."""

from collections import Counter

from bench.function_process import Request, serving
from bench.id_token import unsigned_id_token
from bench.lab import Lab
from bench.measurement import Budget, Measured
from bench.rpc_counter import counting_proxy
from bench.surroundings import PROJECT, surroundings

_CALLS = 10
_TASK = {"task_type": "text2img", "prompt": "a lighthouse at dusk"}


def run(_lab: Lab) -> list[Measured]:
    """Call `generate` of a function process whose Firestore is behind the counter."""
    call = Request(
        "POST",
        body={"data": _TASK},
        headers={"Authorization": f"Bearer {unsigned_id_token(PROJECT, 'someone')}"},
    )
    with (
        surroundings() as around,
        counting_proxy(around.firestore_host) as (host, methods),
        serving("generate", around.environment(host)) as function,
    ):
        function.answer(call)
        methods.clear()
        for _ in range(_CALLS):
            function.answer(call)
        counts = Counter(methods)
    note = ", ".join(f"{count / _CALLS:g} {method}" for method, count in counts.items())
    per_call = counts.total() / _CALLS
    return [Measured("Firestore calls in one generate", per_call, budget=Budget(3), note=note)]
