"""Stage 2: which language is spoken."""

from __future__ import annotations

import asyncio
from typing import Any

from ray import serve

from deployments.batch_gate import BatchGate
from deployments.health import check_not_hung
from sentivox.models.base import LanguageIdentifier, LanguageIdItem
from sentivox.models.language_id import ENOUGH_SPEECH_S, decide
from sentivox.models.language_spans import Guesses, Stretch, probes
from sentivox.models.loading import load_language_identifier
from sentivox.settings import LanguageIdSettings
from sentivox.types import (
    LanguageDetection,
    LanguageGuess,
    Priority,
    SpeechWindow,
)


@serve.deployment(name="language_id", user_config={})
class LanguageId:
    _settings: LanguageIdSettings | None = None
    _identifier: LanguageIdentifier
    _min_confidence: float

    def __init__(self) -> None:
        self._gate = BatchGate()

    async def reconfigure(self, user_config: dict[str, Any]) -> None:
        settings = LanguageIdSettings.model_validate(user_config)
        if settings != self._settings:
            self._identifier = await asyncio.to_thread(load_language_identifier, settings)
        self._settings = settings
        self._min_confidence = settings.min_confidence
        self._gate.most = self._gate.most_live = settings.max_batch_size
        self._identify_batch.set_max_batch_size(settings.max_batch_size)
        self._identify_batch.set_batch_wait_timeout_s(settings.batch_wait_s)

    def check_health(self) -> None:
        check_not_hung(self._gate.busy_seconds())

    async def identify(
        self,
        window: SpeechWindow,
        candidates: tuple[str, ...] = (),
        priority: Priority = Priority.UPLOAD,
        expected: str | None = None,
    ) -> LanguageDetection:
        """The language of `window` among `candidates`, or among all when there are none.

        `expected` is the one that was heard before. For live speech the first impression will do.
        """
        guesses = await self._guesses(window, priority)
        speech_s = window.speech_s if priority is Priority.UPLOAD else ENOUGH_SPEECH_S
        return decide(guesses, candidates, self._min_confidence, expected, speech_s)

    async def stretches(
        self, window: SpeechWindow, candidates: tuple[str, ...], others: bool
    ) -> tuple[Stretch, ...]:
        """What a few of a file's window's stretches of speech are heard as, in order of time; with
        `others`, the rest of them.
        """
        first = probes(len(window.speech))
        speech = [
            segment for place, segment in enumerate(window.speech) if (place not in first) == others
        ]
        parts = [window.part(segment.start, segment.end) for segment in speech]
        heard = await asyncio.gather(*(self._guesses(part, Priority.UPLOAD) for part in parts))
        return tuple(
            Stretch(segment, decide(guesses, candidates, self._min_confidence).guesses)
            for segment, guesses in zip(speech, heard, strict=True)
        )

    async def _guesses(self, window: SpeechWindow, priority: Priority) -> Guesses:
        item = LanguageIdItem(window, thorough=priority is Priority.UPLOAD)
        async with self._gate.turn(priority):
            return await self._identify_batch(item)

    @serve.batch
    async def _identify_batch(self, items: list[LanguageIdItem]) -> list[tuple[LanguageGuess, ...]]:
        async with self._gate.running():
            return await asyncio.to_thread(self._identifier.identify, items)
