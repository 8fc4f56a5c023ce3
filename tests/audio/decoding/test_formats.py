"""One spoken sentence through every container and codec."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from sentivox.audio.clip_reader import ClipReader
from sentivox.audio.decoding.container import G722
from sentivox.errors import UnsupportedAudio
from sentivox.types import SAMPLE_RATE, Pcm, SpeechDetection, SpeechWindow
from tests.audio.encoding import ENCODINGS, Encoding, encode, video_without_sound, wav

pytestmark = pytest.mark.slow

DETECTION = SpeechDetection()
MAX_DELAY = 800
"""Largest encoder delay in samples: the priming of AAC, AMR and WMA."""


def correlation(original: Pcm, window: SpeechWindow) -> float:
    """Highest correlation of the window with the original over delays up to MAX_DELAY; negative
    ones are the priming that a decoder drops too much.
    """
    start = round(window.start * SAMPLE_RATE)
    decoded = window.pcm[MAX_DELAY:].astype(np.float64)
    reference = np.pad(original.astype(np.float64), SAMPLE_RATE)
    first = start + SAMPLE_RATE + MAX_DELAY
    shifted = (reference[first - delay :][: len(decoded)] for delay in range(-MAX_DELAY, MAX_DELAY))
    return max(_cosine(decoded, candidate) for candidate in shifted)


def peak_dbfs(pcm: Pcm) -> float:
    return float(20 * np.log10(np.abs(pcm.astype(np.int32)).max() / 32_768))


def _cosine(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float:
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


@pytest.mark.parametrize("encoding", ENCODINGS, ids=str)
def test_the_decoded_sentence_matches_the_original(
    encoding: Encoding, reader: ClipReader, sentence: Pcm
) -> None:
    decoded = reader.read(encode(sentence, encoding), DETECTION)
    assert decoded.info.container == encoding.name
    assert decoded.info.sample_rate == encoding.rate
    assert decoded.info.channels == {"mono": 1, "stereo": 2, "5.1": 6}[encoding.layout]
    assert decoded.info.seconds == pytest.approx(len(sentence) / SAMPLE_RATE, abs=0.1)
    assert decoded.info.peak_dbfs == pytest.approx(peak_dbfs(sentence), abs=4)
    (window,) = decoded.windows
    assert correlation(sentence, window) > (0.8 if encoding.name == "amr" else 0.97)


def test_the_codec_has_ffmpegs_name(reader: ClipReader, sentence: Pcm) -> None:
    opus = Encoding("ogg", "ogg", "libopus", 48_000)
    assert reader.read(encode(sentence, opus), DETECTION).info.codec == "opus"


def test_raw_g722_is_read_if_the_container_is_given(reader: ClipReader, sentence: Pcm) -> None:
    raw = encode(sentence, Encoding("g722", "g722", "g722"))
    with pytest.raises(UnsupportedAudio):
        reader.read(raw, DETECTION)
    decoded = reader.read(raw, DETECTION, G722)
    assert decoded.info.container == "g722"
    assert correlation(sentence, decoded.windows[0]) > 0.97


@pytest.mark.parametrize("rate", [4_000, 12_000, 32_000, 44_101, 88_200, 192_000])
def test_every_rate_gives_the_same_length(rate: int, reader: ClipReader, sentence: Pcm) -> None:
    decoded = reader.read(encode(sentence, Encoding("wav", "wav", "pcm_s16le", rate)), DETECTION)
    assert decoded.info.seconds == pytest.approx(len(sentence) / SAMPLE_RATE, abs=0.01)
    assert correlation(sentence, decoded.windows[0]) > 0.9


@pytest.mark.parametrize("channels", [2, 3, 6, 8])
@pytest.mark.parametrize("speaking", [0, 1])
def test_speech_on_one_of_many_channels_is_decoded(
    channels: int, speaking: int, reader: ClipReader, sentence: Pcm
) -> None:
    samples = np.zeros((len(sentence), channels), np.int16)
    samples[:, speaking] = sentence
    decoded = reader.read(wav(samples), DETECTION)
    assert decoded.info.channels == channels
    assert decoded.info.peak_dbfs == pytest.approx(peak_dbfs(sentence), abs=0.01)
    (window,) = decoded.windows
    assert correlation(sentence, window) > 0.99


@pytest.mark.parametrize("length", [0, 0xFFFFFFFF, 0x7FFFFFFF])
def test_a_wav_file_without_a_length_is_read_to_its_end(
    length: int, reader: ClipReader, sentence: Pcm
) -> None:
    file = bytearray(wav(sentence))
    file[4:8] = file[40:44] = length.to_bytes(4, "little")
    decoded = reader.read(bytes(file), DETECTION)
    assert decoded.info.seconds == pytest.approx(len(sentence) / SAMPLE_RATE, abs=0.01)


def test_the_audio_of_a_video_is_read_and_its_absence_reported(
    reader: ClipReader, sentence: Pcm
) -> None:
    film = encode(sentence, Encoding("mp4", "mp4", "aac", 48_000), pictures=True)
    assert reader.read(film, DETECTION).windows
    with pytest.raises(UnsupportedAudio, match="no sound track"):
        reader.read(video_without_sound(), DETECTION)
