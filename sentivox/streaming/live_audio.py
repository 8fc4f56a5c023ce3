"""What live clients send, to mono samples at SAMPLE_RATE."""

from __future__ import annotations

from dataclasses import dataclass

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.resampler import AudioResampler

from sentivox.types import SAMPLE_RATE, Pcm


@dataclass(frozen=True, slots=True)
class LiveFormat:
    """Mono, without a container."""

    codec: str
    """FFmpeg's name for it."""
    rate: int
    """Samples per second."""
    bytes_per_sample: int

    def seconds(self, size: int) -> float:
        """How long `size` bytes last."""
        return size / self.bytes_per_sample / self.rate


LIVE_FORMATS = {
    "audio/pcm": LiveFormat("pcm_s16le", 24_000, 2),
    "audio/pcmu": LiveFormat("pcm_mulaw", 8_000, 1),
    "audio/pcma": LiveFormat("pcm_alaw", 8_000, 1),
}
"""By the names of OpenAI's Realtime API; the latter two are ITU-T G.711, as telephones speak it."""


class LiveAudio:
    """One stream: `feed` pieces of any length, even of half a sample."""

    def __init__(self, live_format: LiveFormat) -> None:
        self._format = live_format
        codec = av.CodecContext.create(live_format.codec, "r")
        if not isinstance(codec, AudioCodecContext):
            raise TypeError(live_format.codec)
        codec.sample_rate = live_format.rate
        codec.layout = "mono"
        self._codec = codec
        self._resampler = AudioResampler("s16", "mono", SAMPLE_RATE)
        self._rest = b""

    def feed(self, data: bytes) -> Pcm:
        """Samples as soon as the resampler has them, a millisecond or two later."""
        data = self._rest + data
        whole = len(data) // self._format.bytes_per_sample * self._format.bytes_per_sample
        self._rest = data[whole:]
        if not whole:
            return np.zeros(0, np.int16)
        pieces = [
            piece.to_ndarray()[0]
            for frame in self._codec.decode(av.Packet(data[:whole]))
            for piece in self._resampler.resample(frame)
        ]
        return np.concatenate(pieces) if pieces else np.zeros(0, np.int16)
