"""Times are those of the file's own clock."""

from __future__ import annotations

import numpy as np
import pytest

from sentivox.audio.clip_reader import ClipReader
from sentivox.types import SAMPLE_RATE, Pcm, SpeechDetection
from tests.audio.muxing import MuxedTrack, muxed

pytestmark = pytest.mark.slow

DETECTION = SpeechDetection()
ONSET_S = 0.5
"""Start of speech in `sentence`."""
CODECS = {
    "mp4": "aac",
    "mov": "aac",
    "matroska": "libopus",
    "webm": "libopus",
    "mpegts": "mp2",
    "asf": "wmav2",
    "flv": "aac",
    "avi": "mp2",
}
FILMS = [muxer for muxer in CODECS if muxer not in ("webm", "flv", "asf")]


def onsets(reader: ClipReader, file: bytes) -> list[float]:
    decoded = reader.read(file, DETECTION)
    return [speech.onset for window in decoded.windows for speech in window.speech]


@pytest.mark.parametrize("muxer", [each for each in FILMS if each != "avi"])
@pytest.mark.parametrize("start_s", [0.7, 4.0, 9.0])
def test_audio_that_begins_after_the_pictures_keeps_its_time(
    muxer: str, start_s: float, reader: ClipReader, sentence: Pcm
) -> None:
    track = MuxedTrack(sentence, CODECS[muxer], start_s=start_s)
    [onset] = onsets(reader, muxed(muxer, track, pictures_s=14))
    assert onset == pytest.approx(start_s + ONSET_S, abs=0.2)


@pytest.mark.parametrize("muxer", ["mp4", "mov", "matroska", "webm"])
def test_a_start_offset_without_pictures_keeps_its_time(
    muxer: str, reader: ClipReader, sentence: Pcm
) -> None:
    [onset] = onsets(reader, muxed(muxer, MuxedTrack(sentence, CODECS[muxer], start_s=3.0)))
    assert onset == pytest.approx(3.0 + ONSET_S, abs=0.2)


@pytest.mark.parametrize("muxer", ["mpegts", "asf", "flv"])
def test_the_clock_of_a_broadcast_begins_with_the_file(
    muxer: str, reader: ClipReader, sentence: Pcm
) -> None:
    [onset] = onsets(reader, muxed(muxer, MuxedTrack(sentence, CODECS[muxer], start_s=50.0)))
    assert onset == pytest.approx(ONSET_S, abs=0.2)


@pytest.mark.parametrize("muxer", ["matroska", "webm", "mpegts", "mp4", "flv"])
@pytest.mark.parametrize("pause_s", [1.0, 8.0])
def test_the_gap_of_a_paused_recorder_is_silence(
    muxer: str, pause_s: float, reader: ClipReader, sentence: Pcm
) -> None:
    seconds = len(sentence) / SAMPLE_RATE
    track = MuxedTrack(np.tile(sentence, 2), CODECS[muxer], pause_at_s=seconds, pause_s=pause_s)
    first, second = onsets(reader, muxed(muxer, track))
    assert first == pytest.approx(ONSET_S, abs=0.2)
    assert second == pytest.approx(seconds + pause_s + ONSET_S, abs=0.2)


@pytest.mark.parametrize("pause_s", [-3.0, 5_000.0])
def test_time_stamps_that_jump_back_or_beyond_the_limit_leave_no_gap(
    pause_s: float, reader: ClipReader, sentence: Pcm
) -> None:
    seconds = len(sentence) / SAMPLE_RATE
    track = MuxedTrack(np.tile(sentence, 2), "libopus", pause_at_s=seconds, pause_s=pause_s)
    decoded = reader.read(muxed("matroska", track), DETECTION)
    assert decoded.info.seconds == pytest.approx(2 * seconds, abs=0.2)
