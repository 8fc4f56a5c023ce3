"""A first layer of wav2vec2 that hears at once what it would take hours of speech to find out.

Learnt from nothing, the first convolution ends up as a bank of band-pass filters on a scale like
the ear's (Zeghidour et al. 2018, "Learning Filterbanks from Raw Speech", which also begins from
Gabor wavelets). Here it begins as one. Each band has four filters a quarter of a period apart, and
the second convolution adds them up over 25 ms: after the activation between, that is the band's
level, wherever the wave was. A few outputs are constants. Layer normalisation divides by what is
loud around, so their share says how loud that is, and silence isn't blown up to speech.
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
NARROWEST_HZ = 60.0
"""A narrower band would need a longer filter than 25 ms."""
EMPHASIS_FROM_HZ = 500.0
"""Above, speech loses about 6 dB an octave; half of that is given back."""

FIRST_KERNEL, FIRST_STRIDE = 400, 32
"""25 ms, 500 times a second."""
SECOND_KERNEL, SECOND_STRIDE = 12, 5
"""24 ms, 100 times a second."""


def channels(bands: int) -> int:
    """Outputs of the first convolution."""
    return PHASES * bands + len(LEVELS)


def listen_in_bands(model: Wav2Vec2ForCTC, bands: int) -> None:
    """Sets the first two convolutions; the first isn't trained any more.

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
    """Middle and width of each in Hz, evenly spaced in mel (O'Shaughnessy 1987)."""
    low, high = (2595 * math.log10(1 + hertz / 700) for hertz in (LOWEST_HZ, HIGHEST_HZ))
    mels = torch.linspace(low, high, count + 2, dtype=torch.float64)
    edges = (700 * (10 ** (mels / 2595) - 1)).tolist()
    return [
        (edges[number], max((edges[number + 1] - edges[number - 1]) / 2, NARROWEST_HZ))
        for number in range(1, count + 1)
    ]


def _wavelet(center: float, width: float, turn: float) -> torch.Tensor:
    """A Gabor wavelet (FIRST_KERNEL,) of unit energy, but for the emphasis."""
    time = (torch.arange(FIRST_KERNEL) - (FIRST_KERNEL - 1) / 2) / SAMPLE_RATE
    deviation = 1.2 / (2 * math.pi * width)
    envelope = torch.exp(-0.5 * (time / deviation) ** 2)
    envelope *= torch.hann_window(FIRST_KERNEL, periodic=False)
    envelope /= envelope.square().sum().sqrt()
    gain = math.sqrt(max(center, EMPHASIS_FROM_HZ) / 1000)
    return gain * envelope * torch.cos(2 * math.pi * (center * time + turn))
