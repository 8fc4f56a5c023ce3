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
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def __call__(self) -> T | None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
        return self._loaded

    def wait(self) -> None:
        """Until it's there, or couldn't be loaded."""
        self()
        if self._thread:
            self._thread.join()

    def _run(self) -> None:
        try:
            self._loaded = self._load()
        except Exception:
            _log.exception("What should have been loaded isn't there; requests go on without it")
