"""Whisper's input: a log-mel spectrogram of 100 frames per second.

Formula and constants are those of openai/whisper `audio.py`; the mel filters follow Slaney's
Auditory Toolbox, as librosa does with `htk=False, norm="slaney"`. NumPy alone keeps torch out of
replicas that run CTranslate2: they start faster and stay small.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from sentivox.types import SAMPLE_RATE, Pcm

FFT_SAMPLES = 400
"""25 ms."""
HOP_SAMPLES = 160
"""10 ms: 100 frames per second."""
FRAMES_PER_SECOND = SAMPLE_RATE // HOP_SAMPLES
MAX_FRAMES = 30 * FRAMES_PER_SECOND
MIN_POWER = 1e-10
"""Lowest power, so that silence has a logarithm."""
DYNAMIC_RANGE = 8.0
"""Powers of ten between the highest power of a spectrogram and the lowest that is kept."""

Features = npt.NDArray[np.float32]
"""Shape (mels, frames)."""


def log_mel(pcm: Pcm, frames: int, mels: int = 80) -> Features:
    """The spectrogram of `pcm` with digital silence after it, shape (mels, frames), about [-1, 1].

    Samples past `frames` are dropped. Silence is added to the samples rather than to the
    spectrogram, as in training.
    """
    samples = np.zeros(frames * HOP_SAMPLES, np.float32)
    kept = pcm[: len(samples)]
    samples[: len(kept)] = kept.astype(np.float32) / 32768.0
    padded = np.pad(samples, FFT_SAMPLES // 2, mode="reflect")
    strips = np.lib.stride_tricks.sliding_window_view(padded, FFT_SAMPLES)[::HOP_SAMPLES][:frames]
    power = np.abs(np.fft.rfft(strips * _hann(), axis=-1)) ** 2
    # In double precision: sums in single precision depend on the number of threads.
    mel_power = np.matmul(mel_filters(mels), power.T, dtype=np.float64)
    logs = np.log10(np.maximum(mel_power, MIN_POWER))
    logs = np.maximum(logs, logs.max() - DYNAMIC_RANGE)
    return ((logs + 4.0) / 4.0).astype(np.float32)


@cache
def _hann() -> npt.NDArray[np.float32]:
    return np.asarray(np.hanning(FFT_SAMPLES + 1)[:-1], dtype=np.float32)


@cache
def mel_filters(mels: int) -> npt.NDArray[np.float32]:
    """Triangles of equal area on the mel scale, shape (mels, FFT_SAMPLES // 2 + 1)."""
    bins = np.fft.rfftfreq(FFT_SAMPLES, 1 / SAMPLE_RATE)
    edges = _mel_to_hertz(np.linspace(0.0, _hertz_to_mel(SAMPLE_RATE / 2), mels + 2))
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    area = 2.0 / (edges[2:] - edges[:-2])
    return (triangles * area[:, None]).astype(np.float32)


_LINEAR_HERTZ_PER_MEL = 200.0 / 3.0
_BREAK_HERTZ = 1000.0
_BREAK_MEL = _BREAK_HERTZ / _LINEAR_HERTZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27.0
"""Slaney: above 1 kHz, 27 mels for a factor of 6.4."""


def _hertz_to_mel(hertz: float) -> float:
    """The mel value of a frequency above the break."""
    return float(_BREAK_MEL + np.log(hertz / _BREAK_HERTZ) / _LOG_STEP)


def _mel_to_hertz(mel: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    linear = mel * _LINEAR_HERTZ_PER_MEL
    logarithmic = _BREAK_HERTZ * np.exp(_LOG_STEP * (mel - _BREAK_MEL))
    return np.where(mel < _BREAK_MEL, linear, logarithmic)
