"""The recognisers of one replica: the one it was told to load, and where that has an adapter for
each language, those of the languages used last, over the weights that all of them share.

Serve's multiplexing keeps the latter. It tells every router which replica has which language
ready, and gives up the one used least recently when another needs its place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ray import serve

from sentivox.models.base import AdaptiveRecognizer, Recognizer

SERVES_CACHE = "__serve_multiplex_wrapper"
"""The attribute in which Serve keeps what a multiplexed function has loaded, and by which it
unloads that when a replica ends. It has no public name."""


class Recognizers:
    def __init__(self, adapters: int = 0) -> None:
        """`adapters`: how many languages are kept ready; 0 keeps none, and has all in one."""
        self._shared: Recognizer | None = None
        self._multiplexed = self._keep(adapters) if adapters else None

    async def use(self, recognizer: Recognizer) -> None:
        """From now on; what was kept over other weights is given up."""
        self._shared = recognizer
        loaded = getattr(self._multiplexed, "__wrapped__", None)
        if cache := getattr(loaded, SERVES_CACHE, None):
            await cache.shutdown()

    async def of(self, language: str) -> Recognizer:
        """The recogniser of that language. Raises SpeechError when its adapter can't be read."""
        if self._multiplexed and self._knows(language):
            return await self._multiplexed(language)
        return _loaded(self._shared)

    def _knows(self, language: str) -> bool:
        """Serve makes room before it loads: a language that isn't there would cost one that is."""
        return isinstance(self._shared, AdaptiveRecognizer) and self._shared.knows(language)

    def _keep(self, adapters: int) -> Callable[[str], Awaitable[Recognizer]]:
        @serve.multiplexed(max_num_models_per_replica=adapters)  # type: ignore[untyped-decorator]
        async def adapted(language: str) -> Recognizer:
            while True:
                shared = self._shared
                recognizer = await asyncio.to_thread(_adapted, shared, language)
                # Other weights may have come while this one was read.
                if shared is self._shared:
                    return recognizer

        return adapted


def _adapted(shared: Recognizer | None, language: str) -> Recognizer:
    recognizer = _loaded(shared)
    if isinstance(recognizer, AdaptiveRecognizer):
        return recognizer.adapted(language)
    return recognizer


def _loaded(recognizer: Recognizer | None) -> Recognizer:
    if recognizer is None:
        raise RuntimeError("Serve calls `reconfigure` before it lets requests in.")
    return recognizer
