"""The decoding child: `python -m sentivox.audio.decoding.worker MEMORY_MB`.

FFmpeg parses hostile bytes here and nowhere else. After a warm-up the child can open no file and no
socket, writes no file, leaves no core and has a bounded address space; whoever started it may kill
it at any time. It imports PyAV and the standard library only.
"""

from __future__ import annotations

import os
import resource
import sys
import wave
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import chain, groupby
from typing import BinaryIO

import av
import av.error
import av.logging
from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet

from sentivox.audio.decoding.messages import HEADER, REQUEST, SECONDS, Failure, Kind, StreamInfo

BLOCK_BYTES = 256 * 1024
"""PCM is sent in pieces of about this size; the pipe's back-pressure bounds the rest."""
UNKNOWN_BYTES = 0x7FF0_0000
"""Streaming encoders write the largest number they can for a length they don't know."""

DECODERS = (
    "aac,aac_latm,ac3,adpcm_ima_qt,adpcm_ima_wav,adpcm_ms,alac,amrnb,amrwb,eac3,flac,g722,gsm,"
    "gsm_ms,libopencore_amrnb,libopencore_amrwb,libopus,libvorbis,mp1,mp1float,mp2,mp2float,mp3,"
    "mp3float,opus,pcm_alaw,pcm_dvd,pcm_f32be,pcm_f32le,pcm_f64be,pcm_f64le,pcm_mulaw,pcm_s16be,"
    "pcm_s16le,pcm_s24be,pcm_s24le,pcm_s32be,pcm_s32le,pcm_s8,pcm_u8,speex,vorbis"
)

GATHERED_SAMPLES = 16_384
MOST_RESUMPTIONS = 100
"""Times a file is read on after a place that makes no sense."""

Send = Callable[[Kind, bytes], None]


class UndecodableError(Exception):
    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure


def main(argv: list[str]) -> None:
    requests, answers = os.fdopen(0, "rb"), os.fdopen(1, "wb", buffering=0)
    av.logging.set_level(None)
    _warm_up()
    _confine(memory_mb=int(argv[1]))

    def send(kind: Kind, payload: bytes = b"") -> None:
        answers.write(HEADER.pack(kind.value, len(payload)))
        view = memoryview(payload)
        while view:
            view = view[answers.write(view) or 0 :]

    send(Kind.READY)
    while request := requests.read(REQUEST.size):
        name_bytes, audio_bytes = REQUEST.unpack(request)
        demuxer = requests.read(name_bytes).decode()
        audio = BytesIO(requests.read(audio_bytes))
        send(Kind.RECEIVED)
        answer(audio, demuxer, send)


def answer(audio: BinaryIO, demuxer: str, send: Send) -> None:
    """Send INFO, PCM and END, or FAILED."""
    try:
        with _opened(audio, demuxer) as container:
            _send_audio(container, send)
    except UndecodableError as exc:
        send(Kind.FAILED, exc.failure.value)
    except (av.error.FFmpegError, MemoryError, ValueError, OverflowError):
        send(Kind.FAILED, Failure.UNREADABLE.value)


def _opened(audio: BinaryIO, demuxer: str) -> InputContainer:
    return av.open(
        audio,
        mode="r",
        format=demuxer,
        options={
            "format_whitelist": demuxer,
            "codec_whitelist": DECODERS,
            "protocol_whitelist": "none",
            "max_streams": "64",
        },
        metadata_errors="replace",
    )


def _send_audio(container: InputContainer, send: Send) -> None:
    stream = _sound_track(container)
    frames = _frames(container, stream)
    first = next(frames, None)
    if first is None:
        raise UndecodableError(Failure.NO_SAMPLES)
    info = StreamInfo(
        stream.codec_context.name,
        first.sample_rate,
        first.layout.nb_channels,
        _stated_seconds(stream),
    )
    send(Kind.INFO, info.to_bytes())
    reached = Reached()
    block = bytearray()
    for samples in _interleaved(reached.watch(chain([first], frames))):
        block += samples
        if len(block) >= BLOCK_BYTES:
            send(Kind.PCM, bytes(block))
            block.clear()
    send(Kind.PCM, bytes(block))
    send(Kind.END, SECONDS.pack(reached.seconds))


