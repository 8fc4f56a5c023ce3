"""One window of a turn: its latest request, its hypothesis and its stable words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sentivox.pipeline.live_requests import LiveRequest, LiveResult
from sentivox.streaming.stability import local_agreement
from sentivox.transcript.known_words import words_after
from sentivox.types import WINDOW_SECONDS, Recognition, Word

EARLIEST_CUT_S = WINDOW_SECONDS * 2 / 3 - 1
"""Words of a longer window aren't stable. Speech without a pause is cut in the last third of a
window, and words after the cut belong to the next window.
"""


@dataclass(slots=True)
class LiveWindow:
    """At most WINDOW_SECONDS of speech. A window grows until `end` is known; it is done when its
    final text is known too. Times are in seconds of the session.
    """

    index: int
    """Position among the windows of the turn."""
    start: float
    end: float | None = None
    """None while the window grows."""
    request: LiveRequest | None = None
    """The latest request; results of earlier ones are ignored."""
    requested_speech_end: float = 0.0
    """End of the latest speech in the window when `request` was made."""
    awaiting_result: bool = False
    """Whether the result of `request` is still to come."""
    final_result: LiveResult | None = None
    """The result of `request` if it was a final one: valid unless more speech follows."""
    done: bool = False
    vad_confidence: float = 1.0
    """Mean speech probability of the window so far, in [0, 1]."""
    stable_words: list[Word] = field(default_factory=list)
    """Words that were sent to the client."""
    _interim_words: tuple[Word, ...] = ()
    """The latest hypothesis without its stable words."""
    _agreed_since: tuple[float, ...] = ()
    """For each of `_interim_words`, the end of the audio of the first hypothesis that had it."""

    @property
    def prefix(self) -> tuple[int, ...]:
        """Tokens of the stable words."""
        return tuple(token for word in self.stable_words for token in word.tokens)

    @property
    def draft_tokens(self) -> tuple[int, ...]:
        """Tokens that probably follow the stable words."""
        return tuple(token for word in self._interim_words for token in word.tokens)

    @property
    def text(self) -> str:
        """Text of the stable words."""
        return "".join(word.word for word in self.stable_words)

    def start_request(self, request: LiveRequest, speech_end: float) -> None:
        """Replace the latest request and its result."""
        self.request = request
        self.requested_speech_end = speech_end
        self.awaiting_result = True
        self.final_result = None

    def has_final_until(self, speech_end: float) -> bool:
        """Whether all speech up to `speech_end` is in a final result, known or requested."""
        return (
            self.request is not None
            and self.request.final
            and (self.awaiting_result or self.final_result is not None)
            and self.requested_speech_end >= speech_end
        )

    def add_interim(
        self,
        recognition: Recognition,
        audio_end: float,
        *,
        agreement_s: float,
        language_fixed: bool,
    ) -> tuple[str, str]:
        """New stable text and the interim text behind it, from a hypothesis for the audio up to
        `audio_end`.

        A word is stable once hypotheses have agreed on it for `agreement_s`. No word becomes stable
        before the language of the turn is fixed, or in a window longer than EARLIEST_CUT_S.
        """
        words = self._words_after_stable(recognition)
        agreed = local_agreement(self._interim_words, words)
        since = self._agreed_since[:agreed]
        count = sum(first <= audio_end - agreement_s for first in since)
        if not language_fixed or audio_end - self.start > EARLIEST_CUT_S:
            count = 0
        self.stable_words += words[:count]
        self._interim_words = words[count:]
        self._agreed_since = (*since, *(audio_end for _ in words[agreed:]))[count:]
        return _text(words[:count]), _text(words[count:])

    def add_final(self, recognition: Recognition) -> str:
        """The final text behind the stable words. Drops the audio held by the request."""
        self.done = True
        self.request = self.final_result = None
        words = self._words_after_stable(recognition)
        self.stable_words += words
        return _text(words)

    def _words_after_stable(self, recognition: Recognition) -> tuple[Word, ...]:
        words = [word for segment in recognition.segments for word in segment.words]
        return words_after(words, len(self.prefix), self.text)


def _text(words: Sequence[Word]) -> str:
    return "".join(word.word for word in words)
