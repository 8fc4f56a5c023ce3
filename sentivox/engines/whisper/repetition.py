"""Text that comes again: sentences that a speaker says again, and repetition loops."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from sentivox.engines.whisper.tokenizer import TimedTokens
from sentivox.types import SpeechWindow

LOOP_TOKENS = 12
"""Three rounds of the same tokens are a loop from this many tokens on: a speaker may well say "no,
no, no"."""
MAX_ROUND_TOKENS = 64
"""Longest round that is looked for."""
MIN_TAIL_TOKENS = 4
"""Fewer repeated tokens at the end of a text don't count."""
MAX_REPEATS = 3
"""Most times in a row that a sentence is believed from one decoding pass."""
SAME_SENTENCE = 0.8
"""Share of tokens that two sentences have in common for one to repeat the other."""
CYCLE = 6
"""A sentence is compared with so many different ones before it: announcements come in turns."""
FASTEST_SPEECH = 10.0
"""Tokens per second: no one speaks faster, not even in languages with many tokens per word."""
OWN_SPEECH = 0.5
"""Share of a sentence's time that VAD finds to be speech, for it to be said again."""


def is_repetition_loop(ids: Sequence[int]) -> bool:
    """Whether the sequence ends with three rounds of the same tokens."""
    return any(
        ids[-span:] == ids[-2 * span : -span] == ids[-3 * span : -2 * span]
        for span in range(LOOP_TOKENS // 3, min(MAX_ROUND_TOKENS, len(ids) // 3) + 1)
    )


def first_round(ids: Sequence[int]) -> Sequence[int]:
    """The tokens up to the end of the first of several rounds that end the sequence; all tokens
    where it doesn't end in a repetition loop.
    """
    if not is_repetition_loop(ids):
        return ids
    return ids[: len(ids) - repeated_tail(ids)] or ids


def repeated_tail(ids: Sequence[int]) -> int:
    """Number of last tokens that only repeat the tokens before them."""
    for span in range(1, min(MAX_ROUND_TOKENS, len(ids) - MIN_TAIL_TOKENS) + 1):
        repeated = 0
        while repeated + span < len(ids) and ids[-1 - repeated] == ids[-1 - repeated - span]:
            repeated += 1
        if repeated >= max(MIN_TAIL_TOKENS, span // 2):
            return repeated
    return 0


def without_repeats(segments: Sequence[TimedTokens]) -> list[TimedTokens]:
    """The segments without those that repeat the segment before them, each with its own time.

    Speakers repeat a sentence once or twice. A loop repeats it more often, or in no time.
    """
    kept: list[TimedTokens] = []
    times = 1
    for segment in segments:
        repeats = bool(kept) and _same_sentence(kept[-1], segment)
        times = times + 1 if repeats else 1
        if not repeats or times > MAX_REPEATS or not _has_time(segment):
            kept.append(segment)
    return kept


def said_again(
    segments: Sequence[TimedTokens], repeats: Sequence[bool], window: SpeechWindow
) -> list[bool]:
    """Whether each segment repeats one before it and has time and speech of its own; `repeats` is
    the result of `repeating`.
    """
    return [
        again and _has_time(segment) and _has_speech(segment, window)
        for segment, again in zip(segments, repeats, strict=True)
    ]


def has_loop(
    segments: Sequence[TimedTokens], repeats: Sequence[bool], again: Sequence[bool]
) -> bool:
    """Whether any segment is a repetition loop: it repeats another one without being said again,
    ends in rounds of the same tokens, or has more tokens than can be spoken in its time.

    `repeats` and `again` are the results of `repeating` and `said_again`.
    """
    return any(
        (repeated and not said) or is_repetition_loop(segment.ids) or not _has_time(segment)
        for segment, repeated, said in zip(segments, repeats, again, strict=True)
    )


def repeating(segments: Sequence[TimedTokens]) -> list[bool]:
    """Whether each segment repeats one of the CYCLE different ones before it."""
    different: list[TimedTokens] = []
    found = []
    for segment in segments:
        repeats = any(_same_sentence(each, segment) for each in different[-CYCLE:])
        found.append(repeats)
        if not repeats:
            different.append(segment)
    return found


def _same_sentence(first: TimedTokens, second: TimedTokens) -> bool:
    ratio = SequenceMatcher(None, first.ids, second.ids, autojunk=False).ratio()
    return ratio >= SAME_SENTENCE


def _has_time(segment: TimedTokens) -> bool:
    return len(segment.ids) <= FASTEST_SPEECH * (segment.end - segment.start)


def _has_speech(segment: TimedTokens, window: SpeechWindow) -> bool:
    """True where voice activity detection didn't run."""
    start, end = window.start + segment.start, window.start + segment.end
    spoken = sum(max(0.0, min(each.end, end) - max(each.start, start)) for each in window.speech)
    return not window.speech or spoken >= OWN_SPEECH * (end - start)
