"""Files whose channels are read separately, without crosstalk."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from sentivox.audio.clip_reader import ClipReader
from sentivox.audio.resample import Resampler
from sentivox.errors import AudioTooLarge
from sentivox.settings import AudioDecoderSettings
from sentivox.types import SAMPLE_RATE, DecodedAudio, Pcm, SpeechDetection, SpeechWindow
from tests.audio.encoding import Encoding, encode, wav
from tests.calls import call
from tests.voices import spoken_pcm

DETECTION = SpeechDetection()


def read(reader: ClipReader, file: bytes) -> DecodedAudio:
    return reader.read(file, DETECTION, split_channels=True)


def spans(windows: Sequence[SpeechWindow], channel: int) -> list[tuple[float, float]]:
    return [
        (round(window.start, 1), round(window.start + window.seconds, 1))
        for window in windows
        if window.channel == channel
    ]


def test_windows_of_all_channels_are_in_order_of_their_starts(reader: ClipReader) -> None:
    decoded = read(reader, wav(call()))
    windows = decoded.windows
    assert [window.channel for window in windows] == [0, 1, 0, 1]
    assert [window.index for window in windows] == [0, 1, 2, 3]
    assert [window.start for window in windows] == sorted(window.start for window in windows)
    # The second speaker begins while the first one still speaks.
    assert windows[1].start < windows[0].start + windows[0].seconds
    assert (decoded.info.channels, decoded.suppressed) == (2, ())


def test_a_window_has_the_samples_of_its_channel(reader: ClipReader) -> None:
    samples = call()
    for window in read(reader, wav(samples)).windows:
        start = round(window.start * SAMPLE_RATE)
        own = samples[start : start + len(window.pcm), window.channel or 0]
        assert np.array_equal(window.pcm, own)


def test_channels_are_resampled_separately(reader: ClipReader) -> None:
    at_8k = call()[::2]
    resampler = Resampler(8_000)
    left = np.concatenate([resampler.feed(at_8k[:, 0]), resampler.flush()])
    window = read(reader, wav(at_8k, 8_000)).windows[0]
    start = round(window.start * SAMPLE_RATE)
    assert np.array_equal(window.pcm, left[start : start + len(window.pcm)])


@pytest.mark.parametrize("bleed_db", [-30, -20, -15])
def test_crosstalk_is_suppressed_with_its_reason(bleed_db: float, reader: ClipReader) -> None:
    clean, with_crosstalk = read(reader, wav(call())), read(reader, wav(call(bleed_db)))
    for channel in (0, 1):
        expected = np.array(spans(clean.windows, channel))
        assert np.array(spans(with_crosstalk.windows, channel)) == pytest.approx(expected, abs=0.5)
    assert {each.reason for each in with_crosstalk.suppressed} == {"crosstalk"}
    assert {each.speaker for each in with_crosstalk.suppressed} == {"A", "B"}
    first = with_crosstalk.suppressed[0]
    assert (first.speaker, first.text) == ("B", "")
    assert (first.start, first.end) == pytest.approx((0.5, 3.6), abs=0.3)


def test_the_same_speech_on_both_channels_is_one_speaker(reader: ClipReader, sentence: Pcm) -> None:
    louder = np.stack([sentence // 2, sentence], axis=1)
    for samples, channel in ((np.stack([sentence, sentence], axis=1), 0), (louder, 1)):
        decoded = read(reader, wav(samples))
        assert [window.channel for window in decoded.windows] == [channel]
        assert decoded.suppressed == ()


@pytest.mark.parametrize(
    "encoding",
    [
        Encoding("mp3", "mp3", "libmp3lame", 44_100, "stereo"),
        Encoding("mp4", "mp4", "aac", 48_000, "stereo"),
        Encoding("webm", "webm", "libopus", 48_000, "stereo"),
        Encoding("wav", "wav", "pcm_s24le", 96_000, "5.1"),
    ],
    ids=str,
)
def test_lossy_copies_on_all_channels_are_one_speaker(
    encoding: Encoding, reader: ClipReader, sentence: Pcm
) -> None:
    decoded = read(reader, encode(np.tile(sentence, 2), encoding))
    assert len({window.channel for window in decoded.windows}) == 1
    assert sum(window.seconds for window in decoded.windows) < 2.2 * len(sentence) / SAMPLE_RATE


def test_a_mono_file_is_one_speaker(reader: ClipReader, sentence: Pcm) -> None:
    split, mixed = read(reader, wav(sentence)), reader.read(wav(sentence), DETECTION)
    assert [window.channel for window in split.windows] == [0]
    assert [window.channel for window in mixed.windows] == [None]
    assert np.array_equal(split.windows[0].pcm, mixed.windows[0].pcm)


def test_a_silent_channel_is_not_a_speaker(reader: ClipReader, sentence: Pcm) -> None:
    samples = np.stack([np.zeros_like(sentence), sentence], axis=1)
    assert [window.channel for window in read(reader, wav(samples)).windows] == [1]
    assert read(reader, wav(np.zeros((SAMPLE_RATE, 2), np.int16))).windows == ()


def test_eight_channels_may_be_eight_speakers(reader: ClipReader) -> None:
    numbers = ["one", "two", "three", "four", "five", "six", "seven", "eight"]
    said = [spoken_pcm(f"This is what speaker {number} says.") for number in numbers]
    samples = np.zeros((sum(len(pcm) + SAMPLE_RATE for pcm in said), 8), np.int16)
    at = 0
    for channel, pcm in enumerate(said):
        samples[at : at + len(pcm), channel] = pcm
        at += len(pcm) + SAMPLE_RATE
    decoded = read(reader, wav(samples))
    assert [window.channel for window in decoded.windows] == list(range(8))


def test_windows_of_a_channel_end_at_pauses_for_turns(reader: ClipReader) -> None:
    """A short clip is one window when its channels are mixed, and two when they are split."""
    said = spoken_pcm("Please hold the line.")
    pause = np.zeros(2 * SAMPLE_RATE, np.int16)
    clip = np.concatenate([said, pause, said])
    samples = np.stack([clip, np.zeros_like(clip)], axis=1)
    assert len(read(reader, wav(samples)).windows) == 2
    assert len(reader.read(wav(samples), DETECTION).windows) == 1


def test_the_peak_is_over_all_channels(reader: ClipReader) -> None:
    samples = np.zeros((SAMPLE_RATE, 2), np.int16)
    samples[100, 1] = -32_768
    assert read(reader, wav(samples)).info.peak_dbfs == pytest.approx(0)
    samples[:] = 0
    assert read(reader, wav(samples)).info.peak_dbfs == -math.inf


def test_too_much_speech_on_all_channels_together_is_refused() -> None:
    """Otherwise a file of eight channels would cost eight times as much as a mono file."""
    texts = [f"Speaker number {number} never stops to talk about it." for number in range(4)]
    lines = [np.resize(spoken_pcm(text), 9 * SAMPLE_RATE) for text in texts]
    strict = ClipReader(AudioDecoderSettings(processes=1, memory_mb=256, max_seconds=10))
    try:
        assert read(strict, wav(np.stack(lines[:2], axis=1))).windows
        with pytest.raises(AudioTooLarge, match="more than 20 seconds of speech together"):
            read(strict, wav(np.stack(lines, axis=1)))
    finally:
        strict.close()
