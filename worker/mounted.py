"""The folders in which a worker's engines leave files: nothing outside is read or removed."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Where engines leave their files below the mounted folder, if not directly in it.
FOLDERS = ("voice_samples", "voice_profiles", "tts_generations")
AT_THE_ROOT = tuple(Path("/") / name for name in FOLDERS)


class OutsideFolder(ValueError):
    """A path that leaves the mounted folder, or a name that could."""


@dataclass(frozen=True, slots=True)
class Mounted:
    """Some folders; the first of them that has a file has it."""

    folders: tuple[Path, ...]

    def found(self, filename: str) -> Path:
        """A file by its path in a folder, or by its name alone in a usual place.

        Raises:
            FileNotFoundError: it is not there.
            OutsideFolder: it is not in the folders.
        """
        path = Path(filename)
        places = list(self._places(path))
        for file in places:
            if file is not None and file.is_file():
                return file
        # Of several folders a full path is in one at most.
        outside = all if path.is_absolute() else any
        if outside(file is None for file in places):
            raise OutsideFolder("The path leaves the output folder.")
        raise FileNotFoundError(filename)

    def remove(self, filename: str) -> bool:
        """Remove a file; False if it was gone already.

        Raises:
            OutsideFolder: it is not in the folders.
        """
        try:
            self.found(filename).unlink()
        except FileNotFoundError:
            return False
        return True

    def _places(self, path: Path) -> Iterator[Path | None]:
        """Where a file may be; None for a place that is outside."""
        usual = [Path(name) / path for name in FOLDERS] if len(path.parts) == 1 else []
        for root in (folder.resolve() for folder in self.folders):
            for place in (path, *usual):
                # Links are followed first: where a path really leads is what counts.
                file = (root / place).resolve()
                yield file if root in file.parents else None
