"""Stage 2: which language is spoken."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from ray import serve

from deployments.batch_gate import BatchGate
from deployments.health import check_not_hung
from sentivox.models.base import LanguageIdentifier, LanguageIdItem
from sentivox.models.language_id import decide
from sentivox.models.language_spans import Habit, likeliest_languages, probes, spans
from sentivox.models.loading import load_language_identifier
from sentivox.settings import LanguageIdSettings
from sentivox.types import (
    LanguageDetection,
    LanguageGuess,
    LanguageSpan,
    Priority,
    SpeechSegment,
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
        item = LanguageIdItem(window, thorough=priority is Priority.UPLOAD)
        async with self._gate.turn(priority):
            guesses = await self._identify_batch(item)
        return decide(guesses, candidates, self._min_confidence, expected)

    async def spans(
        self,
        window: SpeechWindow,
        candidates: tuple[str, ...] = (),
        expected: str | None = None,
        habit: Habit = Habit(),  # noqa: B008
    ) -> tuple[tuple[LanguageSpan, ...], Habit]:
        """The languages of a file's window, in order, and how often they change by now; `expected`
        is that of the speech before.

        Empty where nobody speaks. Costs little where nothing changes: a few stretches of speech
        tell as much as all.
        """
        few = [window.speech[index] for index in probes(len(window.speech))]
        heard = await self._listen(window, few, candidates)
        languages = likeliest_languages(few, heard, expected, habit)
        if len({*languages, expected} - {None}) > 1 and len(few) < len(window.speech):
            few = list(window.speech)
            heard = await self._listen(window, few, candidates)
            languages = likeliest_languages(few, heard, expected, habit)
        if not few:
            return (), habit
        return spans(window, few, heard, languages), habit.after(languages, expected)

    async def _listen(
        self, window: SpeechWindow, speech: Sequence[SpeechSegment], candidates: tuple[str, ...]
    ) -> list[tuple[LanguageGuess, ...]]:
        parts = (window.part(segment.start, segment.end) for segment in speech)
        answers = await asyncio.gather(*(self.identify(part, candidates) for part in parts))
        return [answer.guesses for answer in answers]

    @serve.batch
    async def _identify_batch(self, items: list[LanguageIdItem]) -> list[tuple[LanguageGuess, ...]]:
        async with self._gate.running():
            return await asyncio.to_thread(self._identifier.identify, items)
