"""From the claims of a verified ID token to how its caller is signed in.

Firebase checks a token by itself alone: one stays valid for up to an hour after its user was
deleted, disabled or signed out everywhere. Calls that spend something ask Firebase Auth, too. The
question runs beside the first things that such a call reads, so that it takes no time of its own.
"""

import contextvars
import threading
from collections.abc import Mapping
from typing import Any

from firepod import logs
from firepod.domain.errors import FirepodError, Unavailable
from firepod.domain.sign_in import SignIn, is_guest
from firepod.ports import Backend

ANSWER_SECONDS = 8.0
NO_ANSWER = "Your sign-in cannot be checked at the moment. Try again."


def begin_check(backend: Backend, claims: Mapping[str, Any]) -> SignIn:
    """Ask whether the account may spend something, without waiting for the answer."""
    if not backend.settings.check_revoked:
        return SignIn(guest=is_guest(claims))
    question = _Question(backend, str(claims["uid"]), int(claims["iat"]))
    question.start()
    return SignIn(guest=is_guest(claims), check=question.answer)


class _Question(threading.Thread):
    def __init__(self, backend: Backend, user_id: str, issued_at: int) -> None:
        super().__init__(daemon=True, name="sign-in")
        self._users, self._asked = backend.users, (user_id, issued_at)
        self._refusal: FirepodError | None = None
        self._context = contextvars.copy_context()  # what it logs belongs to the request

    def run(self) -> None:
        self._context.run(self._ask)

    def _ask(self) -> None:
        try:
            self._users.check(*self._asked)
        except FirepodError as error:
            self._refusal = error
        except Exception as error:  # noqa: BLE001 (whatever it is: nobody said that they may)
            logs.unexpected("checking a sign-in", error)
            self._refusal = Unavailable(NO_ANSWER)

    def answer(self) -> None:
        """Wait for the answer; raise it if it is a refusal."""
        self.join(ANSWER_SECONDS)
        if self.is_alive():
            raise Unavailable(NO_ANSWER)
        if self._refusal is not None:
            raise self._refusal
