"""A bar for terminals and notebooks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from firepod_client.documents import Generation


@contextmanager
def bar(*, shown: bool) -> Iterator[Callable[[Generation], None] | None]:
    """What tells a bar of tqdm's how far a generation is; None where none is shown.

    Raises:
        ImportError: tqdm is not installed (`pip install "firepod-client[progress]"`).
    """
    if not shown:
        yield None
        return
    from tqdm.auto import tqdm

    with tqdm(total=100, unit="%", bar_format="{l_bar}{bar}| {elapsed}") as progress:

        def update(generation: Generation) -> None:
            progress.set_description(generation.status)
            done = 1.0 if generation.status == "completed" else generation.progress or 0.0
            progress.update(max(0, round(done * 100) - progress.n))

        yield update
