"""Stage 3: what is said, one deployment of this class for each language family."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ray import serve
from ray.serve.metrics import Histogram

from deployments.backlog import backlog_of
from deployments.batch_gate import BatchGate, padded
from deployments.health import check_not_hung
from deployments.listening import Ear, HeardInOneCall
from deployments.recognizers import Recognizers
from deployments.stored_audio import StoredWindow, at_hand
from sentivox.errors import SpeechError
from sentivox.models.base import EncodedSound, RecognitionItem, Recognizer
from sentivox.models.isolation import answers_apart
from sentivox.models.loading import load_recognizer
from sentivox.settings import MOST_WORKERS, RecognitionSettings
from sentivox.types import Recognition, RecognitionOptions

Answer = Recognition | SpeechError


@dataclass(frozen=True, slots=True, eq=False)
class _QueuedItem:
    item: RecognitionItem
    recognizer: Recognizer
    padded_seconds: float
    answer: asyncio.Future[Answer]


def _padded_seconds(batch: list[_QueuedItem]) -> int:
    return round(padded([queued.padded_seconds for queued in batch]))


def _unhurried(item: RecognitionItem) -> RecognitionItem:
    return replace(item, options=replace(item.options, unhurried=True))


def _settle(future: asyncio.Future[Answer], answer: Answer) -> None:
    if not future.done():
        future.set_result(answer)


def _transcribe(
    recognizers: Sequence[Recognizer],
    items: Sequence[RecognitionItem],
    tell: Callable[[int, Answer], None],
) -> None:
    """Each by its own recogniser, those of one recogniser together; `tell` is called with the
    number and the answer of each as soon as it's known.
    """
    rows: dict[Recognizer, list[int]] = defaultdict(list)
    for row, recognizer in enumerate(recognizers):
        rows[recognizer].append(row)
    for recognizer, some in rows.items():
        for number, answer in answers_apart(recognizer, [items[row] for row in some]):
            tell(some[number], answer)


@serve.deployment(name="asr", user_config={})
class SpeechRecognition:
    _settings: RecognitionSettings | None = None
    _ear: Ear | None = None

    def __init__(self, family: str, adapters: int = 0) -> None:
        """`adapters`: how many languages are kept ready, where each has an adapter of its own."""
        self.family = family
        self._recognizers = Recognizers(adapters)
        self._gate = BatchGate()
        self._windows_per_batch = Histogram(
            "sentivox_windows_per_batch",
            description="Windows recognised together; Serve's own batch size counts seconds here.",
            boundaries=[1, 2, 4, 8, 16, 32, 64],
        )

    async def reconfigure(self, user_config: dict[str, Any]) -> None:
        settings = RecognitionSettings.model_validate(user_config)
        if settings != self._settings:
            await self._recognizers.use(await asyncio.to_thread(load_recognizer, settings))
            self._ear = await asyncio.to_thread(Ear, settings.ear) if settings.ear else None
        self._settings = settings
        self._gate.most = settings.max_batch_seconds
        self._gate.most_live = settings.max_live_batch_seconds
        self._gate.at_once = settings.workers
        self._transcribe_batch.set_max_batch_size(settings.max_batch_seconds)
        self._transcribe_batch.set_batch_wait_timeout_s(settings.batch_wait_s)

    def check_health(self) -> None:
        check_not_hung(self._gate.busy_seconds())

    def record_autoscaling_stats(self) -> dict[str, float]:
        """For `BacklogPolicy`."""
        return backlog_of(self._gate)

    async def transcribe(
        self,
        window: StoredWindow,
        options: RecognitionOptions,
        sound: EncodedSound | None = None,
    ) -> Recognition:
        """Raises SpeechError when this window can't be recognised. `sound` is what the whole
        window was heard as when its language was told.
        """
        window = await at_hand(window)
        if options.part:
            window = window.part(*options.part)
        recognizer = await self._recognizers.of(options.language)
        padded_seconds = recognizer.padded_seconds(window.seconds, options.priority)
        queued = _QueuedItem(
            RecognitionItem(window, options, sound),
            recognizer,
            padded_seconds,
            asyncio.get_running_loop().create_future(),
        )
        async with self._gate.turn(options.priority, padded_seconds, among=options.among):
            answer = await self._answer(queued)
        if isinstance(answer, SpeechError):
            raise answer
        return answer

    async def hear_and_transcribe(
        self,
        window: StoredWindow,
        options: RecognitionOptions,
        candidates: tuple[str, ...],
        second: bool,
    ) -> HeardInOneCall | None:
        """For whoever comes alone: in the language that it's heard as, among `candidates` or among
        all, and perhaps in the `second` likeliest. None where there is no ear here, or somebody
        else, such as live speech. Raises SpeechError as `transcribe` does.
        """
        _, others = self._gate.backlog()
        if self._ear is None or others:
            return None
        window = await at_hand(window)
        recognizer = await self._recognizers.of(options.language)
        padded_seconds = recognizer.padded_seconds(window.seconds, options.priority)
        async with self._gate.turn(options.priority, padded_seconds):
            self._windows_per_batch.observe(1)
            return await self._gate.run(
                self._ear.hear_and_transcribe, recognizer, window, options, candidates, second
            )

    async def _answer(self, queued: _QueuedItem) -> Answer:
        """While others of its batch are heard again, perhaps."""
        batch = asyncio.ensure_future(self._transcribe_batch(queued))
        try:
            await asyncio.wait((batch, queued.answer), return_when=asyncio.FIRST_COMPLETED)
            if not queued.answer.done():
                await batch
            return await queued.answer
        finally:
            batch.cancel()

    # The gate says how many batches there are at once.
    @serve.batch(batch_size_fn=_padded_seconds, max_concurrent_batches=MOST_WORKERS)
    async def _transcribe_batch(self, batch: list[_QueuedItem]) -> list[None]:
        self._windows_per_batch.observe(len(batch))
        items = [queued.item for queued in batch]
        if self._gate.is_quiet():
            items = [_unhurried(item) for item in items]
        loop = asyncio.get_running_loop()

        def tell(number: int, answer: Answer) -> None:
            loop.call_soon_threadsafe(_settle, batch[number].answer, answer)

        await self._gate.run(_transcribe, [queued.recognizer for queued in batch], items, tell)
        return [None for _ in batch]
