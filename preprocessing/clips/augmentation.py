"""Copies of a clip as it would sound faster, in noise, over the telephone or in a room.

What chance there is comes from a generator that the caller seeds, so a copy is the same every time.
Levels stay: no copy is louder than the clip, and none is cut at full scale.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

import av
import numpy as np
import numpy.typing as npt
import torch
from av.audio.codeccontext import AudioCodecContext
from torchaudio.functional import add_noise, fftconvolve, resample

from preprocessing.settings import Kind
from sentivox.audio.resample import Resampler
from sentivox.types import SAMPLE_RATE, Pcm

FULL_SCALE = 32_768
SNR_DB = (5.0, 25.0)
COLOURS = {"white": 0.0, "pink": 0.5, "brown": 1.0}
"""How amplitudes fall with frequency: by f to minus this."""
TELEPHONE_RATE = 8_000
TELEPHONE_CODECS = ("pcm_mulaw", "pcm_alaw", "libopencore_amrnb")
"""G.711 in America and Japan, G.711 elsewhere, and mobile telephones (AMR at 12.2 kbit/s)."""
AMR_BITS = 12_200
TELEPHONE_HZ = (300, 3_400)
REVERBERATION_S = (0.2, 0.8)
"""Time in which a room's echo falls by 60 dB: an office to a hall."""
DIRECT_DB = (0.0, 12.0)
"""The voice itself over its echo, near the microphone to across the room."""

Wave = npt.NDArray[np.float32]
"""Samples in [-1, 1]."""


def augmented(pcm: Pcm, kind: Kind, chance: np.random.Generator) -> tuple[Pcm, str]:
    """The copy, and what was done to it in words."""
    match kind:
        case "speed-0.9" | "speed-1.1":
            factor = float(kind.removeprefix("speed-"))
            return faster(pcm, factor), f"speed {factor}"
        case "noise":
            snr, colour = chance.uniform(*SNR_DB), str(chance.choice([*COLOURS]))
            return noisy(pcm, snr, colour, chance), f"{colour} noise at {snr:.0f} dB"
        case "telephone":
            codec = str(chance.choice(TELEPHONE_CODECS))
            return over_telephone(pcm, codec), f"telephone, {codec}"
        case "room":
            seconds, direct = chance.uniform(*REVERBERATION_S), chance.uniform(*DIRECT_DB)
            return in_room(pcm, seconds, direct, chance), f"room of {seconds:.1f} s"


def faster(pcm: Pcm, factor: float) -> Pcm:
    """Played at another speed, as a record would be: the pitch goes along (Ko et al. 2015, "Audio
    augmentation for speech recognition").
    """
    resampler = Resampler(round(SAMPLE_RATE * factor))
    return np.concatenate([resampler.feed(pcm), resampler.flush()])


def noisy(pcm: Pcm, snr_db: float, colour: str, chance: np.random.Generator) -> Pcm:
    spectrum = np.fft.rfft(chance.standard_normal(len(pcm)))
    spectrum /= np.maximum(np.arange(len(spectrum)), 1.0) ** COLOURS[colour]
    noise = np.fft.irfft(spectrum, len(pcm)).astype(np.float32)
    mixed = add_noise(
        torch.from_numpy(_wave(pcm)), torch.from_numpy(noise), torch.tensor(float(snr_db))
    )
    return _pcm(mixed.numpy(), pcm)


def over_telephone(pcm: Pcm, codec: str) -> Pcm:
    """8 kHz, the band of a telephone, and through the codec itself."""
    narrow = resample(torch.from_numpy(_wave(pcm)), SAMPLE_RATE, TELEPHONE_RATE).numpy()
    spectrum = np.fft.rfft(narrow)
    hertz = np.fft.rfftfreq(len(narrow), 1 / TELEPHONE_RATE)
    spectrum[(hertz < TELEPHONE_HZ[0]) | (hertz > TELEPHONE_HZ[1])] = 0
    band = np.fft.irfft(spectrum, len(narrow)).astype(np.float32)
    coded = np.concatenate([*_through(codec, _as_int16(band))])
    resampler = Resampler(TELEPHONE_RATE)
    wide = np.concatenate([resampler.feed(coded[: len(narrow)]), resampler.flush()])
    return wide[: len(pcm)]


def in_room(pcm: Pcm, seconds: float, direct_db: float, chance: np.random.Generator) -> Pcm:
    """The voice and its echo, noise that dies away exponentially (Polack 1988; Moorer 1979)."""
    times = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    echo = chance.standard_normal(len(times)) * 10 ** (-3 * times / seconds)
    echo[0] = 0
    echo *= 10 ** (-direct_db / 20) / np.sqrt((echo**2).sum())
    echo[0] = 1
    response = torch.from_numpy(echo.astype(np.float32))
    heard = fftconvolve(torch.from_numpy(_wave(pcm)), response)[: len(pcm)].numpy()
    return _pcm(heard, pcm)


def _through(codec: str, pcm: Pcm) -> Iterator[Pcm]:
    encoder, decoder = _coder(codec, "w"), _coder(codec, "r")
    if codec == "libopencore_amrnb":
        encoder.bit_rate = AMR_BITS
    encoder.open()
    to_int16 = av.AudioResampler("s16", "mono", TELEPHONE_RATE)
    block = encoder.frame_size or len(pcm)
    # AMR leaves an incomplete block out.
    pcm = np.pad(pcm, (0, -len(pcm) % block))
    for first in range(0, len(pcm), block):
        frame = av.AudioFrame.from_ndarray(pcm[first : first + block][np.newaxis], "s16", "mono")
        frame.sample_rate = TELEPHONE_RATE
        for packet in encoder.encode(frame):
            for decoded in decoder.decode(packet):
                yield from (each.to_ndarray()[0] for each in to_int16.resample(decoded))


def _coder(codec: str, mode: Literal["r", "w"]) -> AudioCodecContext:
    coder = cast("AudioCodecContext", AudioCodecContext.create(codec, mode))
    coder.sample_rate = TELEPHONE_RATE
    coder.layout = "mono"
    if mode == "w":
        coder.format = av.AudioFormat("s16")
    return coder


def _wave(pcm: Pcm) -> Wave:
    return pcm.astype(np.float32) / np.float32(FULL_SCALE)


def _pcm(wave: Wave, like: Pcm) -> Pcm:
    """As loud as `like` on average, or less where the peak would be cut."""
    power = float((wave**2).mean())
    wanted = float((_wave(like) ** 2).mean())
    gain = np.sqrt(wanted / power) if power else 1.0
    peak = float(np.abs(wave).max(initial=0)) * gain
    return _as_int16(wave * min(gain, gain / peak if peak > 1 else gain))


def _as_int16(wave: Wave) -> Pcm:
    return np.clip(np.rint(wave * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)
