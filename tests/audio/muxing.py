"""Files with several audio tracks, late audio, and gaps in their time stamps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from av.container import OutputContainer

from sentivox.types import SAMPLE_RATE, Pcm
from tests.audio.encoding import picture_stream

if TYPE_CHECKING:
    Packet = av.Packet[Any]


@dataclass(frozen=True)
class MuxedTrack:
    """One audio track; times in seconds."""

    pcm: Pcm
    codec: str = "aac"
    rate: int = 48_000
    layout: str = "mono"
    start_s: float = 0.0
    pause_at_s: float = 0.0
    pause_s: float = 0.0
    """Gap in the time stamps: nothing is recorded meanwhile."""
    default: bool = True


def muxed(muxer: str, *tracks: MuxedTrack, pictures_s: float = 0.0) -> bytes:
    """A file of these tracks, with pictures of that length from 0 on."""
    buffer = BytesIO()
    with av.open(buffer, "w", format=muxer) as container:
        film = picture_stream(container) if pictures_s else None
        streams = [_audio_stream(container, track) for track in tracks]
        packets = [
            packet
            for track, stream in zip(tracks, streams, strict=True)
            for packet in _packets(track, stream)
        ]
        if film:
            packets += _pictures(film, pictures_s)
        for packet in sorted(packets, key=_seconds):
            container.mux(packet)
    return buffer.getvalue()


def _audio_stream(container: OutputContainer, track: MuxedTrack) -> av.AudioStream:
    stream = container.add_stream(track.codec, rate=track.rate, options={"strict": "-2"})
    assert isinstance(stream, av.AudioStream)
    stream.layout = track.layout
    stream.bit_rate = 64_000
    stream.disposition = av.stream.Disposition(track.default)
    return stream


def _packets(track: MuxedTrack, stream: av.AudioStream) -> list[Packet]:
    formats = stream.codec_context.codec.audio_formats or [av.AudioFormat("s16")]
    resampler = av.AudioResampler(formats[0], track.layout, track.rate, 1024)
    frame = av.AudioFrame.from_ndarray(track.pcm[np.newaxis], "s16", "mono")
    frame.sample_rate = SAMPLE_RATE
    frame.pts, frame.time_base = 0, Fraction(1, SAMPLE_RATE)
    packets: list[Packet] = []
    for piece in [*resampler.resample(frame), *resampler.resample(None), None]:
        packets += stream.encode(piece)
    return [_shifted(packet, track) for packet in _timed(packets)]


def _shifted(packet: Packet, track: MuxedTrack) -> Packet:
    shift_s = track.start_s + track.pause_s * (_seconds(packet) >= track.pause_at_s)
    packet.pts = packet.dts = round((_seconds(packet) + shift_s) / packet.time_base)
    return packet


def _timed(packets: Iterable[Packet]) -> list[Packet]:
    return [packet for packet in packets if packet.pts is not None]


def _seconds(packet: Packet) -> float:
    assert packet.pts is not None
    return float(packet.pts * packet.time_base)


def _pictures(stream: av.VideoStream, seconds: float) -> list[Packet]:
    packets: list[Packet] = []
    for _ in range(int(10 * seconds)):
        picture = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), "rgb24")
        packets += stream.encode(picture)
    return _timed([*packets, *stream.encode(None)])
