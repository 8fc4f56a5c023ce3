"""Something heavy that only some requests want, and that none should wait for."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

_log = logging.getLogger("sentivox.models")

T = TypeVar("T")


class LoadedBeside(Generic[T]):
    """None until it's there. The first call has it loaded, beside the work of its caller."""

    def __init__(self, load: Callable[[], T]) -> None:
        self._load = load
        self._loaded: T | None = None
        self._wanted = threading.Event()
        # Begun here: one that was begun by a thread that gives way would give way as well.
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __call__(self) -> T | None:
        self._wanted.set()
        return self._loaded

    def wait(self) -> None:
        """Until it's there, or couldn't be loaded."""
        self()
        self._thread.join()

    def _run(self) -> None:
        self._wanted.wait()
        try:
            self._loaded = self._load()
        except Exception:
            _log.exception("What should have been loaded isn't there; requests go on without it")
