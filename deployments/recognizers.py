"""The recognisers of one replica: a single one, or one per language over shared weights.

Where a model has an adapter for each language, Serve's multiplexing keeps the recognisers of the
languages used last. Every router knows which replica has which language loaded. The
language used least recently is unloaded when another needs its place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ray import serve

from deployments.ray_compat import unload_multiplexed
from sentivox.engines.protocols import AdapterRecognizer, Recognizer


class Recognizers:
    _shared: Recognizer

    def __init__(self, adapters: int = 0) -> None:
        """`adapters`: how many languages are kept loaded; 0 for a model without adapters."""
        self._multiplexed = self._keep(adapters) if adapters else None

    async def use(self, recognizer: Recognizer) -> None:
        """Replaces the shared weights; adapters over the earlier ones are unloaded."""
        self._shared = recognizer
        await unload_multiplexed(self._multiplexed)

    async def of(self, language: str) -> Recognizer:
        """The recogniser of that language. Raises SpeechError when its adapter can't be read."""
        if self._multiplexed and self._has_adapter(language):
            return await self._multiplexed(language)
        return self._shared

    def _has_adapter(self, language: str) -> bool:
        """Checked first: Serve unloads a language before it loads another, even a missing one."""
        return isinstance(self._shared, AdapterRecognizer) and self._shared.has_adapter(language)

    def _keep(self, adapters: int) -> Callable[[str], Awaitable[Recognizer]]:
        @serve.multiplexed(max_num_models_per_replica=adapters)  # type: ignore[untyped-decorator]
        async def with_adapter(language: str) -> Recognizer:
            while True:
                shared = self._shared
                recognizer = await asyncio.to_thread(_with_adapter, shared, language)
                # The weights may have been replaced while the adapter was read.
                if shared is self._shared:
                    return recognizer

        return with_adapter


def _with_adapter(shared: Recognizer, language: str) -> Recognizer:
    return shared.with_adapter(language) if isinstance(shared, AdapterRecognizer) else shared
