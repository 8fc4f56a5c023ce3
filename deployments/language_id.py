"""Stage 2: which language is spoken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from typing import Any

from ray import serve

from deployments.backlog import backlog_of
from deployments.batch_gate import BatchGate, padded
from deployments.health import check_not_hung
from deployments.listening import listened_window
from deployments.stored_audio import ListenedWindow, StoredWindow, at_hand
from sentivox.models.base import EncodedSound, LanguageIdentifier, Listened
from sentivox.models.language_id import decide, told_stretches
from sentivox.models.language_spans import Stretch
from sentivox.models.loading import load_language_identifier
from sentivox.settings import MOST_WORKERS, LanguageIdSettings
from sentivox.types import LanguageDetection, LanguageGuess, Priority, SpeechWindow


@dataclass(frozen=True, slots=True, eq=False)
class _Queued:
    window: SpeechWindow
    padded_seconds: float


def _padded_seconds(batch: list[_Queued]) -> int:
    return round(padded([queued.padded_seconds for queued in batch]))


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
        self._gate.most = self._gate.most_live = settings.max_batch_seconds
        self._gate.at_once = settings.workers
        self._identify_batch.set_max_batch_size(settings.max_batch_seconds)
        self._identify_batch.set_batch_wait_timeout_s(settings.batch_wait_s)
        self._listen_batch.set_max_batch_size(settings.max_batch_seconds)
        self._listen_batch.set_batch_wait_timeout_s(settings.batch_wait_s)

    def check_health(self) -> None:
        check_not_hung(self._gate.busy_seconds())

    def record_autoscaling_stats(self) -> dict[str, float]:
        """For `BacklogPolicy`."""
        return backlog_of(self._gate)

    async def identify(
        self,
        window: SpeechWindow,
        candidates: tuple[str, ...] = (),
        priority: Priority = Priority.FINAL,
        expected: str | None = None,
    ) -> LanguageDetection:
        """The language of live speech among `candidates`, or among all when there are none.

        `expected` is the one that was heard before. The first impression will do.
        """
        queued = self._queued(window, priority)
        async with self._gate.turn(priority, queued.padded_seconds):
            guesses = await self._identify_batch(queued)
        return decide(guesses, candidates, self._min_confidence, expected)

    async def listen(
        self, window: StoredWindow, candidates: tuple[str, ...] = ()
    ) -> AsyncGenerator[EncodedSound | ListenedWindow]:
        """As `hear`, what it is heard as by itself, and first."""
        heard = await self.hear(await at_hand(window), candidates)
        if isinstance(heard.sound, EncodedSound):
            yield heard.sound
        yield replace(heard, sound=None)

    async def hear(self, window: SpeechWindow, candidates: tuple[str, ...] = ()) -> ListenedWindow:
        """The language of an uploaded window and of each of its stretches of speech, and what it is
        heard as, if that's to be handed on.
        """
        heard = await self._listen(window)
        return listened_window(window, heard, candidates, self._min_confidence)

    async def stretches(
        self, window: StoredWindow, candidates: tuple[str, ...] = ()
    ) -> tuple[Stretch, ...]:
        """What each stretch of an uploaded window's speech is heard as when it is heard alone, in
        order of time.
        """
        window = await at_hand(window)
        parts = [window.part(speech.start, speech.end) for speech in window.speech]
        heard = await asyncio.gather(*(self._listen(part) for part in parts))
        guesses = [each.guesses for each in heard]
        return told_stretches(window, guesses, candidates, self._min_confidence)

    async def _listen(self, window: SpeechWindow) -> Listened:
        queued = self._queued(window, Priority.UPLOAD)
        async with self._gate.turn(Priority.UPLOAD, queued.padded_seconds):
            return await self._listen_batch(queued)

    def _queued(self, window: SpeechWindow, priority: Priority) -> _Queued:
        return _Queued(window, self._identifier.padded_seconds(window.seconds, priority))

    # The gate says how many batches there are at once.
    @serve.batch(batch_size_fn=_padded_seconds, max_concurrent_batches=MOST_WORKERS)
    async def _identify_batch(self, batch: list[_Queued]) -> list[tuple[LanguageGuess, ...]]:
        return await self._gate.run(self._identifier.identify, [queued.window for queued in batch])

    @serve.batch(batch_size_fn=_padded_seconds, max_concurrent_batches=MOST_WORKERS)
    async def _listen_batch(self, batch: list[_Queued]) -> list[Listened]:
        return await self._gate.run(self._identifier.listen, [queued.window for queued in batch])
