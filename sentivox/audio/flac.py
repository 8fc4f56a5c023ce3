"""FLAC encoding and decoding of mono samples: lossless, about half the size, deterministic.

`encode` and `decode` are all that the rest of the project knows of the codec. FFmpeg, through
PyAV, does the work.
"""

from __future__ import annotations

from io import BytesIO

import av
import numpy as np

from sentivox.types import SAMPLE_RATE, Pcm

BLOCK_SAMPLES = 4096
BITEXACT = {"flags": "+bitexact"}
"""Leaves the encoder's version out of the file, so that equal samples give equal bytes."""


def encode(pcm: Pcm) -> bytes:
    """Mono samples at SAMPLE_RATE as a FLAC file."""
    buffer = BytesIO()
    with av.open(buffer, "w", format="flac", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("flac", rate=SAMPLE_RATE, options=BITEXACT)
        stream.codec_context.layout = "mono"
        stream.codec_context.format = "s16"
        stream.codec_context.thread_count = 1
        for first in range(0, len(pcm), BLOCK_SAMPLES):
            block = np.ascontiguousarray(pcm[first : first + BLOCK_SAMPLES])[np.newaxis]
            frame = av.AudioFrame.from_ndarray(block, "s16", "mono")
            frame.sample_rate = SAMPLE_RATE
            frame.pts = first
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def decode(audio: bytes) -> Pcm:
    """The samples of a file that `encode` made.

    Untrusted files go through `sentivox.audio.clip_reader`, which decodes in a child process.
    """
    with av.open(BytesIO(audio), "r", format="flac") as container:
        container.streams.audio[0].codec_context.thread_count = 1
        frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    return np.concatenate(frames) if frames else np.zeros(0, np.int16)
