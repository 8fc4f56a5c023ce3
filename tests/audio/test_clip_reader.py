"""Reading of valid, damaged and hostile files."""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from fractions import Fraction
from io import BytesIO
from threading import Event, Thread

import av
import numpy as np
import psutil
import pytest

from sentivox.audio.clip_reader import ClipReader
from sentivox.errors import AudioError, AudioTooLarge, UnreadableAudio, UnsupportedAudio
from sentivox.settings import AudioDecoderSettings
from sentivox.types import SAMPLE_RATE, Pcm, SpeechDetection
from tests.audio.encoding import ENCODINGS, Encoding, encode, wav

DETECTION = SpeechDetection()
MEBIBYTE = 1024 * 1024
INDEX_LAST = ("mp4", "mov", "caf")
"""Containers whose index is written at the end."""
STATES_LENGTH = ("wav", "flac", "mp3", "mp4", "mov", "webm", "mkv", "aiff", "au", "caf")


@pytest.fixture(scope="module")
def strict() -> Iterator[ClipReader]:
    settings = AudioDecoderSettings(processes=2, memory_mb=256, max_seconds=60)
    reader = ClipReader(settings)
    yield reader
    reader.close()


def opus_of_hours(hours: float) -> bytes:
    """Ogg file of empty Opus packets of 120 ms and two bytes each: configuration 3 (SILK, 60 ms),
    mono, code 3, two empty frames (RFC 6716, section 3).
    """
    buffer = BytesIO()
    with av.open(buffer, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=48_000)
        stream.codec_context.open()
        for index in range(int(hours * 3600 / 0.12)):
            packet = av.Packet(bytes([0b00011_0_11, 2]))
            packet.stream, packet.time_base = stream, Fraction(1, 48_000)
            packet.pts = packet.dts = index * 5_760
            packet.duration = 5_760
            container.mux_one(packet)
    return buffer.getvalue()


class MemoryWatch:
    """Peak memory of this process and its children together, sampled every 50 ms, in bytes."""

    def __init__(self) -> None:
        self._ended = Event()
        self.start = self.peak = self._now()
        self._thread = Thread(target=self._watch)

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.05):
            self.peak = max(self.peak, self._now())

    def _now(self) -> int:
        total = 0
        for process in [psutil.Process(), *psutil.Process().children()]:
            with suppress(psutil.Error):
                total += process.memory_info().rss
        return total


def test_eight_hours_in_a_small_file_are_refused_without_more_memory(strict: ClipReader) -> None:
    bomb = opus_of_hours(8)
    assert len(bomb) < 25 * MEBIBYTE
    with MemoryWatch() as memory, pytest.raises(AudioTooLarge, match="longer than 60 seconds"):
        strict.read(bomb, DETECTION)
    assert memory.peak - memory.start < 200 * MEBIBYTE


def test_audio_of_exactly_the_maximum_length_is_read(strict: ClipReader) -> None:
    assert strict.read(wav(np.zeros(60 * 8_000, np.int16), 8_000), DETECTION).info.seconds == 60
    with pytest.raises(AudioTooLarge):
        strict.read(wav(np.zeros(60 * 8_000 + 1, np.int16), 8_000), DETECTION)


def test_digital_silence_has_no_windows_and_no_peak(strict: ClipReader) -> None:
    decoded = strict.read(wav(np.zeros(48_000, np.int16)), DETECTION)
    assert decoded.windows == ()
    assert decoded.info.peak_dbfs == -math.inf


def test_a_file_without_samples_has_an_error_of_its_own(strict: ClipReader) -> None:
    with pytest.raises(UnreadableAudio, match="no sound in the file"):
        strict.read(wav(np.zeros(0, np.int16)), DETECTION)


