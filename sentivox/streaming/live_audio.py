"""Audio of live clients, decoded and resampled to mono samples at SAMPLE_RATE."""

from __future__ import annotations

from dataclasses import dataclass

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.resampler import AudioResampler

from sentivox.types import SAMPLE_RATE, Pcm


@dataclass(frozen=True, slots=True)
class LiveFormat:
    """Format of raw mono audio."""

    codec: str
    """FFmpeg's name of the codec."""
    rate: int
    """Samples per second."""
    bytes_per_sample: int

    def seconds(self, size: int) -> float:
        """Length of `size` bytes of audio."""
        return size / self.bytes_per_sample / self.rate


LIVE_FORMATS = {
    "audio/pcm": LiveFormat("pcm_s16le", 24_000, 2),
    "audio/pcmu": LiveFormat("pcm_mulaw", 8_000, 1),
    "audio/pcma": LiveFormat("pcm_alaw", 8_000, 1),
}
"""Formats by their names in OpenAI's Realtime API: 16-bit PCM, and ITU-T G.711 of telephony."""


class LiveAudioDecoder:
    """Decoder of one stream, fed with pieces of any length, even of half a sample."""

    def __init__(self, live_format: LiveFormat) -> None:
        self._format = live_format
        codec = av.CodecContext.create(live_format.codec, "r")
        if not isinstance(codec, AudioCodecContext):
            raise TypeError(live_format.codec)
        codec.sample_rate = live_format.rate
        codec.layout = "mono"
        self._codec = codec
        self._resampler = AudioResampler("s16", "mono", SAMPLE_RATE)
        self._partial_sample = b""

    def feed(self, data: bytes) -> Pcm:
        """The samples that became available; the resampler delays them by one or two ms."""
        data = self._partial_sample + data
        whole = len(data) // self._format.bytes_per_sample * self._format.bytes_per_sample
        self._partial_sample = data[whole:]
        if not whole:
            return np.zeros(0, np.int16)
        pieces = [
            piece.to_ndarray()[0]
            for frame in self._codec.decode(av.Packet(data[:whole]))
            for piece in self._resampler.resample(frame)
        ]
        return np.concatenate(pieces) if pieces else np.zeros(0, np.int16)
