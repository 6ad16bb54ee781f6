"""A test user: made for one run, by the ways to sign in that are on, and deleted with it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tools.smoke.place import Place
from tools.smoke.wire import Failed, Reply, Wire

OFF = ("ADMIN_ONLY_OPERATION", "OPERATION_NOT_ALLOWED", "CONFIGURATION_NOT_FOUND")


@dataclass(frozen=True, slots=True)
class TestUser:
    """Who asks for the picture."""

    __test__ = False  # no test of pytest's

    uid: str
    guest: bool
    place: Place
    wire: Wire
    token: str = field(repr=False)
    app_check: str = field(repr=False, default="")

    @property
    def way(self) -> str:
        return "as a guest" if self.guest else "by e-mail"

    def api(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """A call of `/api` as this user."""
        own = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        if self.app_check:
            own["X-Firebase-AppCheck"] = self.app_check
        return self.wire.ask(method, f"{self.place.url}/api{path}", headers=own, body=body)

    def delete_account(self) -> None:
        """Raises Failed: it is still there."""
        reply = _identity(self.wire, self.place, "delete", {"idToken": self.token}, again=True)
        if reply.status != 200 and "USER_NOT_FOUND" not in reply.words:
            raise Failed(f"The account is still there: {reply.words}.")


def sign_up(wire: Wire, place: Place, *, app_check: str = "", guest: bool = True) -> TestUser:
    """A guest; where guests are off, or not wanted, a user with an address of nobody's.

    Raises:
        Failed: neither way to sign in is on, or the key of the web app may not be used from here.
    """
    ways: list[dict[str, Any]] = [{}] if guest else []
    name = f"firepod-smoke-{secrets.token_hex(8)}@example.com"
    ways.append({"email": name, "password": secrets.token_urlsafe(24)})
    said = ""
    for way in ways:
        reply = _identity(wire, place, "signUp", {"returnSecureToken": True, **way}, again=False)
        if reply.status == 200:
            answer = reply.said
            return TestUser(
                str(answer["localId"]), not way, place, wire, str(answer["idToken"]), app_check
            )
        said = reply.words
        if not any(word in said for word in OFF):
            break
    page = f"https://console.firebase.google.com/project/{place.project}/authentication/providers"
    raise Failed(f"No test user can sign in: {said}.", page)


def _identity(wire: Wire, place: Place, act: str, body: Mapping[str, Any], *, again: bool) -> Reply:
    # A key that is restricted to pages wants to be asked by one.
    return wire.ask(
        "POST",
        f"{place.identity}/accounts:{act}?key={place.web_key}",
        headers={"Referer": f"{place.url}/"},
        body=body,
        again=again,
    )
