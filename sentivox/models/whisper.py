"""Whisper as a recogniser, whichever engine runs its weights.

A window is first heard with little more context than its own length, since the encoder's cost
grows with it. Where the text then looks wrong, it's decoded again with Whisper's full 30 s, then
with a wider beam, and after that at rising temperatures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from sentivox.errors import InvalidRequest, SpeechError
from sentivox.known_words import words_after
from sentivox.models.base import RecognitionItem
from sentivox.models.whisper_attempts import Attempt, Attempts
from sentivox.models.whisper_features import FRAMES_PER_SECOND
from sentivox.models.whisper_hypothesis import Hypothesis, Judge
from sentivox.models.whisper_tokens import TimedTokens, WhisperTokens
from sentivox.models.whisper_unheard import Unheard, mended, unheard
from sentivox.models.whisper_words import AlignedSegment
from sentivox.settings import RecognitionSettings
from sentivox.types import (
    WINDOW_SECONDS,
    Priority,
    Recognition,
    SuppressedSegment,
    SuppressionReason,
    TranscribedSegment,
    Word,
)

HEARINGS_OF_WEAK = 2
"""Of a window with hardly a voice, before its text is believed."""


@dataclass(slots=True)
class Heard:
    """What one window was heard as."""

    best: Hypothesis
    language: str
    first: list[Hypothesis]
    """The first hearings, where hardly a voice is: they have to agree."""


@dataclass(frozen=True, slots=True)
class Partial:
    """An answer of which something was left out."""

    number: int
    item: RecognitionItem
    answer: Recognition
    places: Sequence[Unheard]


class WhisperEngine(Protocol):
    def mixes(self, attempt: Attempt) -> bool:
        """Whether windows of unlike context may be decoded together in this way."""

    def decode(
        self,
        items: Sequence[RecognitionItem],
        contexts: Sequence[float],
        attempt: Attempt,
    ) -> list[Hypothesis]:
        """One hypothesis an item, every window padded to its context, in seconds: all the same
        unless the engine mixes them. Drawn at random where the temperature isn't 0, and then the
        beam's size is 1.

        The tokens of earlier text are as many in every item's prompt, and either all of the items
        are live speech or none is.
        """


class WhisperRecognizer:
    def __init__(
        self, engine: WhisperEngine, tokens: WhisperTokens, settings: RecognitionSettings
    ) -> None:
        self._engine = engine
        self._tokens = tokens
        self._settings = settings
        self._attempts = Attempts(settings)
        self._judge = Judge(settings)

    def padded_seconds(self, seconds: float, priority: Priority) -> float:
        """How much audio a window of `seconds` costs once padded to its first context."""
        return self._attempts.padded_seconds(seconds, priority)

    def transcribe(self, items: Sequence[RecognitionItem]) -> list[Recognition | SpeechError]:
        """One answer an item, in order; a language or a task that the weights don't know is that
        item's error.
        """
        answers = dict(self.answers(items))
        return [answers[number] for number in range(len(items))]

    def answers(
        self, items: Sequence[RecognitionItem]
    ) -> Iterator[tuple[int, Recognition | SpeechError]]:
        """The same, each with its item's number, as soon as it needn't be heard again."""
        known: dict[int, RecognitionItem] = {}
        for number, item in enumerate(items):
            if refusal := self._refusal(item):
                yield number, refusal
            else:
                known[number] = self._by_itself(self._with_known_languages(item))
        partial: list[Partial] = []
        for number, heard in self._hear(known):
            item = _in_language(known[number], heard.language)
            answer = self._recognition(item, heard)
            if places := unheard(item, answer, begun=self._more_begins(heard)):
                partial.append(Partial(number, item, answer, places))
            else:
                yield number, answer
        yield from self._hear_unheard(partial)

    def _hear_unheard(
        self, partial: Sequence[Partial]
    ) -> Iterator[tuple[int, Recognition | SpeechError]]:
        """Puts what a hearing left out into its answer."""
        windows = [
            RecognitionItem(window, each.item.options)
            for each in partial
            for place in each.places
            for window in place.windows
        ]
        more = iter(self.transcribe(windows) if windows else ())
        for each in partial:
            found = [(place, [next(more) for _ in place.windows]) for place in each.places]
            yield each.number, mended(each.answer, found)

    def _with_known_languages(self, item: RecognitionItem) -> RecognitionItem:
        other = item.options.otherwise
        if other is None or self._tokens.knows(other):
            return item
        return replace(item, options=replace(item.options, otherwise=None))

    def _refusal(self, item: RecognitionItem) -> InvalidRequest | None:
        if not self._tokens.knows(item.options.language):
            return _unknown_language(item)
        if item.options.task == "translate" and not self._settings.translates:
            return _no_translator(item)
        return None

    def _hear(self, items: Mapping[int, RecognitionItem]) -> Iterator[tuple[int, Heard]]:
        """For each item the first hypothesis that looks right, or else the likeliest; of short and
        full context the likelier where the first is unsure. As soon as it's settled.
        """
        heard: dict[int, Heard] = {}
        doubtful = dict(items)
        number = 0
        while groups := list(self._decodable_together(doubtful, number)):
            for attempt, group, contexts in groups:
                found = self._engine.decode(list(group.values()), contexts, attempt)
                for index, hypothesis in zip(group, found, strict=True):
                    self._note(heard, index, hypothesis, number, group[index])
                for index, item in group.items():
                    if self._listens_again(item, heard[index], number):
                        doubtful[index] = _after(item, heard[index])
                    else:
                        del doubtful[index]
                        yield index, heard[index]
            number += 1
        yield from ((index, heard[index]) for index in doubtful)

    def _note(
        self,
        heard: dict[int, Heard],
        index: int,
        hypothesis: Hypothesis,
        number: int,
        item: RecognitionItem,
    ) -> None:
        language = item.options.language
        before = heard.setdefault(index, Heard(hypothesis, language, []))
        if self._judge.rank(hypothesis) > self._judge.rank(before.best):
            before.best, before.language = hypothesis, language
        if self._weak(item) and number < HEARINGS_OF_WEAK:
            before.first.append(hypothesis)

    def _weak(self, item: RecognitionItem) -> bool:
        """Whether hardly a voice is heard. What has been given out can't be taken back."""
        given_out = len(item.options.prefix) > item.options.answered
        return self._judge.weak(item.window.voice) and not given_out

    def _by_itself(self, item: RecognitionItem) -> RecognitionItem:
        """Where hardly a voice is, without what was said before: that makes any words likelier."""
        window, options = item.window, item.options
        if not options.answered or not self._weak(item):
            return item
        alone = window.part(options.answered_until, window.start + window.seconds)
        return RecognitionItem(alone, replace(options, prefix=(), answered=0, answered_until=0.0))

    def _listens_again(self, item: RecognitionItem, heard: Heard, number: int) -> bool:
        if self._weak(item):
            disbelief = self._judge.disbelief_of_weak(heard.first, item.window.voice)
            if number + 1 < HEARINGS_OF_WEAK:
                return disbelief != "no_speech"
            if disbelief:
                return False
        attempts = self._attempts.of(item, weak=self._weak(item))[number + 1 :]
        if not attempts:
            return False
        if attempts[0].other_language:
            return self._judge.other_language(heard.best)
        if attempts[0].for_loops:
            return self._judge.goes_in_circles(heard.best)
        return self._judge.doubtful(heard.best) or self._comparable(item, heard.best, number)

    def _comparable(self, item: RecognitionItem, best: Hypothesis, number: int) -> bool:
        """Whether short context was tried, and more of it may well do better. Live speech is in a
        hurry as a rule.
        """
        return (
            number == 0
            and item.options.priority is not Priority.UPLOAD
            and item.options.unhurried
            and best.decoded.avg_logprob < self._settings.compare_below
            and self.padded_seconds(item.window.seconds, item.options.priority) < WINDOW_SECONDS
        )

    def _decodable_together(
        self, items: Mapping[int, RecognitionItem], number: int
    ) -> Iterator[tuple[Attempt, dict[int, RecognitionItem], list[float]]]:
        """The items that have an attempt of that number, by attempt, context and length of earlier
        text, and the contexts. Live speech, of which there is little at a time, shares the longest.
        """
        groups: dict[tuple[Attempt, bool, float, int], dict[int, RecognitionItem]]
        groups = defaultdict(dict)
        contexts = {}
        for index, item in items.items():
            attempts = self._attempts.of(item, weak=self._weak(item))
            if number < len(attempts):
                attempt, live = attempts[number], item.options.priority is not Priority.UPLOAD
                if attempt.other_language and item.options.otherwise:
                    item = _in_language(item, item.options.otherwise)
                contexts[index] = self._attempts.context_s(item, attempt)
                mixed = self._engine.mixes(attempt) and not live
                key = (
                    attempt.of_any_sound() if mixed else attempt,
                    live,
                    0.0 if live or mixed else contexts[index],
                    len(self._tokens.earlier(item.options)),
                )
                groups[key][index] = item
        for (attempt, live, *_), group in groups.items():
            own = [contexts[index] for index in group]
            yield attempt, group, [max(own)] * len(own) if live else own

    def _more_begins(self, heard: Heard) -> bool:
        return self._tokens.goes_on(heard.best.decoded.ids)

    def _disbelief(self, item: RecognitionItem, heard: Heard) -> SuppressionReason | None:
        draft = item.options.priority is Priority.DRAFT
        if reason := self._judge.disbelief(heard.best, draft):
            return reason
        if not self._weak(item):
            return None
        # Nobody hears a draft twice, and the next one may be surer of the voice.
        disbelief = self._judge.disbelief_of_weak(heard.first, item.window.voice)
        return disbelief or ("unlikely" if draft else None)

    def _recognition(self, item: RecognitionItem, heard: Heard) -> Recognition:
        start, hypothesis = item.window.start, heard.best
        if reason := self._disbelief(item, heard):
            begin, end = max(start, item.options.answered_until), start + item.window.seconds
            text = self._tokens.text(hypothesis.decoded.ids[item.options.answered :]).strip()
            return Recognition((), (SuppressedSegment(begin, end, text, reason),) if text else ())
        return Recognition(
            tuple(
                TranscribedSegment(
                    start=round(start + segment.start, 2),
                    end=round(start + segment.end, 2),
                    text=self._tokens.text(segment.ids),
                    language=item.options.language,
                    tokens=segment.ids,
                    token_logprobs=aligned.token_logprobs,
                    token_bytes=self._tokens.spelled(segment.ids) if item.options.logprobs else (),
                    temperature=hypothesis.temperature,
                    avg_logprob=hypothesis.decoded.avg_logprob,
                    compression_ratio=hypothesis.compression_ratio,
                    no_speech_prob=hypothesis.decoded.no_speech_prob,
                    seek=int(start * FRAMES_PER_SECOND),
                    words=aligned.words,
                )
                for segment, aligned in self._new(item, hypothesis)
            )
        )

    def _new(
        self, item: RecognitionItem, hypothesis: Hypothesis
    ) -> Iterator[tuple[TimedTokens, AlignedSegment]]:
        """The segments and their words, without what was the answer to an earlier window."""
        answered = item.options.answered
        begin = item.options.answered_until - item.window.start
        for segment, aligned in zip(hypothesis.segments, hypothesis.align(), strict=True):
            old, ids = segment.ids[:answered], segment.ids[answered:]
            answered -= len(old)
            if not old:
                yield segment, aligned
            elif ids:
                words = words_after(aligned.words, len(old), self._tokens.text(old))
                words = tuple(_not_before(word, item.options.answered_until) for word in words)
                logprobs = aligned.token_logprobs[len(old) :]
                yield (
                    TimedTokens(begin, max(begin, segment.end), ids),
                    AlignedSegment(words, logprobs),
                )


def _not_before(word: Word, start: float) -> Word:
    return replace(word, start=round(max(word.start, start), 2), end=round(max(word.end, start), 2))


def _after(item: RecognitionItem, heard: Heard) -> RecognitionItem:
    """To be heard again: much of a text that looks wrong is right, and needn't be written anew."""
    best = heard.best
    guess = best.decoded.ids[len(item.options.prefix) :]
    options = replace(item.options, language=heard.language, guess=guess)
    return RecognitionItem(item.window, options, best.sound() if best.sound else item.sound)


def _in_language(item: RecognitionItem, language: str) -> RecognitionItem:
    return replace(item, options=replace(item.options, language=language))


def _unknown_language(item: RecognitionItem) -> InvalidRequest:
    return InvalidRequest(
        f"The model that serves '{item.options.language}' wasn't trained on that language.",
        "language",
    )


def _no_translator(item: RecognitionItem) -> InvalidRequest:
    return InvalidRequest(
        f"The model that serves '{item.options.language}' wasn't trained to translate; "
        "ask for a transcription instead."
    )
