"""Firebase Auth in memory: everybody has an account, until a test says otherwise."""

import threading
from dataclasses import dataclass, field

from firepod.domain.errors import Unauthenticated, Unavailable


@dataclass
class FakeUsers:
    """`firepod.ports.Users`."""

    refused: set[str] = field(default_factory=set)  #: deleted, disabled or signed out
    reachable: bool = True
    asked: list[tuple[str, int]] = field(default_factory=list)
    answers: threading.Event = field(default_factory=threading.Event)
    #: clear it to let a question wait for its answer

    def __post_init__(self) -> None:
        self.answers.set()

    def check(self, user_id: str, issued_at: int) -> None:
        self.asked.append((user_id, issued_at))
        assert self.answers.wait(10)
        if not self.reachable:
            raise Unavailable("Firebase Auth does not answer.")
        if user_id in self.refused:
            raise Unauthenticated("Your sign-in is no longer valid. Sign in again.")
