from __future__ import annotations

import av
import numpy as np
import pytest
from av.audio.codeccontext import AudioCodecContext

from sentivox.streaming.live_audio import LIVE_FORMATS, LiveAudioDecoder
from sentivox.types import SAMPLE_RATE


def tone(rate: int, seconds: float = 1.0) -> np.ndarray:
    return (12_000 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)).astype(
        np.int16
    )


def encoded(name: str) -> bytes:
    """One second of 440 Hz, encoded by FFmpeg."""
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
def test_every_format_is_decoded_and_resampled(name: str, step: int) -> None:
    decoder = LiveAudioDecoder(LIVE_FORMATS[name])
    data = encoded(name)
    pcm = np.concatenate([decoder.feed(data[at : at + step]) for at in range(0, len(data), step)])
    assert len(pcm) == pytest.approx(SAMPLE_RATE, abs=100)
    second = pcm[:SAMPLE_RATE]
    spectrum = np.abs(np.fft.rfft(second * np.hanning(len(second))))
    assert np.argmax(spectrum) * SAMPLE_RATE / len(second) == pytest.approx(440, abs=2)
    assert np.abs(pcm).max() == pytest.approx(12_000, rel=0.06)


def test_a_piece_may_end_inside_a_sample() -> None:
    data = tone(24_000).tobytes()
    odd = LiveAudioDecoder(LIVE_FORMATS["audio/pcm"])
    pieces = [odd.feed(data[:1001]), odd.feed(data[1001:])]
    whole = LiveAudioDecoder(LIVE_FORMATS["audio/pcm"])
    assert np.array_equal(np.concatenate(pieces)[:15_000], whole.feed(data)[:15_000])


def test_the_length_of_audio_follows_from_its_bytes() -> None:
    assert LIVE_FORMATS["audio/pcm"].seconds(48_000) == 1.0
    assert LIVE_FORMATS["audio/pcmu"].seconds(8_000) == 1.0
