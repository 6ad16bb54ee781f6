"""What a worker without credentials is told when it claims or reports."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a run may go on; with `wait_seconds` that is not decided yet, and it asks again."""

    go_on: bool
    wait_seconds: int | None = None

    def body(self) -> dict[str, bool | int]:
        wait = {} if self.wait_seconds is None else {"wait_seconds": self.wait_seconds}
        return {"go_on": self.go_on, **wait}
