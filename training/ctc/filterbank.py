"""Initialisation of wav2vec2's first convolutions as a mel filterbank.

Trained from random weights on hours of speech, the first convolution becomes a bank of band-pass
filters on a mel-like scale (Zeghidour et al. 2018, "Learning Filterbanks from Raw Speech", which
also starts from Gabor wavelets). Here it starts as one. Each band has four filters a quarter of a
period apart. The second convolution sums them over 25 ms after the activation, which gives the
band's level at any phase. A few outputs are constants: layer normalisation divides by the overall
level, so the normalised constants encode that level, and silence isn't amplified to speech.
"""

from __future__ import annotations

import math

import torch
from transformers import Wav2Vec2ForCTC

from sentivox.types import SAMPLE_RATE

PHASES = 4
LEVELS = (-2.0, -1.0, -0.5, -0.25, 0.25, 0.5, 1.0, 2.0)
LEVEL_SCALE = 0.5
LOWEST_HZ, HIGHEST_HZ = 60.0, 7800.0
MIN_BANDWIDTH_HZ = 60.0
"""Narrowest band: a narrower one needs a longer filter than 25 ms."""
EMPHASIS_FROM_HZ = 500.0
"""Frequency above which speech falls by about 6 dB per octave; half of that is compensated."""

FIRST_KERNEL, FIRST_STRIDE = 400, 32
"""25 ms, 500 times per second."""
SECOND_KERNEL, SECOND_STRIDE = 12, 5
"""24 ms, 100 times per second."""


def channels(bands: int) -> int:
    """Number of outputs of the first convolution."""
    return PHASES * bands + len(LEVELS)


def initialise_filterbank(model: Wav2Vec2ForCTC, bands: int) -> None:
    """Initialise the first two convolutions and freeze the first one.

    The model has `channels(bands)` outputs in its first layer and at least `bands` in its second.
    """
    first, second = (layer.conv for layer in model.wav2vec2.feature_extractor.conv_layers[:2])
    waves = [
        _wavelet(center, width, phase / PHASES)
        for center, width in _bands(bands)
        for phase in range(PHASES)
    ]
    window = torch.hann_window(SECOND_KERNEL + 2, periodic=False)[1:-1]
    with torch.no_grad():
        first.weight.zero_()
        first.bias.zero_()
        first.weight[: len(waves), 0] = torch.stack(waves)
        first.bias[len(waves) :] = LEVEL_SCALE * torch.tensor(LEVELS)
        for band in range(bands):
            second.weight[band] = 0
            second.weight[band, PHASES * band : PHASES * (band + 1)] = window / window.sum()
    first.requires_grad_(False)


def _bands(count: int) -> list[tuple[float, float]]:
    """Center and width of each band in Hz, evenly spaced in mel (O'Shaughnessy 1987)."""
    low, high = (2595 * math.log10(1 + hertz / 700) for hertz in (LOWEST_HZ, HIGHEST_HZ))
    mels = torch.linspace(low, high, count + 2, dtype=torch.float64)
    edges = (700 * (10 ** (mels / 2595) - 1)).tolist()
    return [
        (edges[number], max((edges[number + 1] - edges[number - 1]) / 2, MIN_BANDWIDTH_HZ))
        for number in range(1, count + 1)
    ]


def _wavelet(center: float, width: float, turn: float) -> torch.Tensor:
    """Gabor wavelet of unit energy times the emphasis, shape (FIRST_KERNEL,); `turn` is its
    phase.
    """
    time = (torch.arange(FIRST_KERNEL) - (FIRST_KERNEL - 1) / 2) / SAMPLE_RATE
    deviation = 1.2 / (2 * math.pi * width)
    envelope = torch.exp(-0.5 * (time / deviation) ** 2)
    envelope *= torch.hann_window(FIRST_KERNEL, periodic=False)
    envelope /= envelope.square().sum().sqrt()
    gain = math.sqrt(max(center, EMPHASIS_FROM_HZ) / 1000)
    return gain * envelope * torch.cos(2 * math.pi * (center * time + turn))
