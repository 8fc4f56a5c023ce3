from __future__ import annotations

import av
import numpy as np
import pytest
from av.audio.codeccontext import AudioCodecContext

from sentivox.streaming.live_audio import LIVE_FORMATS, LiveAudio
from sentivox.types import SAMPLE_RATE


def tone(rate: int, seconds: float = 1.0) -> np.ndarray:
    return (12_000 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)).astype(
        np.int16
    )


def encoded(name: str) -> bytes:
    """One second of 440 Hz, by FFmpeg's own encoder of that format."""
    live_format = LIVE_FORMATS[name]
    samples = tone(live_format.rate)
    if name == "audio/pcm":
        return samples.tobytes()
    encoder = av.CodecContext.create(live_format.codec, "w")
    assert isinstance(encoder, AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.format = live_format.rate, "mono", "s16"
    frame = av.AudioFrame.from_ndarray(samples[np.newaxis], "s16", "mono")
    frame.sample_rate = live_format.rate
    return b"".join(bytes(packet) for packet in encoder.encode(frame))


@pytest.mark.parametrize("name", LIVE_FORMATS)
@pytest.mark.parametrize("step", [4800, 333])
def test_every_format_becomes_the_same_sound(name: str, step: int) -> None:
    audio = LiveAudio(LIVE_FORMATS[name])
    data = encoded(name)
    heard = np.concatenate([audio.feed(data[at : at + step]) for at in range(0, len(data), step)])
    assert len(heard) == pytest.approx(SAMPLE_RATE, abs=100)
    spectrum = np.abs(np.fft.rfft(heard[:SAMPLE_RATE] * np.hanning(len(heard[:SAMPLE_RATE]))))
    assert np.argmax(spectrum) * SAMPLE_RATE / len(heard[:SAMPLE_RATE]) == pytest.approx(440, abs=2)
    assert np.abs(heard).max() == pytest.approx(12_000, rel=0.06)


def test_half_a_sample_waits_for_its_other_half() -> None:
    data = tone(24_000).tobytes()
    odd = LiveAudio(LIVE_FORMATS["audio/pcm"])
    pieces = [odd.feed(data[:1001]), odd.feed(data[1001:])]
    whole = LiveAudio(LIVE_FORMATS["audio/pcm"])
    assert np.array_equal(np.concatenate(pieces)[:15_000], whole.feed(data)[:15_000])


def test_a_format_knows_how_long_its_bytes_last() -> None:
    assert LIVE_FORMATS["audio/pcm"].seconds(48_000) == 1.0
    assert LIVE_FORMATS["audio/pcmu"].seconds(8_000) == 1.0
