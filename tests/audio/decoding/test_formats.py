"""Every kind of file through the whole front end, made from one spoken sentence."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from sentivox.audio.clip_reader import ClipReader
from sentivox.audio.decoding.container import G722
from sentivox.errors import UnsupportedAudio
from sentivox.types import SAMPLE_RATE, Pcm, SpeechDetection, SpeechWindow
from tests.audio.encoding import ENCODINGS, Encoding, encode, video_without_sound, wav

DETECTION = SpeechDetection()
MAX_DELAY = 500
"""Samples by which an encoder may be late: AAC's and AMR's priming."""


def likeness(original: Pcm, window: SpeechWindow) -> float:
    """Best correlation over small delays, within the window."""
    start = round(window.start * SAMPLE_RATE)
    heard = window.pcm[MAX_DELAY:].astype(np.float64)
    reference = np.pad(original.astype(np.float64), SAMPLE_RATE)
    first = start + SAMPLE_RATE + MAX_DELAY
    shifted = (reference[first - delay :][: len(heard)] for delay in range(MAX_DELAY))
    return max(_cosine(heard, candidate) for candidate in shifted)


def peak_dbfs(pcm: Pcm) -> float:
    return float(20 * np.log10(np.abs(pcm.astype(np.int32)).max() / 32_768))


def _cosine(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float:
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


@pytest.mark.parametrize("encoding", ENCODINGS, ids=str)
def test_a_sentence_survives(encoding: Encoding, reader: ClipReader, sentence: Pcm) -> None:
    decoded = reader.read(encode(sentence, encoding), DETECTION)
    assert decoded.info.container == encoding.name
    assert decoded.info.sample_rate == encoding.rate
    assert decoded.info.channels == {"mono": 1, "stereo": 2, "5.1": 6}[encoding.layout]
    assert decoded.info.seconds == pytest.approx(len(sentence) / SAMPLE_RATE, abs=0.1)
    assert decoded.info.peak_dbfs == pytest.approx(peak_dbfs(sentence), abs=4)
    (window,) = decoded.windows
    assert likeness(sentence, window) > (0.8 if encoding.name == "amr" else 0.97)


def test_the_codec_is_named_as_ffmpeg_names_it(reader: ClipReader, sentence: Pcm) -> None:
    opus = Encoding("ogg", "ogg", "libopus", 48_000)
    assert reader.read(encode(sentence, opus), DETECTION).info.codec == "opus"


def test_raw_g722_is_read_when_it_is_named(reader: ClipReader, sentence: Pcm) -> None:
    raw = encode(sentence, Encoding("g722", "g722", "g722"))
    with pytest.raises(UnsupportedAudio):
        reader.read(raw, DETECTION)
    decoded = reader.read(raw, DETECTION, G722)
    assert decoded.info.container == "g722"
    assert likeness(sentence, decoded.windows[0]) > 0.97


@pytest.mark.parametrize("rate", [4_000, 12_000, 32_000, 44_101, 88_200, 192_000])
def test_any_sane_rate_gives_the_same_length(rate: int, reader: ClipReader, sentence: Pcm) -> None:
    decoded = reader.read(encode(sentence, Encoding("wav", "wav", "pcm_s16le", rate)), DETECTION)
    assert decoded.info.seconds == pytest.approx(len(sentence) / SAMPLE_RATE, abs=0.01)
    assert likeness(sentence, decoded.windows[0]) > 0.9


@pytest.mark.parametrize("channels", [2, 3, 6, 8])
@pytest.mark.parametrize("speaking", [0, 1])
def test_one_speaking_channel_among_silent_ones_is_heard(
    channels: int, speaking: int, reader: ClipReader, sentence: Pcm
) -> None:
    samples = np.zeros((len(sentence), channels), np.int16)
    samples[:, speaking] = sentence
    decoded = reader.read(wav(samples), DETECTION)
    assert decoded.info.channels == channels
    assert decoded.info.peak_dbfs == pytest.approx(peak_dbfs(sentence), abs=0.01)
    (window,) = decoded.windows
    assert likeness(sentence, window) > 0.99


@pytest.mark.parametrize("length", [0, 0xFFFFFFFF, 0x7FFFFFFF])
def test_a_wav_file_written_to_a_pipe_has_no_length_and_is_read_whole(
    length: int, reader: ClipReader, sentence: Pcm
) -> None:
    file = bytearray(wav(sentence))
    file[4:8] = file[40:44] = length.to_bytes(4, "little")
    decoded = reader.read(bytes(file), DETECTION)
    assert decoded.info.seconds == pytest.approx(len(sentence) / SAMPLE_RATE, abs=0.01)


def test_a_video_gives_its_sound_and_a_silent_one_says_so(
    reader: ClipReader, sentence: Pcm
) -> None:
    film = encode(sentence, Encoding("mp4", "mp4", "aac", 48_000), pictures=True)
    assert reader.read(film, DETECTION).windows
    with pytest.raises(UnsupportedAudio, match="no sound track"):
        reader.read(video_without_sound(), DETECTION)
