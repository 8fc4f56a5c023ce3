"""The limit on live sessions that are open at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sentivox.errors import Overloaded


class SessionLimiter:
    """Counts open sessions; `watch` is called with the count whenever it changes."""

    def __init__(self, watch: Callable[[int], object] = lambda count: None) -> None:
        self._count = 0
        self._watch = watch

    @contextmanager
    def session(self, max_sessions: int) -> Iterator[None]:
        """Count one more session inside the `with`. Raises Overloaded at `max_sessions`."""
        if self._count >= max_sessions:
            raise Overloaded(
                "Too many live sessions are open right now. Try again in a few seconds."
            )
        self._change(1)
        try:
            yield
        finally:
            self._change(-1)

    def _change(self, by: int) -> None:
        self._count += by
        self._watch(self._count)
