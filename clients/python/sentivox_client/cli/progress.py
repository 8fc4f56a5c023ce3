"""Progress bars on stderr: one for each file in progress, and one for all files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text


class Bars:
    """Progress bars; invisible when stderr isn't a terminal."""

    def __init__(self, files: int, console: Console) -> None:
        self.console = console
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[doing]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            # Results are printed to stdout, which may be a file; the bars' console is stderr.
            redirect_stdout=False,
            disable=not console.is_terminal,
        )
        self._overall = self._progress.add_task(
            "All files", total=files, doing=f"0 of {files}", visible=files > 1
        )
        self._files = files
        self._done = 0

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the bars in the block."""
        with self._progress:
            yield

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Hide the bars while something else is printed."""
        self._progress.stop()
        try:
            yield
        finally:
            self._progress.start()

    @contextmanager
    def uploading(self, path: Path) -> Iterator[BinaryIO]:
        """Open the file; a bar shows how much of it has been read."""
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            task = self._progress.add_task(Text(path.name).markup, total=size + 1, doing="sending")
            try:
                yield cast("BinaryIO", _UploadedFile(file, self._progress, task))
            finally:
                self._progress.remove_task(task)

    def advance(self) -> None:
        """Count a file as done."""
        self._done += 1
        doing = f"{self._done} of {self._files}"
        self._progress.update(self._overall, completed=self._done, doing=doing)


class _UploadedFile:
    """A file whose reads advance a progress bar; everything else is the file's own."""

    def __init__(self, file: BinaryIO, progress: Progress, task: TaskID) -> None:
        self._file = file
        self._progress = progress
        self._task = task
        self._position = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self._position += len(piece)
        if piece:
            self._progress.update(self._task, completed=self._position)
        else:
            self._progress.update(self._task, total=None, doing="transcribing")
        return piece

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._position = self._file.seek(offset, whence)
        return self._position
