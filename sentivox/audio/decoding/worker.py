"""The decoding child process: `python -m sentivox.audio.decoding.worker MEMORY_MB`.

FFmpeg parses untrusted bytes in this process only. After a warm-up the process can't open a file or
a socket, write a file or dump core, and its address space is bounded; its parent may kill it at any
time. It imports PyAV and the standard library only.
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
"""Approximate size of a PCM message; the pipe's back-pressure bounds what else is in memory."""
UNKNOWN_BYTES = 0x7FF0_0000
"""Smallest length in bytes that means "unknown": streaming encoders then state about the largest
length they can."""

DECODERS = (
    "aac,aac_latm,ac3,adpcm_ima_qt,adpcm_ima_wav,adpcm_ms,alac,amrnb,amrwb,eac3,flac,g722,gsm,"
    "gsm_ms,libopencore_amrnb,libopencore_amrwb,libopus,libvorbis,mp1,mp1float,mp2,mp2float,mp3,"
    "mp3float,opus,pcm_alaw,pcm_dvd,pcm_f32be,pcm_f32le,pcm_f64be,pcm_f64le,pcm_mulaw,pcm_s16be,"
    "pcm_s16le,pcm_s24be,pcm_s24le,pcm_s32be,pcm_s32le,pcm_s8,pcm_u8,speex,vorbis"
)

MERGED_SAMPLES = 16_384
"""Length to which short frames are merged before conversion."""
MAX_DEMUX_ERRORS = 100
"""Demuxer errors after which the rest of a file is dropped; reading resumes after each one."""

Send = Callable[[Kind, bytes], None]


class UndecodableError(Exception):
    """The file has no decodable audio."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure


def main(argv: list[str]) -> None:
    """Decode files from standard input until it ends; see `messages` for the protocol."""
    requests, responses = os.fdopen(0, "rb"), os.fdopen(1, "wb", buffering=0)
    av.logging.set_level(None)
    _warm_up()
    _confine(memory_mb=int(argv[1]))

    def send(kind: Kind, payload: bytes = b"") -> None:
        responses.write(HEADER.pack(kind.value, len(payload)))
        view = memoryview(payload)
        while view:
            view = view[responses.write(view) or 0 :]

    send(Kind.READY)
    while request := requests.read(REQUEST.size):
        name_bytes, audio_bytes = REQUEST.unpack(request)
        demuxer = requests.read(name_bytes).decode()
        audio = BytesIO(requests.read(audio_bytes))
        send(Kind.RECEIVED)
        decode(audio, demuxer, send)


def decode(audio: BinaryIO, demuxer: str, send: Send) -> None:
    """Decode one file and send INFO, PCM and END, or FAILED."""
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
    stream = _audio_stream(container)
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
    end = StreamEnd()
    block = bytearray()
    for samples in _interleaved(end.watch(chain([first], frames))):
        block += samples
        if len(block) >= BLOCK_BYTES:
            send(Kind.PCM, bytes(block))
            block.clear()
    send(Kind.PCM, bytes(block))
    send(Kind.END, SECONDS.pack(end.seconds))


class StreamEnd:
    """End of the last decoded frame, in seconds of the file; skipped damage before it counts."""

    seconds = 0.0

    def watch(self, frames: Iterator[AudioFrame]) -> Iterator[AudioFrame]:
        """The frames unchanged, while `seconds` follows them."""
        for frame in frames:
            if frame.time is not None:
                self.seconds = max(self.seconds, frame.time + frame.samples / frame.sample_rate)
            yield frame


def _audio_stream(container: InputContainer) -> AudioStream:
    stream = container.streams.best("audio")
    if not isinstance(stream, AudioStream):
        raise UndecodableError(Failure.NO_TRACK)
    context = stream.codec_context
    if context is None or context.codec.name not in DECODERS.split(","):
        raise UndecodableError(Failure.UNKNOWN_CODEC)
    context.thread_count = 1
    return stream


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """All decodable frames; damaged packets are skipped."""
    packets = container.demux(stream)
    for _ in range(MAX_DEMUX_ERRORS):
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
    """Interleaved int16 samples in the sample rate and layout of the first frame."""
    first = next(frames)
    layout, rate = first.layout.name, first.sample_rate
    for _, same_format in groupby(chain([first], frames), key=_format):
        resampler = AudioResampler("s16", layout, rate)
        for frame in chain(_merged(same_format), [None]):
            yield from map(_samples, resampler.resample(frame))


def _merged(frames: Iterator[AudioFrame]) -> Iterator[AudioFrame]:
    """Fewer, longer frames: the cost of a conversion hardly depends on the frame's length."""
    fifo = AudioFifo()
    for frame in frames:
        # The FIFO refuses gaps between times, and nothing after it needs times.
        frame.pts = None
        fifo.write(frame)
        if fifo.samples >= MERGED_SAMPLES:
            yield from filter(None, [fifo.read()])
    yield from filter(None, [fifo.read()])


def _format(frame: AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate


def _samples(frame: AudioFrame) -> bytes:
    # A plane is padded for alignment after its samples.
    return bytes(frame.planes[0])[: 2 * frame.samples * frame.layout.nb_channels]


def _stated_seconds(stream: AudioStream) -> float | None:
    if stream.duration is None or stream.time_base is None:
        return None
    seconds = float(stream.duration * stream.time_base)
    if seconds * (stream.codec_context.bit_rate or 0) / 8 >= UNKNOWN_BYTES:
        return None
    return seconds


def _warm_up() -> None:
    """Decode once: imports the modules and codecs that can't be opened after `_confine`."""
    buffer = BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(bytes(3200))
    decode(BytesIO(buffer.getvalue()), "wav", lambda kind, payload: None)
    decode(BytesIO(b"nothing"), "flac", lambda kind, payload: None)


def _confine(memory_mb: int) -> None:
    """Limit memory to `memory_mb` more than now, and forbid new files, file growth and cores."""
    with open("/proc/self/statm") as statm:  # noqa: PTH123 - pathlib would be one more import
        pages = int(statm.read().split()[0])
    address_space = pages * resource.getpagesize() + memory_mb * 1024 * 1024
    # The listing's own descriptor is closed again, so its number is the lowest free one.
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
