"""Which ways of decoding a window are tried, from the cheapest to the last resort."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from sentivox.models.base import RecognitionItem
from sentivox.settings import RecognitionSettings
from sentivox.types import WINDOW_SECONDS, Priority

BUCKET_SECONDS = 2.5
"""Contexts are rounded up to this, so that windows of like length share a batch."""
LIVE_BUCKET_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way of decoding, from the cheapest to the last resort."""

    margin_s: float | None
    """Silence heard after the window's end; None fills Whisper's 30 s."""
    temperature: float
    beam_size: int
    hasty: bool = False
    """Another follows: a text that goes in circles is given up early."""


class Attempts:
    def __init__(self, settings: RecognitionSettings) -> None:
        self._settings = settings

    def padded_seconds(self, seconds: float, priority: Priority) -> float:
        """The first context of a window of `seconds`."""
        return _context_s(seconds, self._margins(priority)[0], priority)

    def context_s(self, items: Iterable[RecognitionItem], attempt: Attempt) -> float:
        """That of a batch, which is its longest window's."""
        return max(
            _context_s(item.window.seconds, attempt.margin_s, item.options.priority)
            for item in items
        )

    def of(self, item: RecognitionItem) -> list[Attempt]:
        """In the order in which they are made, while the text looks wrong."""
        priority = item.options.priority
        first, beam = item.options.temperature, self._settings.beam_size
        *hasty, last = self._margins(priority)
        attempts = [Attempt(margin, first, beam, hasty=True) for margin in hasty]
        attempts.append(Attempt(last, first, beam))
        if _context_s(item.window.seconds, attempts[0].margin_s, priority) >= WINDOW_SECONDS:
            attempts = [Attempt(None, first, beam)]
        if priority is not Priority.UPLOAD:
            return attempts
        if first == 0 and self._settings.second_beam_size > beam:
            attempts.append(Attempt(None, first, self._settings.second_beam_size))
        hotter = [t for t in self._settings.temperatures if t > first]
        return attempts + [Attempt(None, temperature, 1) for temperature in hotter]

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


def _context_s(seconds: float, margin_s: float | None, priority: Priority) -> float:
    """What the encoder hears of a window of `seconds`."""
    if margin_s is None:
        return WINDOW_SECONDS
    step = BUCKET_SECONDS if priority is Priority.UPLOAD else LIVE_BUCKET_SECONDS
    return min(WINDOW_SECONDS, math.ceil((seconds + margin_s) / step) * step)