class Reached:
    """How far into the file the last frame was, damaged ones before it included."""

    seconds = 0.0

    def watch(self, frames: Iterator[AudioFrame]) -> Iterator[AudioFrame]:
        for frame in frames:
            if frame.time is not None:
                self.seconds = max(self.seconds, frame.time + frame.samples / frame.sample_rate)
            yield frame


def _sound_track(container: InputContainer) -> AudioStream:
    stream = container.streams.best("audio")
    if not isinstance(stream, AudioStream):
        raise UndecodableError(Failure.NO_TRACK)
    context = stream.codec_context
    if context is None or context.codec.name not in DECODERS.split(","):
        raise UndecodableError(Failure.UNKNOWN_CODEC)
    context.thread_count = 1
    return stream


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """Every frame that decodes; what is damaged between them is skipped."""
    packets = container.demux(stream)
    for _ in range(MOST_RESUMPTIONS):
        try:
            for packet in packets:
                yield from _decoded(stream, packet)
        except av.error.FFmpegError:
            packets = container.demux(stream)
        else:
            return


def _decoded(stream: AudioStream, packet: Packet[AudioStream]) -> list[AudioFrame]:
    try:
        return stream.codec_context.decode(packet)
    except av.error.FFmpegError:
        return []


def _interleaved(frames: Iterator[AudioFrame]) -> Iterator[bytes]:
    """int16 samples in the rate and channels of the first frame, even if the file changes them."""
    first = next(frames)
    layout, rate = first.layout.name, first.sample_rate
    for _, alike in groupby(chain([first], frames), key=_shape):
        resampler = AudioResampler("s16", layout, rate)
        for frame in chain(_gathered(alike), [None]):
            yield from map(_samples, resampler.resample(frame))


def _gathered(frames: Iterator[AudioFrame]) -> Iterator[AudioFrame]:
    """Fewer, longer frames: converting one costs as much as decoding it, whatever its length."""
    fifo = AudioFifo()
    for frame in frames:
        # Times are no use any more, and a gap between two would be refused.
        frame.pts = None
        fifo.write(frame)
        if fifo.samples >= GATHERED_SAMPLES:
            yield from filter(None, [fifo.read()])
    yield from filter(None, [fifo.read()])


def _shape(frame: AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate


def _samples(frame: AudioFrame) -> bytes:
    # A plane is padded for alignment beyond its samples.
    return bytes(frame.planes[0])[: 2 * frame.samples * frame.layout.nb_channels]


def _stated_seconds(stream: AudioStream) -> float | None:
    if stream.duration is None or stream.time_base is None:
        return None
    seconds = float(stream.duration * stream.time_base)
    if seconds * (stream.codec_context.bit_rate or 0) / 8 >= UNKNOWN_BYTES:
        return None
    return seconds


def _warm_up() -> None:
    """Decode once, so that nothing is left to import when no file can be opened any more."""
    buffer = BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(bytes(3200))
    answer(BytesIO(buffer.getvalue()), "wav", lambda kind, payload: None)
    answer(BytesIO(b"nothing"), "flac", lambda kind, payload: None)


def _confine(memory_mb: int) -> None:
    with open("/proc/self/statm") as statm:  # noqa: PTH123 - pathlib would be one more import
        pages = int(statm.read().split()[0])
    address_space = pages * resource.getpagesize() + memory_mb * 1024 * 1024
    # The listing itself holds one descriptor, which is closed again: its number is the first free.
    descriptors = max(int(name) for name in os.listdir("/proc/self/fd"))  # noqa: PTH208
    for limit, value in (
        (resource.RLIMIT_AS, address_space),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, descriptors),
    ):
        resource.setrlimit(limit, (value, value))


if __name__ == "__main__":
    main(sys.argv)
