"""One stretch of a turn, as far as it is understood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sentivox.pipeline.live_requests import LiveRequest, LiveResult
from sentivox.settings import StreamingSettings
from sentivox.streaming.stability import agreed, attended
from sentivox.transcript.known_words import words_after
from sentivox.types import WINDOW_SECONDS, Recognition, Word

SURE_S = WINDOW_SECONDS * 2 / 3 - 1
"""Speech without a pause is cut somewhere in the last third of a window: words from there belong to
the next one, and must not have been given out before.
"""


@dataclass(slots=True)
class LiveWindow:
    """At most half a minute of speech. It grows until `end` is known, and is done when its final
    hearing is in.
    """

    index: int
    start: float
    end: float | None = None
    asked: LiveRequest | None = None
    """The latest request; answers to earlier ones decide nothing."""
    asked_voice_until: float = 0.0
    """Where its voice ended when it was asked for."""
    waiting: bool = False
    """Whether `asked` hasn't been answered."""
    final: LiveResult | None = None
    """The hearing that stands unless the speaker goes on."""
    done: bool = False
    voice: float = 1.0
    """How sure it is so far that somebody speaks; see SpeechSegment."""
    kept: list[Word] = field(default_factory=list)
    """Words that have been given out."""
    _before: tuple[Word, ...] = ()
    """The hypothesis before this one, without the words kept since."""
    _since: tuple[float, ...] = ()
    """Up to where the audio was heard when each of those words first came, unchanged since."""

    @property
    def prefix(self) -> tuple[int, ...]:
        return tuple(token for word in self.kept for token in word.tokens)

    @property
    def guess(self) -> tuple[int, ...]:
        return tuple(token for word in self._before for token in word.tokens)

    @property
    def text(self) -> str:
        return "".join(word.word for word in self.kept)

    def ask(self, request: LiveRequest, voice_until: float) -> None:
        self.asked = request
        self.asked_voice_until = voice_until
        self.waiting = True
        self.final = None

    def heard_until(self, voice_until: float) -> bool:
        """Whether a final hearing of all voice so far is there, or on its way."""
        return (
            self.asked is not None
            and self.asked.final
            and (self.waiting or self.final is not None)
            and self.asked_voice_until >= voice_until
        )

    def draft(
        self, heard: Recognition, audio_end: float, settled: bool, settings: StreamingSettings
    ) -> tuple[str, str]:
        """Text that stays from now on, and text that may still change.

        Nothing stays while the language isn't `settled`, nor where a cut may come.
        """
        found = self._after(heard)
        same = agreed(self._before, found)
        since = self._since[:same]
        match settings.stability:
            case "agreement":
                long_ago = audio_end - settings.agreement_s
                count = sum(first <= long_ago for first in since)
            case "attention":
                count = attended(found, audio_end, settings.attention_guard_s)
        if not settled or audio_end - self.start > SURE_S:
            count = 0
        self.kept += found[:count]
        self._before = found[count:]
        self._since = (*since, *(audio_end for _ in found[same:]))[count:]
        return _text(found[:count]), _text(found[count:])

    def finish(self, heard: Recognition) -> str:
        """All the text that is still missing. The audio isn't needed any longer."""
        self.done = True
        self.asked = self.final = None
        rest = self._after(heard)
        self.kept += rest
        return _text(rest)

    def _after(self, heard: Recognition) -> tuple[Word, ...]:
        words = [word for segment in heard.segments for word in segment.words]
        return words_after(words, len(self.prefix), self.text)


def _text(words: Sequence[Word]) -> str:
    return "".join(word.word for word in words)
