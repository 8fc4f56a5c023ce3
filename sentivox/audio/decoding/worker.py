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

import av
import av.error
import av.logging
from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet

from sentivox.audio.decoding import ogg
from sentivox.audio.decoding.clock import on_the_clock, start_of_clock
from sentivox.audio.decoding.messages import (
    HEADER,
    REQUEST,
    SECONDS,
    Failure,
    Kind,
    StreamInfo,
    UndecodableError,
)
from sentivox.audio.decoding.tracks import DECODERS, chosen_tracks, is_readable

BLOCK_BYTES = 256 * 1024
"""Approximate size of a PCM message; the pipe's back-pressure bounds what else is in memory."""
UNKNOWN_BYTES = 0x7F00_0000
"""Smallest length in bytes that means "unknown": streaming encoders then state about the largest
length they can."""

MERGED_SAMPLES = 16_384
"""Length to which short frames are merged before conversion."""
MAX_DEMUX_ERRORS = 100
"""Demuxer errors after which the rest of a file is dropped; reading resumes after each one."""

Send = Callable[[Kind, bytes], None]


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
        name_bytes, audio_bytes, track, longest_s = REQUEST.unpack(request)
        demuxer = requests.read(name_bytes).decode()
        audio = requests.read(audio_bytes)
        send(Kind.RECEIVED)
        decode(audio, demuxer, track, longest_s, send)


def decode(audio: bytes, demuxer: str, track: int, longest_s: float, send: Send) -> None:
    """Decode a track of one file, 0 for the default one, and send INFO, PCM and END, or FAILED."""
    links = ogg.links(audio) if demuxer == "ogg" else [audio]
    try:
        _send_first_readable(links, demuxer, track, longest_s, send)
    except UndecodableError as exc:
        send(Kind.FAILED, exc.failure.value)
    except (av.error.FFmpegError, MemoryError, ValueError, OverflowError):
        send(Kind.FAILED, Failure.UNREADABLE.value)


def _send_first_readable(
    links: list[bytes], demuxer: str, number: int, longest_s: float, send: Send
) -> None:
    """Sends the first of the chosen tracks that has samples."""
    with _opened(links[0], demuxer) as container:
        chosen = chosen_tracks(container, number)
    for place, track in enumerate(chosen):
        with _opened(links[0], demuxer) as container:
            stream = container.streams.audio[track - 1]
            end = StreamEnd()
            frames = end.watch(_frames(container, stream))
            frames = on_the_clock(frames, start_of_clock(container), longest_s)
            first = next(frames, None)
            if first is None:
                continue
            info = StreamInfo(
                stream.codec_context.name,
                first.sample_rate,
                tuple(channel.name for channel in first.layout.channels),
                _stated_seconds(stream),
                track,
                len(container.streams.audio),
                tuple(chosen[place + 1 :]),
            )
            send(Kind.INFO, info.to_bytes())
            _send_pcm(chain([first], frames, _later_links(links[1:], demuxer, longest_s)), send)
            send(Kind.END, SECONDS.pack(end.seconds))
            return
    raise UndecodableError(Failure.NO_SAMPLES)


def _later_links(links: list[bytes], demuxer: str, longest_s: float) -> Iterator[AudioFrame]:
    """The frames of the links after the first one; damaged ones are skipped."""
    for link in links:
        try:
            with _opened(link, demuxer) as container:
                stream = container.streams.best("audio")
                if isinstance(stream, AudioStream) and is_readable(stream):
                    start_s = start_of_clock(container)
                    yield from on_the_clock(_frames(container, stream), start_s, longest_s)
        except av.error.FFmpegError:
            continue


def _opened(audio: bytes, demuxer: str) -> InputContainer:
    return av.open(
        BytesIO(audio),
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


def _send_pcm(frames: Iterator[AudioFrame], send: Send) -> None:
    block = bytearray()
    for samples in _interleaved(frames):
        block += samples
        if len(block) >= BLOCK_BYTES:
            send(Kind.PCM, bytes(block))
            block.clear()
    send(Kind.PCM, bytes(block))


class StreamEnd:
    """End of the last decoded frame, in seconds of the file; skipped damage before it counts."""

    seconds = 0.0

    def watch(self, frames: Iterator[AudioFrame]) -> Iterator[AudioFrame]:
        """The frames unchanged, while `seconds` follows them."""
        for frame in frames:
            if frame.time is not None:
                self.seconds = max(self.seconds, frame.time + frame.samples / frame.sample_rate)
            yield frame


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """All decodable frames; damaged packets are skipped."""
    stream.codec_context.thread_count = 1
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
    decode(buffer.getvalue(), "wav", 0, 1.0, lambda kind, payload: None)
    decode(b"nothing", "flac", 0, 1.0, lambda kind, payload: None)


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
