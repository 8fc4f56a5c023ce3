"""Lossless compression of windows that wait for a recogniser, about 2:1."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sentivox.types import SpeechWindow


@dataclass(frozen=True, slots=True, eq=False)
class CompressedWindow:
    """A SpeechWindow whose samples are a FLAC file."""

    window: SpeechWindow
    """The window without its samples."""
    flac: bytes


def compress(window: SpeechWindow) -> CompressedWindow:
    # Imports PyAV, which a stage needs for long files only.
    from sentivox.audio import flac

    return CompressedWindow(replace(window, pcm=np.zeros(0, np.int16)), flac.encode(window.pcm))


def decompress(compressed: CompressedWindow) -> SpeechWindow:
    """The window that `compress` was given, with the same samples."""
    from sentivox.audio import flac

    return replace(compressed.window, pcm=flac.decode(compressed.flac))
