"""Whisper as a recogniser, over any backend.

A window is encoded with little more context than its own length first, since the cost of encoding
grows with it. Doubtful text is decoded again by the passes of `fallback`, and missed speech gets
passes of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sentivox.engines.isolation import in_order, transcribe_isolated
from sentivox.engines.protocols import RecognitionItem
from sentivox.engines.refusals import refusal
from sentivox.engines.whisper.engine import WhisperEngine
from sentivox.engines.whisper.fallback_decoder import DecodedWindow, FallbackDecoder, in_language
from sentivox.engines.whisper.features import FRAMES_PER_SECOND
from sentivox.engines.whisper.hypothesis import Hypothesis
from sentivox.engines.whisper.missed_speech import (
    MissedSpeech,
    find_missed_speech,
    with_missed_speech,
)
from sentivox.engines.whisper.quality import QualityCheck
from sentivox.engines.whisper.repetition import first_round, repeating
from sentivox.engines.whisper.tokenizer import TimedTokens, WhisperTokenizer
from sentivox.engines.whisper.word_alignment import AlignedSegment
from sentivox.engines.whisper.word_times import separated, settled
from sentivox.errors import SpeechError
from sentivox.settings import RecognitionSettings
from sentivox.transcript.known_words import words_after
from sentivox.types import (
    Priority,
    Recognition,
    SuppressedSegment,
    SuppressionReason,
    TranscribedSegment,
    Word,
)


@dataclass(frozen=True, slots=True)
class _Incomplete:
    """A result with missed speech."""

    index: int
    item: RecognitionItem
    result: Recognition
    missed: Sequence[MissedSpeech]


class WhisperRecognizer:
    """An `AsCompletedRecognizer`."""

    def __init__(
        self, engine: WhisperEngine, tokenizer: WhisperTokenizer, settings: RecognitionSettings
    ) -> None:
        self._tokenizer = tokenizer
        self._settings = settings
        self._decoder = FallbackDecoder(engine, tokenizer, settings)
        self._quality = QualityCheck(settings)

    def padded_seconds(self, item: RecognitionItem) -> float:
        """See Recognizer: the context of the first pass."""
        return self._decoder.ladder.padded_seconds(item)

    def transcribe(self, items: Sequence[RecognitionItem]) -> list[Recognition | SpeechError]:
        """See Recognizer. A language or task that the weights weren't trained on is an error."""
        return in_order(self.transcribe_as_completed(items))

    def transcribe_as_completed(
        self, items: Sequence[RecognitionItem]
    ) -> Iterator[tuple[int, Recognition | SpeechError]]:
        """See AsCompletedRecognizer."""
        accepted: dict[int, RecognitionItem] = {}
        for index, item in enumerate(items):
            knows = self._tokenizer.knows(item.options.language)
            translates = self._settings.translates
            if error := refusal(item.options, has_language=knows, translates=translates):
                yield index, error
            else:
                accepted[index] = self._without_context(self._with_known_alternative(item))
        incomplete: list[_Incomplete] = []
        for index, window in self._decoder.decode(accepted):
            item = in_language(accepted[index], window.language)
            result = self._recognition(item, window)
            continues = self._tokenizer.continues(window.best.decoded.ids)
            if missed := find_missed_speech(item, result, continues=continues):
                incomplete.append(_Incomplete(index, item, result, missed))
            else:
                yield index, _in_order(result)
        if incomplete:
            yield from self._completed(incomplete)

    def _completed(
        self, incomplete: Sequence[_Incomplete]
    ) -> Iterator[tuple[int, Recognition | SpeechError]]:
        """Decodes missed speech and adds its text."""
        items = [
            RecognitionItem(window, each.item.options)
            for each in incomplete
            for missed in each.missed
            for window in missed.windows
        ]
        results = iter(in_order(transcribe_isolated(self, items)))
        for each in incomplete:
            found = [(missed, [next(results) for _ in missed.windows]) for missed in each.missed]
            yield each.index, _in_order(with_missed_speech(each.result, found))

    def _with_known_alternative(self, item: RecognitionItem) -> RecognitionItem:
        alternative = item.options.alternative_language
        if alternative is None or self._tokenizer.knows(alternative):
            return item
        return replace(item, options=replace(item.options, alternative_language=None))

    def _without_context(self, item: RecognitionItem) -> RecognitionItem:
        """The item, without the turn before if VAD confidence is low.

        The text of that turn makes any words more probable.
        """
        window, options = item.window, item.options
        if not options.returned_tokens or not self._decoder.is_low_vad(item):
            return item
        alone = window.part(options.returned_until, window.start + window.seconds)
        return RecognitionItem(
            alone, replace(options, prefix=(), returned_tokens=0, returned_until=0.0)
        )

    def _suppression_reason(
        self, item: RecognitionItem, window: DecodedWindow
    ) -> SuppressionReason | None:
        interim = item.options.priority is Priority.INTERIM
        if reason := self._quality.suppression_reason(window.best, interim):
            return reason
        if not self._decoder.is_low_vad(item):
            return None
        # Interim text has one pass only, and VAD may be surer of the next one's speech.
        reason = self._quality.low_vad_suppression_reason(
            window.first_passes, item.window.vad_confidence
        )
        return reason or ("low_probability" if interim else None)

    def _recognition(self, item: RecognitionItem, window: DecodedWindow) -> Recognition:
        start, hypothesis = item.window.start, window.best
        reason = self._suppression_reason(item, window)
        if reason == "repetition" and (kept := self._first_rounds(item, hypothesis)):
            return kept
        if reason:
            begin, end = max(start, item.options.returned_until), start + item.window.seconds
            ids = hypothesis.decoded.ids[item.options.returned_tokens :]
            text = self._tokenizer.text(ids).strip()
            return Recognition((), (SuppressedSegment(begin, end, text, reason),) if text else ())
        return Recognition(
            tuple(
                self._segment(item, hypothesis, segment, aligned)
                for segment, aligned in self._new_segments(item, hypothesis)
            )
        )

    def _first_rounds(self, item: RecognitionItem, hypothesis: Hypothesis) -> Recognition | None:
        """The text of a file without what only repeats itself; None where nothing else is left."""
        if item.options.priority is not Priority.UPLOAD:
            return None
        repeats = repeating(hypothesis.segments)
        segments, suppressed, once = [], [], ""
        for (segment, aligned), repeated, said in zip(
            self._new_segments(item, hypothesis), repeats, hypothesis.said_again, strict=True
        ):
            ids = () if repeated and not said else tuple(first_round(segment.ids))
            if ids:
                words = aligned.words[: len(self._tokenizer.words(ids, item.options.language))]
                shorter = AlignedSegment(words, aligned.token_logprobs[: len(ids)])
                segments.append(self._segment(item, hypothesis, replace(segment, ids=ids), shorter))
                once += "" if said else segments[-1].text
            if rest := self._tokenizer.text(segment.ids[len(ids) :]).strip():
                start, end = item.window.start + segment.start, item.window.start + segment.end
                suppressed.append(SuppressedSegment(start, end, rest, "repetition"))
        if not segments or self._quality.is_repetitive(once):
            return None
        return Recognition(tuple(segments), tuple(suppressed))

    def _segment(
        self,
        item: RecognitionItem,
        hypothesis: Hypothesis,
        segment: TimedTokens,
        aligned: AlignedSegment,
    ) -> TranscribedSegment:
        offset, options = item.window.start, item.options
        start, end = offset + segment.start, offset + segment.end
        return TranscribedSegment(
            start=round(item.window.speech_from(start, end), 2),
            end=round(end, 2),
            text=self._tokenizer.text(segment.ids),
            language=options.language,
            tokens=segment.ids,
            token_logprobs=aligned.token_logprobs,
            token_bytes=self._tokenizer.token_bytes(segment.ids) if options.logprobs else (),
            temperature=hypothesis.temperature,
            avg_logprob=hypothesis.decoded.avg_logprob,
            compression_ratio=hypothesis.compression_ratio,
            no_speech_prob=hypothesis.decoded.no_speech_prob,
            seek=int(offset * FRAMES_PER_SECOND),
            words=tuple(settled(aligned.words, start, end, item.window)),
        )

    def _new_segments(
        self, item: RecognitionItem, hypothesis: Hypothesis
    ) -> Iterator[tuple[TimedTokens, AlignedSegment]]:
        """Segments and their words, without tokens that belong to an earlier window."""
        returned = item.options.returned_tokens
        begin = item.options.returned_until - item.window.start
        for segment, aligned in zip(hypothesis.segments, hypothesis.align(), strict=True):
            old, ids = segment.ids[:returned], segment.ids[returned:]
            returned -= len(old)
            if not old:
                yield segment, aligned
            elif ids:
                words = words_after(aligned.words, len(old), self._tokenizer.text(old))
                words = tuple(_not_before(word, item.options.returned_until) for word in words)
                logprobs = aligned.token_logprobs[len(old) :]
                yield (
                    TimedTokens(begin, max(begin, segment.end), ids),
                    AlignedSegment(words, logprobs),
                )


def _in_order(result: Recognition) -> Recognition:
    return replace(result, segments=separated(result.segments))


def _not_before(word: Word, start: float) -> Word:
    return replace(word, start=round(max(word.start, start), 2), end=round(max(word.end, start), 2))
