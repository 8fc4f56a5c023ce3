"""Decoding of windows pass by pass, until the text of each is good enough."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sentivox.engines.protocols import RecognitionItem
from sentivox.engines.whisper.engine import WhisperEngine
from sentivox.engines.whisper.fallback import DecodingPass, FallbackLadder
from sentivox.engines.whisper.hypothesis import Hypothesis
from sentivox.engines.whisper.quality import QualityCheck
from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.settings import RecognitionSettings
from sentivox.types import WINDOW_SECONDS, Priority

LOW_VAD_PASSES = 2
"""Passes that have to agree before text is believed where VAD confidence is low."""


@dataclass(slots=True)
class DecodedWindow:
    """The best hypothesis of a window so far."""

    best: Hypothesis
    language: str
    """The language of `best`."""
    first_passes: list[Hypothesis]
    """The first passes over a window with low VAD confidence; empty for other windows."""
    confirmed: bool = False
    """Whether two passes agree on sentences that are said again and again."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Items that are decoded in one call to the engine."""

    decoding_pass: DecodingPass
    items: dict[int, RecognitionItem]
    contexts: list[float]


class FallbackDecoder:
    """Runs the fallback ladder over a batch of windows."""

    def __init__(
        self, engine: WhisperEngine, tokenizer: WhisperTokenizer, settings: RecognitionSettings
    ) -> None:
        self._engine = engine
        self._tokenizer = tokenizer
        self._settings = settings
        self._quality = QualityCheck(settings)
        self.ladder = FallbackLadder(settings)

    def decode(self, items: Mapping[int, RecognitionItem]) -> Iterator[tuple[int, DecodedWindow]]:
        """The best hypothesis of each item, by its key, as soon as no further pass is needed.

        That is the first one that isn't doubtful, or else the highest ranked.
        """
        found: dict[int, DecodedWindow] = {}
        doubtful = dict(items)
        number = 0
        while groups := list(self._groups(doubtful, number)):
            for group in groups:
                hypotheses = self._engine.decode(
                    list(group.items.values()), group.contexts, group.decoding_pass
                )
                for (index, item), hypothesis in zip(group.items.items(), hypotheses, strict=True):
                    first = DecodedWindow(hypothesis, item.options.language, [])
                    window = found.setdefault(index, first)
                    self._keep_better(window, item, hypothesis, number)
                    if self._needs_another_pass(item, window, number):
                        doubtful[index] = _for_next_pass(item, window, hypothesis)
                    else:
                        del doubtful[index]
                        yield index, window
            number += 1
        yield from ((index, found[index]) for index in doubtful)

    def is_low_vad(self, item: RecognitionItem) -> bool:
        """Whether VAD is unsure of the item's speech. Text that was sent can't be taken back."""
        sent = len(item.options.prefix) > item.options.returned_tokens
        return self._quality.is_low_vad(item.window.vad_confidence) and not sent

    def _groups(self, items: Mapping[int, RecognitionItem], number: int) -> Iterator[_Group]:
        """The items that have a pass of that number, grouped by what one call can decode: the same
        pass, context and number of prompt tokens.
        """
        groups: dict[tuple[DecodingPass, bool, float, int], dict[int, RecognitionItem]]
        groups = defaultdict(dict)
        contexts = {}
        for index, item in items.items():
            passes = self.ladder.passes(item, low_vad=self.is_low_vad(item))
            if number >= len(passes):
                continue
            decoding_pass, live = passes[number], item.options.priority is not Priority.UPLOAD
            if decoding_pass.alternative_language and item.options.alternative_language:
                item = in_language(item, item.options.alternative_language)
            contexts[index] = self.ladder.context_s(item, decoding_pass)
            mixed = self._engine.mixes_contexts
            search = decoding_pass.without_context() if mixed else decoding_pass
            context_s = 0.0 if mixed else contexts[index]
            prompt_tokens = len(self._tokenizer.previous_text(item.options))
            groups[search, live, context_s, prompt_tokens][index] = item
        for (decoding_pass, *_), group in groups.items():
            yield _Group(decoding_pass, group, [contexts[index] for index in group])

    def _keep_better(
        self, window: DecodedWindow, item: RecognitionItem, hypothesis: Hypothesis, number: int
    ) -> None:
        if number and self._quality.is_confirmed_repetition(window.best, hypothesis):
            window.confirmed = True
        if self._quality.rank(hypothesis) > self._quality.rank(window.best):
            window.best, window.language = hypothesis, item.options.language
        if self.is_low_vad(item) and number < LOW_VAD_PASSES:
            window.first_passes.append(hypothesis)

    def _needs_another_pass(
        self, item: RecognitionItem, window: DecodedWindow, number: int
    ) -> bool:
        low_vad = self.is_low_vad(item)
        if window.confirmed and not low_vad:
            return False
        if low_vad:
            reason = self._quality.low_vad_suppression_reason(
                window.first_passes, item.window.vad_confidence
            )
            if number + 1 < LOW_VAD_PASSES:
                return reason != "no_speech"
            if reason:
                return False
        following = self.ladder.passes(item, low_vad=low_vad)[number + 1 :]
        if not following:
            return False
        if following[0].alternative_language:
            return self._quality.may_be_alternative_language(window.best)
        if following[0].for_repetition:
            return self._quality.is_repetition_loop(window.best)
        return self._quality.is_doubtful(window.best) or self._needs_final_fallback(
            item, window.best, number
        )

    def _needs_final_fallback(self, item: RecognitionItem, best: Hypothesis, number: int) -> bool:
        """Whether a final text of moderate probability gets a pass with more context."""
        return (
            number == 0
            and item.options.priority is Priority.FINAL
            and best.decoded.avg_logprob < self._settings.final_log_prob_threshold
            and self.ladder.padded_seconds(item) < WINDOW_SECONDS
        )


def in_language(item: RecognitionItem, language: str) -> RecognitionItem:
    """The item with another language to recognise in."""
    return replace(item, options=replace(item.options, language=language))


def _for_next_pass(
    item: RecognitionItem, window: DecodedWindow, latest: Hypothesis
) -> RecognitionItem:
    """The best text so far becomes draft tokens: much of doubtful text is right. The `latest` pass
    has the encoder output that the next one needs: no pass has less context than the one before.
    """
    best = window.best
    options = replace(
        item.options,
        language=window.language,
        draft_tokens=best.decoded.ids[len(item.options.prefix) :],
    )
    output = latest.encoder_output() if latest.encoder_output else item.encoder_output
    return RecognitionItem(item.window, options, output)
