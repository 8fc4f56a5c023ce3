"""Detecting the container of a file from its bytes.

File names and content types may be wrong. Each container maps to one FFmpeg demuxer, so FFmpeg
never probes, and playlists, which make FFmpeg open other files and addresses, are refused.
"""

from __future__ import annotations

from dataclasses import dataclass

from sentivox.audio.decoding.mpeg_frames import find_mpeg_audio
from sentivox.errors import UnreadableAudio, UnsupportedAudio
from sentivox.types import AUDIO_FORMATS

ACCEPTED = f"{', '.join(AUDIO_FORMATS[:-1])} or {AUDIO_FORMATS[-1]}"


@dataclass(frozen=True, slots=True)
class Container:
    """A container format and how FFmpeg reads it."""

    name: str
    """Common name: "wav", "mp4", ..."""
    demuxer: str
    """Name of FFmpeg's demuxer."""
    states_length: bool = False
    """Whether FFmpeg reads the length of the audio from the header, so that a truncated file can be
    detected by its length. For some others, `clip_reader.RECEIVED_FRACTION` counts bytes.
    """


FLAC = Container("flac", "flac", states_length=True)
WAV = Container("wav", "wav", states_length=True)
OGG = Container("ogg", "ogg")
WEBM = Container("webm", "matroska")
MATROSKA = Container("mkv", "matroska")
MP4 = Container("mp4", "mov", states_length=True)
MOV = Container("mov", "mov", states_length=True)
MPEG = Container("mpeg", "mpeg")
MP3 = Container("mp3", "mp3")
AAC = Container("aac", "aac")
AIFF = Container("aiff", "aiff", states_length=True)
AU = Container("au", "au", states_length=True)
CAF = Container("caf", "caf", states_length=True)
AMR = Container("amr", "amr")
ASF = Container("wma", "asf")
AVI = Container("avi", "avi")
FLV = Container("flv", "flv")
MPEG_TS = Container("ts", "mpegts")
W64 = Container("w64", "w64", states_length=True)
AC3 = Container("ac3", "ac3")
EAC3 = Container("eac3", "eac3")
DTS = Container("dts", "dts")
G722 = Container("g722", "g722")
"""Has no header, so it is read only when the caller names the container."""

_RIFF = (b"RIFF", b"RF64", b"BW64", b"RIFX")
_EBML = b"\x1a\x45\xdf\xa3"
_MPEG_PACK = b"\x00\x00\x01\xba"
_MOV_ATOMS = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide")
_PICTURE_BRANDS = (b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis", b"crx ")
_PREFIXES = {
    b"fLaC": FLAC,
    b"OggS": OGG,
    _MPEG_PACK: MPEG,
    b"#!AMR": AMR,
    b"caff": CAF,
    b".snd": AU,
    bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"): ASF,
    b"riff" + bytes.fromhex("2e91cf11a5d628db04c10000"): W64,
    b"FLV\x01": FLV,
    b"\x7f\xfe\x80\x01": DTS,
}
_AC3_SYNC = b"\x0b\x77"
_LAST_AC3 = 10
"""Greatest bit stream identification of AC-3; greater ones are E-AC-3 (ETSI TS 102 366, E.1.3)."""
_TS_SYNC = 0x47
_TS_PACKETS = (188, 192)
"""Lengths of a packet: of broadcasts, and of Blu-ray discs."""
_TS_REPEATS = 5
_SEARCHED_BYTES = 64 * 1024
"""Bytes searched for the beginning of a stream after other data."""


def sniff(audio: bytes) -> Container:
    """The container of a file; raise UnreadableAudio for an empty file and UnsupportedAudio for an
    unknown container.
    """
    if not audio:
        raise UnreadableAudio("The file is empty.")
    found = (
        _by_signature(audio[:64])
        or _by_packets(audio)
        or _by_mpeg_frames(audio)
        or _by_what_follows(audio)
    )
    if found is None:
        raise UnsupportedAudio(f"The file isn't audio of a known kind; send {ACCEPTED}.")
    return found


def _by_signature(head: bytes) -> Container | None:
    for prefix, container in _PREFIXES.items():
        if head.startswith(prefix):
            return container
    if head[:4] in _RIFF and head[8:12] == b"WAVE":
        return WAV
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return AVI
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return AIFF
    if head.startswith(_EBML):
        return WEBM if b"webm" in head else MATROSKA
    if head[4:8] in _MOV_ATOMS and head[8:12] not in _PICTURE_BRANDS:
        return MOV if head[8:12] == b"qt  " else MP4
    return None


def _by_packets(audio: bytes) -> Container | None:
    if audio.startswith(_AC3_SYNC) and len(audio) > 5:
        return AC3 if audio[5] >> 3 <= _LAST_AC3 else EAC3
    position = audio.find(_TS_SYNC, 0, _SEARCHED_BYTES)
    while position >= 0:
        if any(_repeats_sync(audio, position, length) for length in _TS_PACKETS):
            return MPEG_TS
        position = audio.find(_TS_SYNC, position + 1, _SEARCHED_BYTES)
    return None


def _repeats_sync(audio: bytes, position: int, length: int) -> bool:
    syncs = audio[position : position + _TS_REPEATS * length : length]
    return len(syncs) == _TS_REPEATS and set(syncs) == {_TS_SYNC}


def _by_mpeg_frames(audio: bytes) -> Container | None:
    found = find_mpeg_audio(audio)
    return {"mp3": MP3, "aac": AAC, "flac": FLAC}[found[0]] if found else None


def _by_what_follows(audio: bytes) -> Container | None:
    """The container of a file whose first bytes are damaged, or aren't its own."""
    second = int.from_bytes(audio[:4], "big")
    if 8 <= second <= _SEARCHED_BYTES and audio[second + 4 : second + 8] in _MOV_ATOMS:
        return MP4
    if audio.find(_MPEG_PACK, 0, _SEARCHED_BYTES) >= 0:
        return MPEG
    return None
