"""Who asks: an ID token, or an account of Firebase Auth whose token is renewed in time."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from firepod_client.errors import FirepodError
from firepod_client.exchange import Ask, Talk, arrived

IDENTITY_TOOLKIT = "https://identitytoolkit.googleapis.com/v1"
RENEWAL = "https://securetoken.googleapis.com/v1"
RENEW_BEFORE_SECONDS = 120


@dataclass(frozen=True)
class Token:
    """An ID token as it is, or what gives one; that is asked before each call."""

    given: str | Callable[[], str]

    def token(self, *, fresh: bool = False) -> Talk[str]:  # noqa: ARG002 (an Account needs it)
        yield from ()
        return self.given if isinstance(self.given, str) else self.given()


@dataclass
class Account:
    """An account: `{}` signs a guest up, `{"email", "password"}` or `{"token"}` (a custom one) in.

    ``emulator`` is the Auth emulator's origin, where there is one.
    """

    api_key: str
    credentials: dict[str, str] = field(repr=False)
    emulator: str = ""
    clock: Callable[[], float] = time.monotonic
    _id_token: str = field(default="", init=False, repr=False)
    _refresh_token: str = field(default="", init=False, repr=False)
    _until: float = field(default=0.0, init=False)

    def token(self, *, fresh: bool = False) -> Talk[str]:
        if fresh or self.clock() > self._until - RENEW_BEFORE_SECONDS:
            yield from self._renew()
        return self._id_token

    def _renew(self) -> Talk[None]:
        if self._refresh_token:
            data = {"grant_type": "refresh_token", "refresh_token": self._refresh_token}
            said = yield from self._post(RENEWAL, "token", data)
            self._keep(said["id_token"], said["refresh_token"], said["expires_in"])
            return
        asked = {**self.credentials, "returnSecureToken": True}
        said = yield from self._post(IDENTITY_TOOLKIT, f"accounts:{self._way()}", asked)
        self._keep(said["idToken"], said["refreshToken"], said["expiresIn"])

    def _way(self) -> str:
        if not self.credentials:
            return "signUp"
        return "signInWithCustomToken" if "token" in self.credentials else "signInWithPassword"

    def _keep(self, id_token: str, refresh_token: str, seconds: str) -> None:
        self._id_token, self._refresh_token = id_token, refresh_token
        self._until = self.clock() + float(seconds)

    def _post(self, root: str, call: str, data: Mapping[str, object]) -> Talk[dict[str, str]]:
        if self.emulator:
            root = f"{self.emulator}/{root.removeprefix('https://')}"
        asked = yield Ask("POST", f"{root}/{call}", json=data, params={"key": self.api_key})
        answer = arrived(asked)
        if answer.is_success:
            said: dict[str, str] = answer.json()
            return said
        raise FirepodError("unauthenticated", f"The sign-in was refused: {_reason(answer.text)}.")


def _reason(text: str) -> str:
    """Firebase's word for it, such as INVALID_PASSWORD."""
    words = [word for word in text.replace('"', " ").split() if word.isupper() and len(word) > 5]
    return words[0].strip(".,:") if words else "no reason was given"
