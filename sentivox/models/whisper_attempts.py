"""Which ways of decoding a window are tried, from the cheapest to the last resort."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sentivox.models.base import RecognitionItem
from sentivox.models.whisper_context import LIVE_STEP_S, context_of, upload_context
from sentivox.settings import RecognitionSettings
from sentivox.types import WINDOW_SECONDS, Priority


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way of decoding, from the cheapest to the last resort."""

    margin_s: float | None
    """Silence heard after the window's end; None fills Whisper's 30 s."""
    temperature: float
    beam_size: int
    hasty: bool = False
    """Another follows: a text that goes in circles is given up early."""
    for_loops: bool = False
    """It doesn't mend a text that is merely unlikely (docs/log.md)."""
    other_language: bool = False
    """In the one that it may be instead."""

    @property
    def greedy(self) -> bool:
        """The likeliest token after the likeliest."""
        return self.temperature == 0 and self.beam_size == 1

    def of_any_sound(self) -> Attempt:
        """How the text is searched for, however much is heard and whatever follows."""
        return Attempt(None, self.temperature, self.beam_size)


class Attempts:
    def __init__(self, settings: RecognitionSettings) -> None:
        self._settings = settings

    def padded_seconds(self, seconds: float, priority: Priority) -> float:
        """The first context of a window of `seconds`."""
        return self._context_s(seconds, self._margins(priority)[0], priority)

    def context_s(self, item: RecognitionItem, attempt: Attempt) -> float:
        """How long its window is with the silence after it."""
        return self._context_s(item.window.seconds, attempt.margin_s, item.options.priority)

    def of(self, item: RecognitionItem, *, weak: bool) -> list[Attempt]:
        """In the order in which they are made, while the text looks wrong.

        A `weak` voice is heard with all 30 s next: another search of the same sound would find the
        same words.
        """
        priority = item.options.priority
        first, beam = item.options.temperature, self._settings.beam_size
        margin_s, *margins = self._margins(priority)
        short = self._context_s(item.window.seconds, margin_s, priority) < WINDOW_SECONDS
        if priority is not Priority.UPLOAD:
            if not short:
                return [Attempt(None, first, beam)]
            last = [Attempt(margin, first, beam) for margin in margins]
            return [Attempt(margin_s, first, beam, hasty=bool(last)), *last]
        wide = self._settings.second_beam_size if first == 0 else beam
        full = Attempt(None, first, beam, for_loops=short and not weak)
        attempts = [full]
        if wide > beam:
            attempts.append(replace(full, beam_size=wide, for_loops=short))
        if short and not weak:
            if item.options.otherwise:
                # It mends more than a beam does, and costs a fifth.
                attempts.insert(0, Attempt(margin_s, first, beam, hasty=True, other_language=True))
            elif wide > beam:
                attempts.insert(0, Attempt(margin_s, first, wide, hasty=True))
        if short:
            attempts.insert(0, Attempt(margin_s, first, beam, hasty=True))
        hotter = [t for t in self._settings.temperatures if t > first]
        return attempts + [Attempt(None, each, 1, for_loops=True) for each in hotter]

    def _margins(self, priority: Priority) -> tuple[float | None, ...]:
        """In the order in which they are tried."""
        if self._settings.context_margin_s is None:
            return (None,)
        match priority:
            case Priority.UPLOAD:
                return (self._settings.context_margin_s, None)
            case Priority.FINAL:
                return (self._settings.final_margin_s, self._settings.live_second_margin_s)
            case Priority.DRAFT:
                return (self._settings.live_margin_s,)

    def _context_s(self, seconds: float, margin_s: float | None, priority: Priority) -> float:
        if priority is Priority.UPLOAD:
            return upload_context(seconds, margin_s, self._settings.device)
        return context_of(seconds, margin_s, LIVE_STEP_S)