def test_each_thread_receives_the_result_of_its_own_clip(strict: ClipReader, sentence: Pcm) -> None:
    clips = [np.tile(sentence, count) for count in (1, 2, 3, 1, 2, 3)]
    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(lambda clip: strict.read(wav(clip), DETECTION), clips))
    for clip, result in zip(clips, results, strict=True):
        assert result.info.seconds == len(clip) / SAMPLE_RATE
        (window,) = result.windows
        start = round(window.start * SAMPLE_RATE)
        assert np.array_equal(window.pcm, clip[start : start + len(window.pcm)])


@pytest.mark.parametrize(
    ("rate", "channels", "complaint"),
    [(1_000, 1, "1000 samples"), (500_000, 1, "500000 samples"), (16_000, 9, "9 channels")],
)
def test_unsupported_rates_and_channels_are_refused(
    rate: int, channels: int, complaint: str, strict: ClipReader
) -> None:
    with pytest.raises(UnreadableAudio, match=complaint):
        strict.read(wav(np.zeros((1_000, channels), np.int16), rate), DETECTION)


@pytest.mark.parametrize("encoding", ENCODINGS, ids=str)
def test_a_truncated_file_is_read_as_far_as_it_goes(
    encoding: Encoding, strict: ClipReader, sentence: Pcm
) -> None:
    """Streaming formats state no length, so their truncated files have no warning."""
    file = encode(np.tile(sentence, 2), encoding)
    truncated = file[: len(file) * 6 // 10]
    if encoding.name in INDEX_LAST and "movflags" not in encoding.options:
        with pytest.raises(UnreadableAudio, match="cut off"):
            strict.read(truncated, DETECTION)
        return
    if encoding.codec in ("libopus", "vorbis") and encoding.name == "ogg":
        return  # all of a short clip is on one page
    decoded = strict.read(truncated, DETECTION)
    assert decoded.info.seconds == pytest.approx(0.6 * len(sentence) * 2 / SAMPLE_RATE, rel=0.2)
    unstated = encoding.codec == "mp2" or {"live", "write_xing"} & encoding.options.keys()
    stated = encoding.name in STATES_LENGTH and not unstated
    assert [warning.code for warning in decoded.warnings] == ["truncated"] * bool(stated)


@pytest.mark.parametrize("encoding", ENCODINGS, ids=str)
def test_the_rest_of_a_damaged_file_is_read(
    encoding: Encoding, strict: ClipReader, sentence: Pcm
) -> None:
    if encoding.codec == "vorbis":
        pytest.skip("FFmpeg's own Vorbis encoder puts all of a short clip on one page")
    clip = np.tile(sentence, 2)
    file = bytearray(encode(clip, encoding))
    middle = len(file) // 2
    file[middle : middle + 10] = bytes(range(10))
    decoded = strict.read(bytes(file), DETECTION)
    # The largest loss is in Matroska: a damaged header costs the rest of a cluster of seconds.
    assert decoded.info.seconds > 0.4 * len(clip) / SAMPLE_RATE


@pytest.mark.parametrize("encoding", ENCODINGS, ids=str)
def test_a_mutated_file_is_read_or_refused(
    encoding: Encoding, strict: ClipReader, sentence: Pcm
) -> None:
    random = np.random.default_rng(len(str(encoding)))
    file = encode(sentence[: SAMPLE_RATE * 2], encoding)
    for attempt in range(8):
        mutant = bytearray(file)
        end = min(len(file), 200 if attempt % 2 else len(file))
        for at in random.integers(0, end, random.integers(1, 12)):
            mutant[at] = random.integers(0, 256)
        if attempt > 5:
            del mutant[random.integers(1, len(file)) :]
        with suppress(AudioError):
            strict.read(bytes(mutant), DETECTION)


def test_refusals_name_the_field_and_no_internals(strict: ClipReader) -> None:
    for bad in (b"", b"text", b"RIFF1234WAVEfmt ", b"fLaC" + bytes(99), b"OggS" + bytes(99)):
        with pytest.raises((UnsupportedAudio, UnreadableAudio)) as caught:
            strict.read(bad, DETECTION)
        assert caught.value.param == "file"
        assert "sentivox" not in caught.value.detail
