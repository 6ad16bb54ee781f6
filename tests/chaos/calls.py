"""The app's side: signed-in users that call the functions over HTTP, and what they were answered.

Callables: https://firebase.google.com/docs/functions/callable-reference
"""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp

PATIENCE_SECONDS = 30.0
AT_ONCE = 4  # the emulator starts a process for each call that finds none idle


@dataclass(frozen=True, slots=True)
class Call:
    """One call and its answer. `code` is "ok", a callable code, or "lost": nobody answered."""

    marker: str
    function: str
    code: str
    message: str
    result: dict[str, Any]
    sent_at: float
    answered_at: float


@dataclass(slots=True)
class App:
    """Calls as users do; keeps every answer."""

    http: aiohttp.ClientSession
    functions_url: str
    auth_url: str
    tokens: list[str] = field(default_factory=list)
    user_ids: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    _lines: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def sign_up(self, users: int) -> None:
        """Make the users; the Auth emulator takes any API key."""
        url = f"{self.auth_url}/identitytoolkit.googleapis.com/v1/accounts:signUp?key=local"
        for _ in range(users):
            async with self.http.post(url, json={"returnSecureToken": True}) as answer:
                answer.raise_for_status()
                account = await answer.json()
            self.tokens.append(account["idToken"])
            self.user_ids.append(account["localId"])

    async def call(self, user: int, marker: str, function: str, data: dict[str, Any]) -> Call:
        """Call once; whatever happens is an answer too."""
        async with self._lines:
            sent_at = time.time()
            code, message, result = await self._ask(user, function, data)
        made = Call(marker, function, code, message, result, sent_at, time.time())
        self.calls.append(made)
        return made

    async def _ask(
        self, user: int, function: str, data: dict[str, Any]
    ) -> tuple[str, str, dict[str, Any]]:
        try:
            async with self.http.post(
                f"{self.functions_url}/{function}",
                json={"data": data},
                headers={"Authorization": f"Bearer {self.tokens[user]}"},
                timeout=aiohttp.ClientTimeout(total=PATIENCE_SECONDS),
            ) as answer:
                return _read(await answer.json(content_type=None))
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            return "lost", type(error).__name__, {}


def _read(body: Any) -> tuple[str, str, dict[str, Any]]:
    if isinstance(body, dict) and isinstance(body.get("result"), dict):
        return "ok", "", body["result"]
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict) and "status" in error:
        code = str(error["status"]).lower().replace("_", "-")
        return code, str(error.get("message", "")), {}
    # The emulator's own page: it lost the function's process.
    return "lost", str(body)[:200], {}
