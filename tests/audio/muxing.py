"""Files with several audio tracks, late audio, and gaps in their time stamps."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO

import av
import numpy as np
from av.container import OutputContainer

from sentivox.types import SAMPLE_RATE, Pcm


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
        film = _film(container) if pictures_s else None
        streams = [_audio_stream(container, track) for track in tracks]
        packets = [
            packet
            for track, stream in zip(tracks, streams, strict=True)
            for packet in _packets(track, stream)
        ]
        if film:
            packets += _pictures(film, pictures_s)
        for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
            container.mux(packet)
    return buffer.getvalue()


def _audio_stream(container: OutputContainer, track: MuxedTrack) -> av.AudioStream:
    stream = container.add_stream(track.codec, rate=track.rate, options={"strict": "-2"})
    assert isinstance(stream, av.AudioStream)
    stream.layout = track.layout
    stream.bit_rate = 64_000
    stream.disposition = av.stream.Disposition.default if track.default else 0
    return stream


def _packets(track: MuxedTrack, stream: av.AudioStream) -> list[av.Packet]:
    formats = stream.codec_context.codec.audio_formats or [av.AudioFormat("s16")]
    resampler = av.AudioResampler(formats[0], track.layout, track.rate, 1024)
    frame = av.AudioFrame.from_ndarray(track.pcm[np.newaxis], "s16", "mono")
    frame.sample_rate = SAMPLE_RATE
    frame.pts, frame.time_base = 0, Fraction(1, SAMPLE_RATE)
    packets: list[av.Packet] = []
    for piece in [*resampler.resample(frame), *resampler.resample(None), None]:
        packets += stream.encode(piece)
    for packet in packets:
        if packet.pts is None:
            continue
        seconds = float(packet.pts * packet.time_base)
        shift_s = track.start_s + track.pause_s * (seconds >= track.pause_at_s)
        ticks = round(shift_s / packet.time_base)
        packet.pts += ticks
        packet.dts = packet.pts
    return [packet for packet in packets if packet.pts is not None]


def _film(container: OutputContainer) -> av.VideoStream:
    stream = container.add_stream("mpeg4", rate=10)
    assert isinstance(stream, av.VideoStream)
    stream.width = stream.height = 64
    stream.pix_fmt = "yuv420p"
    return stream


def _pictures(stream: av.VideoStream, seconds: float) -> list[av.Packet]:
    packets: list[av.Packet] = []
    for _ in range(int(10 * seconds)):
        picture = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), "rgb24")
        packets += stream.encode(picture)
    packets += stream.encode(None)
    return [packet for packet in packets if packet.dts is not None]
