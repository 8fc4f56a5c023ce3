"""Audio in Ray's object store: what stages yield, and what the pipeline gets of it.

A stage yields each large value by itself, before its facts. The reference is then owned by the
caller, and Ray counts it reliably; of references inside a result it loses some
(docs/decisions/0018-large-values-are-yielded.md).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import ray

from sentivox.audio.compressed_window import CompressedWindow, decompress
from sentivox.pipeline.stages import DecodedFile
from sentivox.types import SpeechWindow

StoredWindow = SpeechWindow | CompressedWindow

SMALL_BYTES = 256 * 1024
"""A file up to this size is decoded by value (docs/decisions/0022-short-files-by-value.md)."""
SHORT_S = 6.0
"""Windows of such a file up to this length travel by value from there on."""


async def loaded(window: StoredWindow) -> SpeechWindow:
    """For stages: the window with plain samples."""
    if isinstance(window, CompressedWindow):
        return await asyncio.to_thread(decompress, window)
    return window


def decoded_file(facts: DecodedFile, contents: Sequence[object]) -> DecodedFile:
    """The file with the content of each window, in the order in which they were cut.

    `facts` are the last value that the decoder yields: the windows in that order, without content.
    """
    cut = sorted(zip(facts.windows, contents, strict=True), key=lambda each: each[0].start)
    windows = tuple(
        replace(window, index=index, content=content) for index, (window, content) in enumerate(cut)
    )
    return replace(facts, windows=windows)


def short_or_stored(window: StoredWindow) -> SpeechWindow | ray.ObjectRef[StoredWindow]:
    """A short window of a small file as it is; a longer one goes into the object store."""
    if isinstance(window, SpeechWindow) and window.seconds <= SHORT_S:
        return window
    return ray.put(window)
