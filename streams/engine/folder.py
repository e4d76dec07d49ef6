"""The folder of a worker's local stores, claimed for as long as the worker lives. Knows no store and no Kafka."""

import fcntl
from pathlib import Path
from types import TracebackType
from typing import Self

from streams.engine.errors import EngineError
from streams.engine.settings import EngineSettings


class Folder:
    """A claim on a worker's folder. It ends with the process, however that ends."""

    def __init__(self, settings: EngineSettings) -> None:
        """Make the folder and claim it.

        Raises:
            EngineError: it cannot be made, or another worker of this name runs on this machine.
        """
        self.path: Path = settings.member_dir
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._file = (self.path / "claimed").open("w")
        except OSError as problem:
            message = f"`data_dir` ({settings.data_dir}) cannot be used: {problem.strerror}. Name a folder to write in"
            raise EngineError(message) from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            message = (
                f"another worker called `{settings.member}` runs here, in {self.path}. Give each worker an "
                f"`instance` of its own, as with --set instance=worker-2"
            )
            raise EngineError(message) from None

    def release(self) -> None:
        """End the claim."""
        self._file.close()

    def __enter__(self) -> Self:
        """Hold the claim."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the claim."""
        self.release()
