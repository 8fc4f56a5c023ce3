"""Audio files of every container and codec, encoded in memory with FFmpeg."""

from __future__ import annotations

import wave
from dataclasses import dataclass, field
from io import BytesIO

import av
import numpy as np
import numpy.typing as npt
from av.container import OutputContainer

from sentivox.types import SAMPLE_RATE, Pcm


@dataclass(frozen=True)
class Encoding:
    """Container, codec and options of a test file."""

    name: str
    """Expected `AudioInfo.container`."""
    muxer: str
    codec: str
    rate: int = SAMPLE_RATE
    layout: str = "mono"
    options: dict[str, str] = field(default_factory=dict)
    codec_options: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return "-".join([self.muxer, self.codec, str(self.rate), self.layout, *self.options])


ENCODINGS = (
    Encoding("flac", "flac", "flac"),
    Encoding("mp3", "mp3", "libmp3lame"),
    Encoding("mp3", "mp3", "libmp3lame", 44_100, "stereo", {"id3v2_version": "0"}),
    Encoding("mp3", "mp3", "libmp3lame", 44_100, "mono", {"write_xing": "0"}),
    Encoding("mp3", "mp2", "mp2", 48_000),
    Encoding("mp4", "mp4", "aac", 48_000, "stereo"),
    Encoding("mp4", "mp4", "aac", 48_000, "mono", {"movflags": "frag_keyframe+empty_moov"}),
    Encoding("mp4", "ipod", "alac", 44_100),
    Encoding("mov", "mov", "pcm_s16le", 48_000),
    Encoding("mpeg", "mpeg", "mp2", 48_000, "stereo"),
    Encoding("ogg", "ogg", "libopus", 48_000),
    Encoding("ogg", "ogg", "vorbis", 48_000, "stereo", {}, {"strict": "experimental"}),
    Encoding("webm", "webm", "libopus", 48_000, "stereo"),
    Encoding("webm", "webm", "libopus", 48_000, "mono", {"live": "1"}),
    Encoding("mkv", "matroska", "aac", 44_100),
    Encoding("aac", "adts", "aac", 44_100),
    Encoding("aiff", "aiff", "pcm_s16be"),
    Encoding("au", "au", "pcm_mulaw", 8_000),
    Encoding("caf", "caf", "alac", 44_100),
    Encoding("amr", "amr", "libopencore_amrnb", 8_000),
    Encoding("ac3", "ac3", "ac3", 48_000, "5.1"),
    Encoding("eac3", "eac3", "eac3", 48_000, "stereo"),
    Encoding("wma", "asf", "wmav2", 44_100, "stereo", {}, {"b": "64000"}),
    Encoding("avi", "avi", "mp2", 48_000),
    Encoding("flv", "flv", "aac", 44_100, "stereo"),
    Encoding("ts", "mpegts", "aac", 48_000, "stereo"),
    Encoding("w64", "w64", "pcm_s16le", 44_100),
    Encoding("wav", "wav", "pcm_s16le"),
    Encoding("wav", "wav", "pcm_s24le", 96_000, "5.1"),
    Encoding("wav", "wav", "pcm_f32le", 22_050),
    Encoding("wav", "wav", "pcm_u8", 11_025),
    Encoding("wav", "wav", "pcm_mulaw", 8_000),
    Encoding("wav", "wav", "pcm_alaw", 8_000),
    Encoding("wav", "wav", "adpcm_ms", 22_050),
    Encoding("wav", "wav", "adpcm_ima_wav", 22_050),
    Encoding("wav", "wav", "g722"),
    Encoding("wav", "wav", "g726", 8_000),
    Encoding("wav", "wav", "g723_1", 8_000, "mono", {}, {"b": "6300"}),
    Encoding("wav", "wav", "pcm_s16le", 44_100, "mono", {"rf64": "always"}),
)
WAV = Encoding("wav", "wav", "pcm_s16le")


def encode(pcm: Pcm, encoding: Encoding = WAV, *, pictures: bool = False) -> bytes:
    """Audio file of mono samples at SAMPLE_RATE, copied to every channel; with a video stream if
    `pictures`.
    """
    buffer = BytesIO()
    with av.open(buffer, "w", format=encoding.muxer, options=encoding.options) as container:
        film = picture_stream(container) if pictures else None
        stream = container.add_stream(
            encoding.codec, rate=encoding.rate, options=encoding.codec_options
        )
        assert isinstance(stream, av.AudioStream)
        stream.layout = encoding.layout
        formats = stream.codec_context.codec.audio_formats or [av.AudioFormat("s16")]
        resampler = av.AudioResampler(
            formats[0], encoding.layout, encoding.rate, stream.codec_context.frame_size or 1024
        )
        frame = av.AudioFrame.from_ndarray(pcm[np.newaxis], "s16", "mono")
        frame.sample_rate = SAMPLE_RATE
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
        if film:
            _mux_pictures(container, film)
    return buffer.getvalue()


def video_without_sound() -> bytes:
    """An mp4 file without an audio stream."""
    buffer = BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        _mux_pictures(container, picture_stream(container))
    return buffer.getvalue()


def picture_stream(container: OutputContainer) -> av.VideoStream:
    """A new stream of small pictures, ten a second."""
    stream = container.add_stream("mpeg4", rate=10)
    assert isinstance(stream, av.VideoStream)
    stream.width = stream.height = 64
    stream.pix_fmt = "yuv420p"
    return stream


def _mux_pictures(container: OutputContainer, stream: av.VideoStream) -> None:
    for _ in range(10):
        picture = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), "rgb24")
        container.mux(stream.encode(picture))
    container.mux(stream.encode(None))


def wav(samples: npt.NDArray[np.int16], rate: int = SAMPLE_RATE) -> bytes:
    """16-bit WAV file; `samples` has shape (frames,) or (frames, channels)."""
    buffer = BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1 if samples.ndim == 1 else samples.shape[1], 2, rate, 0, "NONE", ""))
        file.writeframes(samples.astype("<i2").tobytes())
    return buffer.getvalue()
