"""Augmented copies of a clip: another speed, noise, a telephone line, a room.

Random parameters come from a generator that the caller seeds, so copies are reproducible. A copy
has the loudness of its original, or less where its peak would exceed full scale.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Literal, cast

import av
import numpy as np
import numpy.typing as npt
import soundfile
import torch
from av.audio.codeccontext import AudioCodecContext
from torchaudio.functional import add_noise, fftconvolve, resample

from preprocessing.settings import Kind
from sentivox.audio.resample import Resampler
from sentivox.types import SAMPLE_RATE, Pcm

FULL_SCALE = 32_768
SNR_DB = (5.0, 25.0)
COLOURS = {"white": 0.0, "pink": 0.5, "brown": 1.0}
"""Exponent by which amplitude falls with frequency, by name of the noise."""
TELEPHONE_RATE = 8_000
GSM = "gsm"
TELEPHONE_CODECS = ("pcm_mulaw", "pcm_alaw", "libopencore_amrnb", GSM)
"""G.711 mu-law (America, Japan), G.711 A-law (elsewhere), AMR at 12.2 kbit/s and GSM 06.10
(mobile)."""
AMR_BITS = 12_200
TELEPHONE_HZ = (300, 3_400)
REVERBERATION_S = (0.2, 0.8)
"""Reverberation time, in which the echo falls by 60 dB: from an office to a hall."""
DIRECT_DB = (0.0, 12.0)
"""Direct sound relative to the echo: from across the room to near the microphone."""

Wave = npt.NDArray[np.float32]
"""Samples in [-1, 1]."""


def augmented(pcm: Pcm, kind: Kind, rng: np.random.Generator) -> tuple[Pcm, str]:
    """The copy and its description, such as "pink noise at 12 dB"."""
    match kind:
        case "speed-0.9" | "speed-1.1":
            factor = float(kind.removeprefix("speed-"))
            return faster(pcm, factor), f"speed {factor}"
        case "noise":
            snr, colour = rng.uniform(*SNR_DB), str(rng.choice([*COLOURS]))
            return noisy(pcm, snr, colour, rng), f"{colour} noise at {snr:.0f} dB"
        case "telephone":
            codec = str(rng.choice(TELEPHONE_CODECS))
            return over_telephone(pcm, codec), f"telephone, {codec}"
        case "room":
            seconds, direct = rng.uniform(*REVERBERATION_S), rng.uniform(*DIRECT_DB)
            return in_room(pcm, seconds, direct, rng), f"room of {seconds:.1f} s"


def faster(pcm: Pcm, factor: float) -> Pcm:
    """The clip at another speed, with the pitch changed alike (Ko et al. 2015, "Audio augmentation
    for speech recognition").
    """
    resampler = Resampler(round(SAMPLE_RATE * factor))
    return np.concatenate([resampler.feed(pcm), resampler.flush()])


def noisy(pcm: Pcm, snr_db: float, colour: str, rng: np.random.Generator) -> Pcm:
    """The clip with noise of a colour in COLOURS at a signal-to-noise ratio."""
    spectrum = np.fft.rfft(rng.standard_normal(len(pcm)))
    spectrum /= np.maximum(np.arange(len(spectrum)), 1.0) ** COLOURS[colour]
    noise = np.fft.irfft(spectrum, len(pcm)).astype(np.float32)
    mixed = add_noise(
        torch.from_numpy(_wave(pcm)), torch.from_numpy(noise), torch.tensor(float(snr_db))
    )
    return _pcm(mixed.numpy(), pcm)


def over_telephone(pcm: Pcm, codec: str) -> Pcm:
    """The clip at 8 kHz, band-limited to TELEPHONE_HZ, encoded and decoded by a telephone codec."""
    narrow = resample(torch.from_numpy(_wave(pcm)), SAMPLE_RATE, TELEPHONE_RATE).numpy()
    spectrum = np.fft.rfft(narrow)
    hertz = np.fft.rfftfreq(len(narrow), 1 / TELEPHONE_RATE)
    spectrum[(hertz < TELEPHONE_HZ[0]) | (hertz > TELEPHONE_HZ[1])] = 0
    band = np.fft.irfft(spectrum, len(narrow)).astype(np.float32)
    coded = _coded(codec, _as_int16(band))
    resampler = Resampler(TELEPHONE_RATE)
    wide = np.concatenate([resampler.feed(coded[: len(narrow)]), resampler.flush()])
    return wide[: len(pcm)]


def in_room(pcm: Pcm, seconds: float, direct_db: float, rng: np.random.Generator) -> Pcm:
    """The clip with reverberation: exponentially decaying noise as the impulse response (Polack
    1988; Moorer 1979).
    """
    times = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    echo = rng.standard_normal(len(times)) * 10 ** (-3 * times / seconds)
    echo[0] = 0
    echo *= 10 ** (-direct_db / 20) / np.sqrt((echo**2).sum())
    echo[0] = 1
    response = torch.from_numpy(echo.astype(np.float32))
    reverberant = fftconvolve(torch.from_numpy(_wave(pcm)), response)[: len(pcm)].numpy()
    return _pcm(reverberant, pcm)


def _coded(codec: str, pcm: Pcm) -> Pcm:
    """The samples, encoded and decoded; a codec of blocks adds some at the end."""
    if codec != GSM:
        return np.concatenate([*_through(codec, pcm)])
    # FFmpeg decodes GSM only.
    file = io.BytesIO()
    soundfile.write(file, pcm, TELEPHONE_RATE, format="WAV", subtype="GSM610")
    file.seek(0)
    return soundfile.read(file, dtype="int16")[0]


def _through(codec: str, pcm: Pcm) -> Iterator[Pcm]:
    encoder, decoder = _coder(codec, "w"), _coder(codec, "r")
    if codec == "libopencore_amrnb":
        encoder.bit_rate = AMR_BITS
    encoder.open()
    to_int16 = av.AudioResampler("s16", "mono", TELEPHONE_RATE)
    block = encoder.frame_size or len(pcm)
    # AMR's encoder drops an incomplete block.
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
    """Samples with the mean power of `like`, or less where the peak would exceed full scale."""
    power = float((wave**2).mean())
    wanted = float((_wave(like) ** 2).mean())
    gain = np.sqrt(wanted / power) if power else 1.0
    peak = float(np.abs(wave).max(initial=0)) * gain
    return _as_int16(wave * min(gain, gain / peak if peak > 1 else gain))


def _as_int16(wave: Wave) -> Pcm:
    return np.clip(np.rint(wave * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)
