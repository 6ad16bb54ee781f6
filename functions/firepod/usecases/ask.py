"""Ask whether something could be started, before anything large is read or stored for it.

No promise: what counts is asked again in the transaction that starts it. But who may start nothing
costs nothing either, neither memory nor Storage.
"""

from firepod.domain.sign_in import SignIn
from firepod.kinds import units, voices
from firepod.ports import Backend
from firepod.usecases.steps.keys import known_key


def may_clone(backend: Backend, user_id: str, idempotency_key: str | None, sign_in: SignIn) -> None:
    """Whether the user may start a `voice_clone` now, or may have done so under this key before.

    Raises:
        ResourceExhausted, FailedPrecondition: a limit of the user.
        Unauthenticated: the account may not be used any more.
    """
    quota = backend.store.quota(user_id)
    sign_in.check()
    if known_key(backend, user_id, idempotency_key) is not None:
        return
    now = backend.clock.now()
    quota.taken(
        "",
        voices.UNITS,
        until=now,
        now=now,
        limits=backend.settings.limits,
        guest=sign_in.guest,
    )


def may_keep(backend: Backend, user_id: str, sign_in: SignIn) -> None:
    """Whether the user may store a voice or speech that was made elsewhere.

    Raises:
        ResourceExhausted, FailedPrecondition: a limit of the user.
        Unauthenticated: the account may not be used any more.
    """
    quota = backend.store.quota(user_id)
    sign_in.check()
    quota.counted(
        units.STORED_ONLY,
        now=backend.clock.now(),
        limits=backend.settings.limits,
        guest=sign_in.guest,
    )
