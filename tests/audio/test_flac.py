"""FLAC files of `encode`, read by FFmpeg as any FLAC file."""

from __future__ import annotations

from io import BytesIO

import av
import numpy as np
import pytest

from sentivox.audio import flac
from sentivox.types import SAMPLE_RATE, Pcm


def decoded_by_ffmpeg(audio: bytes) -> Pcm:
    """Samples as interleaved int16, with the container and the codec detected by FFmpeg."""
    with av.open(BytesIO(audio), "r") as container:
        stream = container.streams.audio[0]
        assert (stream.codec_context.name, stream.rate, stream.channels) == ("flac", SAMPLE_RATE, 1)
        resampler = av.AudioResampler("s16", "mono", SAMPLE_RATE)
        frames = [part for each in container.decode(stream) for part in resampler.resample(each)]
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])


def noise(samples: int) -> Pcm:
    return np.random.default_rng(0).integers(-32_768, 32_768, samples).astype(np.int16)


def test_speech_is_lossless_and_smaller(sentence: Pcm) -> None:
    encoded = flac.encode(sentence)
    assert len(encoded) < 0.8 * sentence.nbytes
    assert np.array_equal(flac.decode(encoded), sentence)
    assert np.array_equal(decoded_by_ffmpeg(encoded), sentence)


@pytest.mark.parametrize("samples", [16, 4_095, 4_096, 4_097, 20_000])
def test_every_length_and_full_scale_are_lossless(samples: int) -> None:
    encoded = flac.encode(noise(samples))
    assert np.array_equal(flac.decode(encoded), noise(samples))
    assert np.array_equal(decoded_by_ffmpeg(encoded), noise(samples))


def test_no_samples_stay_no_samples() -> None:
    assert len(flac.decode(flac.encode(noise(0)))) == 0


def test_equal_samples_give_equal_bytes(sentence: Pcm) -> None:
    assert flac.encode(sentence) == flac.encode(sentence.copy())
