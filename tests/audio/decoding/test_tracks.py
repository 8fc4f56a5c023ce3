"""The audio track of a file with several."""

from __future__ import annotations

import numpy as np
import pytest

from sentivox.audio.clip_reader import ClipReader
from sentivox.errors import UnreadableAudio
from sentivox.types import SAMPLE_RATE, DecodedAudio, Pcm, SpeechDetection
from tests.audio.muxing import MuxedTrack, muxed

pytestmark = pytest.mark.slow

DETECTION = SpeechDetection()
SILENCE = np.zeros(SAMPLE_RATE, np.int16)


def read(reader: ClipReader, *tracks: MuxedTrack, audio_track: int = 0) -> DecodedAudio:
    file = muxed("matroska", *tracks)
    return reader.read(file, DETECTION, audio_track=audio_track)


def test_the_default_track_is_read_with_a_warning_that_names_it(
    reader: ClipReader, sentence: Pcm
) -> None:
    first = MuxedTrack(sentence[: len(sentence) // 2], default=False)
    decoded = read(reader, first, MuxedTrack(sentence))
    assert decoded.info.seconds == pytest.approx(len(sentence) / SAMPLE_RATE, abs=0.1)
    [warning] = decoded.warnings
    assert warning.code == "several_audio_tracks"
    assert "2 audio tracks" in warning.message
    assert "track 2" in warning.message


@pytest.mark.parametrize("codec", ["wavpack", "tta"])
def test_a_track_in_a_codec_that_is_not_read_is_passed_over(
    codec: str, reader: ClipReader, sentence: Pcm
) -> None:
    decoded = read(reader, MuxedTrack(sentence, codec), MuxedTrack(sentence))
    assert decoded.windows
    assert decoded.info.codec == "aac"
    assert "track 2" in decoded.warnings[0].message


@pytest.mark.parametrize("silent", [1, 2])
def test_after_silent_tracks_the_next_one_with_speech_is_read(
    silent: int, reader: ClipReader, sentence: Pcm
) -> None:
    tracks = [MuxedTrack(SILENCE, default=not place) for place in range(silent)]
    decoded = read(reader, *tracks, MuxedTrack(sentence, default=False))
    assert len(decoded.windows) == 1
    assert f"track {silent + 1}" in decoded.warnings[0].message


def test_a_file_of_silent_tracks_is_that_of_its_default_track(reader: ClipReader) -> None:
    decoded = read(reader, MuxedTrack(SILENCE), MuxedTrack(np.tile(SILENCE, 3), default=False))
    assert not decoded.windows
    assert decoded.info.seconds == pytest.approx(1, abs=0.1)


def test_a_requested_track_is_read_even_if_it_is_silent(reader: ClipReader, sentence: Pcm) -> None:
    tracks = MuxedTrack(sentence), MuxedTrack(SILENCE, default=False)
    assert read(reader, *tracks, audio_track=1).windows
    assert not read(reader, *tracks, audio_track=2).windows


def test_a_track_that_the_file_lacks_is_refused(reader: ClipReader, sentence: Pcm) -> None:
    with pytest.raises(UnreadableAudio, match="fewer audio tracks"):
        read(reader, MuxedTrack(sentence), audio_track=2)
