"""Time and chance as they are."""

import secrets
import uuid
from datetime import UTC, datetime


class SystemClock:
    """`firepod.ports.Clock`."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def uid(self) -> str:
        return uuid.uuid4().hex

    def seed(self, bits: int) -> int:
        return secrets.randbits(bits)
