"""How many live sessions there are, and how many there may be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sentivox.errors import Overloaded


class SessionLimiter:
    """`watch` is told the number whenever it changes."""

    def __init__(self, watch: Callable[[int], object] = lambda count: None) -> None:
        self._count = 0
        self._watch = watch

    @contextmanager
    def session(self, most: int) -> Iterator[None]:
        """One more, for as long as this lasts. Raises Overloaded when there are `most` already."""
        if self._count >= most:
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
