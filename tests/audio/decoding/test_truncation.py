"""Truncated files that state their number of bytes have a warning, and whole files never have."""

from __future__ import annotations

import time
from io import BytesIO

import av
import pytest

from sentivox.audio.clip_reader import ClipReader
from sentivox.audio.decoding import ebml, xing
from sentivox.types import SAMPLE_RATE, Pcm, SpeechDetection
from tests.audio.encoding import Encoding, encode

pytestmark = pytest.mark.slow

DETECTION = SpeechDetection()
MP3 = Encoding("mp3", "mp3", "libmp3lame", 44_100, "stereo")
BARE_MP3 = Encoding("mp3", "mp3", "libmp3lame", 44_100, "stereo", {"id3v2_version": "0"})
WEBM = Encoding("webm", "webm", "libopus", 48_000)
LIVE_WEBM = Encoding("webm", "webm", "libopus", 48_000, "mono", {"live": "1"})
MP3S = [
    Encoding("mp3", "mp3", "libmp3lame", rate, layout, options)
    for rate in (8_000, 16_000, 22_050, 44_100, 48_000)
    for layout in ("mono", "stereo")
    for options in ({}, {"write_xing": "0"}, {"write_id3v1": "1"}, {"id3v2_version": "0"})
]
ID3V1 = b"TAG" + bytes(125)
APE = b"APETAGEX" + (2000).to_bytes(4, "little") + bytes(2000)
PICTURE = b"ID3\x03\x00\x00\x00\x01\x00\x00" + bytes(1 << 14)
"""An ID3v2 tag of 16 KiB, each byte of whose size holds seven bits."""


def piped(pcm: Pcm, encoding: Encoding) -> bytes:
    """The file of a program that writes to a pipe and can't return to the header."""

    class Pipe(BytesIO):
        def seekable(self) -> bool:
            return False

    pipe = Pipe()
    with (
        av.open(BytesIO(encode(pcm, encoding)), "r") as source,
        av.open(pipe, "w", format=encoding.muxer) as target,
    ):
        stream = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    return pipe.getvalue()


def seconds(reader: ClipReader, file: bytes) -> float:
    return reader.read(file, DETECTION).info.seconds


def warnings(reader: ClipReader, file: bytes) -> list[str]:
    return [warning.message for warning in reader.read(file, DETECTION).warnings]


@pytest.mark.parametrize("encoding", [MP3, BARE_MP3, WEBM], ids=str)
def test_a_warning_states_how_much_is_missing(
    encoding: Encoding, reader: ClipReader, sentence: Pcm
) -> None:
    file = encode(sentence, encoding)
    assert not warnings(reader, file)
    for share in (95, 50):
        [warning] = warnings(reader, file[: len(file) * share // 100])
        assert warning == f"The file seems cut off: {share}% of it is here."


@pytest.mark.parametrize("encoding", MP3S, ids=str)
def test_the_received_fraction_of_a_whole_mp3_is_one_at_every_rate(
    encoding: Encoding, sentence: Pcm
) -> None:
    assert xing.received_fraction(encode(sentence, encoding)) == 1


@pytest.mark.parametrize(
    "encoding", [one for one in MP3S if "write_xing" not in one.options], ids=str
)
def test_the_received_fraction_of_half_an_mp3_is_half_at_every_rate(
    encoding: Encoding, sentence: Pcm
) -> None:
    file = encode(sentence, encoding)
    assert xing.received_fraction(file[: len(file) // 2]) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("encoding", [MP3, BARE_MP3], ids=str)
@pytest.mark.parametrize("before", [b"", PICTURE, bytes(1_000)], ids=["", "id3v2", "padding"])
@pytest.mark.parametrize(
    "after", [b"", ID3V1, APE + ID3V1, bytes(50_000)], ids=["", "id3v1", "ape", "junk"]
)
def test_data_around_an_mp3_is_not_counted_as_missing(
    before: bytes, after: bytes, encoding: Encoding, reader: ClipReader, sentence: Pcm
) -> None:
    file = before + encode(sentence, encoding) + after
    assert seconds(reader, file) == pytest.approx(len(sentence) / SAMPLE_RATE, abs=0.1)


def test_a_picture_does_not_count_as_received_audio(reader: ClipReader, sentence: Pcm) -> None:
    file = encode(sentence, BARE_MP3)
    [warning] = warnings(reader, PICTURE + file[: len(file) // 2])
    assert "50%" in warning


def test_an_mp3_written_to_a_pipe_states_no_length(reader: ClipReader, sentence: Pcm) -> None:
    file = piped(sentence, MP3)
    assert seconds(reader, file) == pytest.approx(len(sentence) / SAMPLE_RATE, abs=0.1)
    assert seconds(reader, file[: len(file) // 2])


@pytest.mark.parametrize(
    ("flags", "numbers", "share"),
    [(0, (9, 9), 1), (1, (9, 9), 1), (2, (2_000, 9), 0.5), (3, (9, 2_000), 0.5), (3, (9, 0), 1)],
)
def test_the_flags_select_the_number_of_bytes(
    flags: int, numbers: tuple[int, int], share: float
) -> None:
    # 32 kbit/s at 44.1 kHz, layer III of MPEG 1, mono: frames of 104 bytes.
    frame = b"\xff\xfb\x10\xc0".ljust(104, b"\x00")
    header = b"Xing" + b"".join(number.to_bytes(4, "big") for number in (flags, *numbers))
    first = frame[:21] + header + frame[21 + len(header) :]
    assert xing.received_fraction((first + frame * 9)[:1_000]) == share


def test_a_live_recording_states_no_size(reader: ClipReader, sentence: Pcm) -> None:
    for file in (encode(sentence, LIVE_WEBM), piped(sentence, WEBM)):
        assert ebml.received_fraction(file[: len(file) // 2]) == 1
        assert seconds(reader, file) == pytest.approx(len(sentence) / SAMPLE_RATE, abs=0.1)


def test_data_after_a_segment_is_not_counted_as_missing(reader: ClipReader, sentence: Pcm) -> None:
    file = encode(sentence, WEBM) + bytes(5_000)
    assert seconds(reader, file) == pytest.approx(len(sentence) / SAMPLE_RATE, abs=0.1)


HEAD = b"\x1a\x45\xdf\xa3\x84webm"
SEGMENT = b"\x18\x53\x80\x67"


@pytest.mark.parametrize(
    ("file", "share"),
    [
        (HEAD + SEGMENT + b"\x88half", 0.5),
        (HEAD + SEGMENT + b"\x40\x08half", 0.5),
        (HEAD + b"\xec\x83pad" + SEGMENT + b"\x88half", 0.5),
        (HEAD + SEGMENT + b"\x84whole and more", 1),
        (HEAD + SEGMENT + b"\xffof any length", 1),
        (HEAD + SEGMENT + b"\x01\xff\xff\xff\xff\xff\xff\xffof any length", 1),
        (HEAD + SEGMENT + b"\x80", 1),
        (HEAD + SEGMENT + b"\x40", 1),
        (HEAD + SEGMENT, 1),
        (HEAD + b"\x00" * 99, 1),
        (HEAD, 1),
        (HEAD[:6], 1),
        (b"", 1),
    ],
)
def test_segment_sizes_are_parsed_as_the_standard_defines(file: bytes, share: float) -> None:
    assert ebml.received_fraction(file) == share


def test_the_search_for_the_segment_is_bounded() -> None:
    began = time.monotonic()
    assert ebml.received_fraction(HEAD + b"\xec\x81 " * 1_000_000 + SEGMENT + b"\x88half") == 1
    assert time.monotonic() - began < 0.1
