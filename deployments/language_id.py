"""Stage 2: which language is spoken."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from ray import serve

from deployments.batch_gate import BatchGate
from deployments.health import check_not_hung
from sentivox.models.base import LanguageIdentifier, LanguageIdItem
from sentivox.models.language_id import ENOUGH_SPEECH_S, decide
from sentivox.models.language_spans import Guesses, Habit, likeliest_languages, probes, spans
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
        guesses = await self._guesses(window, priority)
        speech_s = window.speech_s if priority is Priority.UPLOAD else ENOUGH_SPEECH_S
        return decide(guesses, candidates, self._min_confidence, expected, speech_s)

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
        if not window.speech:
            return (), habit
        heard = await self._listen(window, probes(len(window.speech)), candidates)
        languages = likeliest_languages(*_in_order(window, heard), expected, habit)
        if len({*languages, expected} - {None}) > 1:
            others = [index for index in range(len(window.speech)) if index not in heard]
            heard |= await self._listen(window, others, candidates)
            languages = likeliest_languages(*_in_order(window, heard), expected, habit)
        found = spans(window, *_in_order(window, heard), languages)
        return found, habit.after(languages, expected)

    async def _listen(
        self, window: SpeechWindow, indexes: Sequence[int], candidates: tuple[str, ...]
    ) -> dict[int, Guesses]:
        """What those of the window's stretches of speech are heard as."""
        speech = (window.speech[index] for index in indexes)
        parts = (window.part(segment.start, segment.end) for segment in speech)
        heard = await asyncio.gather(*(self._guesses(part, Priority.UPLOAD) for part in parts))
        return {
            index: decide(guesses, candidates, self._min_confidence).guesses
            for index, guesses in zip(indexes, heard, strict=True)
        }

    async def _guesses(self, window: SpeechWindow, priority: Priority) -> Guesses:
        item = LanguageIdItem(window, thorough=priority is Priority.UPLOAD)
        async with self._gate.turn(priority):
            return await self._identify_batch(item)

    @serve.batch
    async def _identify_batch(self, items: list[LanguageIdItem]) -> list[tuple[LanguageGuess, ...]]:
        async with self._gate.running():
            return await asyncio.to_thread(self._identifier.identify, items)


def _in_order(
    window: SpeechWindow, heard: Mapping[int, Guesses]
) -> tuple[list[SpeechSegment], list[Guesses]]:
    """The stretches of speech that were listened to, and what each was heard as."""
    listened = sorted(heard)
    return [window.speech[index] for index in listened], [heard[index] for index in listened]
