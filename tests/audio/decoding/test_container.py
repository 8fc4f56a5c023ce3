from __future__ import annotations

import numpy as np
import pytest

from sentivox.audio.decoding.container import sniff
from sentivox.audio.decoding.mpeg_frames import adts_frame_bytes, mpeg_frame_bytes
from sentivox.errors import UnreadableAudio, UnsupportedAudio
from sentivox.types import Pcm
from tests.audio.encoding import ENCODINGS, Encoding, encode

NOT_AUDIO = {
    "text": b"hello, world\n" * 40,
    "html": b"<!doctype html><html><body>sign in first</body></html>",
    "zip": b"PK\x03\x04" + bytes(200),
    "pdf": b"%PDF-1.7\n" + bytes(200),
    "png": b"\x89PNG\r\n\x1a\n" + bytes(200),
    "jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(200),
    "gif": b"GIF89a" + bytes(200),
    "heic": b"\x00\x00\x00\x18ftypheic" + bytes(200),
    "webp": b"RIFF\x00\x10\x00\x00WEBP" + bytes(200),
    "playlist": b"#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:9/a.ts\n",
    "sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 9 RTP/AVP 0\n",
    "concat": b"ffconcat version 1.0\nfile /etc/passwd\n",
    "dash": b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"/>',
    "zeros": bytes(10_000),
    "set bits": b"\xff" * 10_000,
}


@pytest.mark.parametrize("encoding", ENCODINGS, ids=str)
def test_containers_are_detected_from_the_first_bytes(encoding: Encoding, sentence: Pcm) -> None:
    assert sniff(encode(sentence, encoding)).name == encoding.name


@pytest.mark.parametrize("content", NOT_AUDIO.values(), ids=NOT_AUDIO)
def test_other_files_are_refused_with_a_list_of_containers(content: bytes) -> None:
    with pytest.raises(UnsupportedAudio, match="mp3, mp4"):
        sniff(content)


def test_an_empty_file_has_an_error_of_its_own() -> None:
    with pytest.raises(UnreadableAudio, match="empty"):
        sniff(b"")


def test_flac_is_detected_after_an_id3_tag(sentence: Pcm) -> None:
    tag = b"ID3\x04\x00\x00\x00\x00\x01\x00" + bytes(128)
    assert sniff(tag + encode(sentence, ENCODINGS[0])).name == "flac"


def test_frame_lengths_are_those_of_the_standard() -> None:
    # 128 kbit/s, 44.1 kHz, layer III of MPEG 1: 144 * 128000 / 44100 = 417.96
    assert mpeg_frame_bytes(b"\xff\xfb\x90\x00") == 417
    assert mpeg_frame_bytes(b"\xff\xfb\x92\x00") == 418
    # 64 kbit/s, 22.05 kHz, layer III of MPEG 2: 72 * 64000 / 22050 = 208.98
    assert mpeg_frame_bytes(b"\xff\xf3\x80\x00") == 208
    assert mpeg_frame_bytes(b"\xff\xff\xff\xff") == 0
    assert adts_frame_bytes(b"\xff\xf1\x50\x80\x2e\x7f") == 0x173


@pytest.mark.parametrize("encoding", [each for each in ENCODINGS if each.name in ("mpeg", "ts")])
@pytest.mark.parametrize("junk", [1, 500, 20_000])
def test_streams_are_found_after_other_bytes(encoding: Encoding, junk: int, sentence: Pcm) -> None:
    before = np.random.default_rng(junk).integers(0, 70, junk, np.uint8).tobytes()
    assert sniff(before + encode(sentence, encoding)).name == encoding.name


@pytest.mark.parametrize("encoding", [each for each in ENCODINGS if each.name == "mp4"])
def test_an_mp4_with_a_damaged_first_box_is_found(encoding: Encoding, sentence: Pcm) -> None:
    file = encode(sentence, encoding)
    assert sniff(file[:4] + b"\xdctyp" + file[8:]).name == "mp4"
