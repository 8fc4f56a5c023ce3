"""How much the encoder hears: a window's own length, and some silence after it."""

from __future__ import annotations

import math

from sentivox.types import WINDOW_SECONDS

LONG_S = 12.0
STEP_S = {"cpu": (1.0, 2.0), "cuda": (2.5, 2.5)}
"""Contexts are rounded up to this, those of windows longer than LONG_S to the second, so that what
one stage heard is as long as another wants it. Processors hear windows one by one, and keep
megabytes for each length that they meet; GPUs hear those of like length together, in steps that
they prepare for each length.
"""
LIVE_STEP_S = 0.5


def upload_context(seconds: float, margin_s: float | None, device: str) -> float:
    """For a window of a file."""
    short, long = STEP_S[device]
    return context_of(seconds, margin_s, long if seconds > LONG_S else short)


def context_of(seconds: float, margin_s: float | None, step_s: float) -> float:
    """For a window of `seconds`; no margin fills Whisper's 30 s."""
    if margin_s is None:
        return WINDOW_SECONDS
    return min(WINDOW_SECONDS, math.ceil((seconds + margin_s) / step_s) * step_s)
