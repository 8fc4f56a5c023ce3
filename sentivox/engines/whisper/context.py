"""Context length: a window's own length and the silence that the encoder sees after it."""

from __future__ import annotations

import math

from sentivox.types import WINDOW_SECONDS

LONG_S = 12.0
"""Windows up to this length have contexts in finer steps."""
STEP_S = {"cpu": (1.0, 2.0), "cuda": (2.5, 2.5)}
"""Contexts are rounded up to these steps, of windows up to LONG_S and of longer ones, so that two
stages encode with the same length. CPUs encode windows one by one and keep megabytes for each
length; GPUs encode windows of the same length together and prepare CUDA graphs for each."""
LIVE_STEP_S = {"cpu": 0.5, "cuda": 2.5}
"""Steps for windows of live speech, whose text is waited for."""


def upload_context(seconds: float, padding_s: float | None, device: str) -> float:
    """Context of an uploaded window of `seconds`."""
    short, long = STEP_S[device]
    return context_of(seconds, padding_s, long if seconds > LONG_S else short)


def live_context(seconds: float, padding_s: float | None, device: str) -> float:
    """Context of a window of live speech of `seconds`."""
    return context_of(seconds, padding_s, LIVE_STEP_S[device])


def context_of(seconds: float, padding_s: float | None, step_s: float) -> float:
    """Context of a window of `seconds`; without a padding Whisper's full 30 s."""
    if padding_s is None:
        return WINDOW_SECONDS
    return min(WINDOW_SECONDS, math.ceil((seconds + padding_s) / step_s) * step_s)
