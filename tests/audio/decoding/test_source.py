"""Files whose headers are wrong are read whole."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from sentivox.audio.clip_reader import ClipReader
from sentivox.errors import UnsupportedAudio
from sentivox.types import SAMPLE_RATE, Pcm, SpeechDetection
from tests.audio.encoding import WAV, Encoding, encode

pytestmark = pytest.mark.slow

DETECTION = SpeechDetection()
RF64 = Encoding("wav", "wav", "pcm_s16le", SAMPLE_RATE, "mono", {"rf64": "always"})
FLOAT = Encoding("wav", "wav", "pcm_f32le", 22_050)
AIFF = Encoding("aiff", "aiff", "pcm_s16be")
MP3 = Encoding("mp3", "mp3", "libmp3lame", 44_100, "stereo")
ADTS = Encoding("aac", "adts", "aac", 44_100)
OPUS = Encoding("ogg", "ogg", "libopus", 48_000)
STEREO_OPUS = Encoding("ogg", "ogg", "libopus", 48_000, "stereo")
VORBIS = Encoding("ogg", "ogg", "vorbis", 48_000, "stereo", {}, {"strict": "experimental"})


def seconds(reader: ClipReader, file: bytes) -> float:
    return reader.read(file, DETECTION).info.seconds


def codes(reader: ClipReader, file: bytes) -> list[str]:
    return [warning.code for warning in reader.read(file, DETECTION).warnings]


def with_size(wav: bytes, size: int) -> bytes:
    """A WAV file whose "data" chunk states this size."""
    place = wav.index(b"data") + 4
    return wav[:place] + struct.pack("<I", size) + wav[place + 4 :]


@pytest.mark.parametrize("encoding", [WAV, FLOAT], ids=str)
@pytest.mark.parametrize("share", [0.1, 0.33, 0.9])
def test_a_wav_file_is_read_beyond_the_size_that_it_states(
    encoding: Encoding, share: float, reader: ClipReader, sentence: Pcm
) -> None:
    wav = encode(sentence, encoding)
    file = with_size(wav, int(share * len(wav)) // 4 * 4)
    assert seconds(reader, file) == pytest.approx(len(sentence) / SAMPLE_RATE, abs=0.05)
    assert codes(reader, file) == ["truncated"]


def test_an_rf64_file_is_read_beyond_the_size_that_it_states(
    reader: ClipReader, sentence: Pcm
) -> None:
    wav = encode(sentence, RF64)
    place = wav.index(b"ds64") + 16
    file = wav[:place] + struct.pack("<Q", 10_000) + wav[place + 8 :]
    assert seconds(reader, file) == pytest.approx(len(sentence) / SAMPLE_RATE, abs=0.05)


@pytest.mark.parametrize("size", [0, 0x7FFF_FFFF, 0xFFFF_FFFF, 0x7F00_0000])
def test_sizes_of_programs_that_write_to_a_pipe_are_no_damage(
    size: int, reader: ClipReader, sentence: Pcm
) -> None:
    file = with_size(encode(sentence), size)
    assert seconds(reader, file) == pytest.approx(len(sentence) / SAMPLE_RATE, abs=0.05)
    assert not codes(reader, file)


def test_chunks_after_the_samples_are_not_audio(reader: ClipReader, sentence: Pcm) -> None:
    file = encode(sentence) + b"LIST" + struct.pack("<I", 2_000) + bytes(2_000)
    assert seconds(reader, file) == pytest.approx(len(sentence) / SAMPLE_RATE, abs=0.05)
    assert not codes(reader, file)


@pytest.mark.parametrize("size", [0x7F00_0008, 0xFFFF_FFFF, 0, 10_000])
def test_an_aiff_file_is_read_whatever_size_it_states(
    size: int, reader: ClipReader, sentence: Pcm
) -> None:
    aiff = encode(sentence, AIFF)
    place = aiff.index(b"SSND") + 4
    file = aiff[:place] + struct.pack(">I", size) + aiff[place + 4 :]
    assert seconds(reader, file) == pytest.approx(len(sentence) / SAMPLE_RATE, abs=0.05)


@pytest.mark.parametrize("encoding", [MP3, ADTS], ids=str)
@pytest.mark.parametrize("junk", [300, 16_384, 1_000_000])
def test_junk_before_the_first_frame_is_passed_over(
    encoding: Encoding, junk: int, reader: ClipReader, sentence: Pcm
) -> None:
    noise = np.random.default_rng(junk).integers(0, 256, junk, np.uint8).tobytes()
    file = b"ID3\x03\x00\x00\x00\x00\x00\x0a" + bytes(10) + noise + encode(sentence, encoding)
    decoded = reader.read(file, DETECTION)
    assert decoded.info.container == encoding.name
    assert decoded.info.seconds == pytest.approx(len(sentence) / SAMPLE_RATE, abs=0.2)


def test_a_tag_with_a_damaged_size_is_passed_over(reader: ClipReader, sentence: Pcm) -> None:
    file = b"ID3\x04\x00\x00\x00\x44\x00\x23" + bytes(35) + encode(sentence, MP3)
    assert seconds(reader, file) == pytest.approx(len(sentence) / SAMPLE_RATE, abs=0.2)


def rifx(samples: bytes, kind: int, bits: int, rate: int = SAMPLE_RATE) -> bytes:
    layout = struct.pack(">HHIIHH", kind, 1, rate, rate * bits // 8, bits // 8, bits)
    chunks = b"fmt " + struct.pack(">I", 16) + layout + b"data" + struct.pack(">I", len(samples))
    return b"RIFX" + struct.pack(">I", len(chunks) + len(samples) + 4) + b"WAVE" + chunks + samples


@pytest.mark.parametrize(
    ("kind", "bits", "dtype", "scale"),
    [(1, 16, ">i2", 1.0), (1, 32, ">i4", 65_536.0), (3, 32, ">f4", 1 / 32_768)],
)
def test_a_big_endian_wav_file_is_read(
    kind: int, bits: int, dtype: str, scale: float, reader: ClipReader, sentence: Pcm
) -> None:
    samples = (sentence.astype(np.float64) * scale).astype(dtype).tobytes()
    decoded = reader.read(rifx(samples, kind, bits), DETECTION)
    assert decoded.info.container == "wav"
    assert decoded.info.seconds == pytest.approx(len(sentence) / SAMPLE_RATE, abs=0.01)
    assert len(decoded.windows) == 1


def test_other_big_endian_wav_files_are_refused(reader: ClipReader) -> None:
    with pytest.raises(UnsupportedAudio, match="big-endian WAV"):
        reader.read(rifx(bytes(1_000), 2, 4), DETECTION)


@pytest.mark.parametrize(
    "links",
    [
        (OPUS, STEREO_OPUS),
        (OPUS, OPUS, OPUS),
        (VORBIS, OPUS),
        (VORBIS, STEREO_OPUS, VORBIS),
    ],
    ids=lambda links: "-".join(f"{link.codec}{link.layout}" for link in links),
)
def test_all_links_of_a_chained_ogg_file_are_read(
    links: tuple[Encoding, ...], reader: ClipReader, sentence: Pcm
) -> None:
    file = b"".join(encode(sentence, link) for link in links)
    decoded = reader.read(file, DETECTION)
    each = len(sentence) / SAMPLE_RATE
    assert decoded.info.seconds == pytest.approx(len(links) * each, abs=0.1 * len(links))
    assert sum(len(window.speech) for window in decoded.windows) == len(links)
