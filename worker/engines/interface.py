"""What the worker asks of an engine: one blocking call that turns a request into files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

Preview = Callable[[], bytes | None] | bytes | None
"""How it looks so far: a small WebP, by ``worker.encoding.small.preview``, or what makes one."""


class Step(Protocol):
    """Told the fraction done, 0..1, at least every 100 ms or so of work; raises ``Cancelled``.

    With it may come a preview. One that is called is called at once, in the same thread, and at
    most once a second: so it may be given at every step, and may look at what is being made.
    """

    def __call__(self, fraction: float, preview: Preview = None, /) -> None: ...


@dataclass(frozen=True)
class OutputFile:
    """A file that the engine has written into its work folder."""

    path: Path
    content_type: str


@dataclass(frozen=True)
class Result:
    """Everything one run made.

    ``files`` come in a fixed order: pictures by index; one video; of a cloned voice the sample and
    then the profile; one recording of speech. ``info`` holds what the engine knows beside them,
    read by its tests alone: pictures ``seed``; videos ``fps``, ``num_frames``, ``seed``; voices and
    speech ``duration_seconds``, ``sample_rate`` and, where it is measured, ``pitch_hz``.
    """

    files: tuple[OutputFile, ...]
    info: dict[str, Any]


class EngineError(Exception):
    """The request cannot be served; the message is a sentence for the person who sent it."""

    code = ""  #: the `error_code` (docs/contract.md, 3); empty for what is wrong with the request
    refresh = False  #: whether RunPod is to start the worker anew after this job


class OutOfMemory(EngineError):
    """The memory of the GPU did not suffice; what is left of the run may still fill it."""

    code = "out_of_memory"
    refresh = True


class ModelUnavailable(EngineError):
    """The weights of the model are nowhere to be found; a new worker looks again."""

    code = "model_unavailable"
    refresh = True


class Cancelled(Exception):
    """Raised by ``step`` when the job must stop; an engine lets it pass."""


class Engine(Protocol):
    """Makes media. One instance serves a whole worker, possibly from several threads at once."""

    def run(
        self,
        task_type: str,
        request: Mapping[str, Any],
        inputs: Mapping[str, Path],
        workdir: Path,
        step: Step,
    ) -> Result:
        """Run one task to its end, in the calling thread.

        ``request`` holds the fields of the task with their defaults filled in, ``inputs`` the local
        file for each field that names one (``init_image``, ``mask_image``, ``audio``, and
        ``profile``, the ``.npy`` of the voice that speech is made with). Files are written to
        ``workdir`` only, in the format that was asked for or any other: the worker puts it right.

        Raises ``EngineError`` for what the user can put right and lets ``Cancelled`` pass; any
        other exception is a fault of the engine.
        """
