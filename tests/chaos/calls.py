"""The app's side: signed-in users that call the functions over HTTP, and what they were answered.

Callables: https://firebase.google.com/docs/functions/callable-reference
"""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp

PATIENCE_SECONDS = 30.0


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
        sent_at = time.time()
        code, message, result = "lost", "", {}
        try:
            async with self.http.post(
                f"{self.functions_url}/{function}",
                json={"data": data},
                headers={"Authorization": f"Bearer {self.tokens[user]}"},
                timeout=aiohttp.ClientTimeout(total=PATIENCE_SECONDS),
            ) as answer:
                body = await answer.json(content_type=None)
            code, message, result = _read(body)
        except (aiohttp.ClientError, TimeoutError, ValueError):
            await asyncio.sleep(0)
        made = Call(marker, function, code, message, result, sent_at, time.time())
        self.calls.append(made)
        return made


def _read(body: Any) -> tuple[str, str, dict[str, Any]]:
    if isinstance(body, dict) and isinstance(body.get("result"), dict):
        return "ok", "", body["result"]
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict) and "status" in error:
        code = str(error["status"]).lower().replace("_", "-")
        return code, str(error.get("message", "")), {}
    # The emulator's own page: it lost the function's process.
    return "lost", str(body)[:200], {}
