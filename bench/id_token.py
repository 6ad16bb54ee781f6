"""ID tokens of made-up users, as the Auth emulator issues them: without a signature."""

import base64
import json
import time
from typing import Any


def unsigned_id_token(project: str, uid: str) -> str:
    """A token that firebase_admin accepts where FIREBASE_AUTH_EMULATOR_HOST is set, for an hour."""
    now = int(time.time())
    claims = {
        "iss": f"https://securetoken.google.com/{project}",
        "aud": project,
        "iat": now,
        "auth_time": now,
        "exp": now + 3600,
        "sub": uid,
        "user_id": uid,
        "firebase": {"sign_in_provider": "anonymous", "identities": {}},
    }
    return f"{_encode({'alg': 'none', 'typ': 'JWT'})}.{_encode(claims)}."


def _encode(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
