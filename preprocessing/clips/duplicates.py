"""Duplicate recordings under other names, in other formats or from other sources.

Two clips are duplicates if their samples are equal, or if their texts are equal and their loudness
envelopes match: another codec keeps the envelope, and no two renditions of a sentence share one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from preprocessing.text.transcripts import letters
from sentivox.types import SAMPLE_RATE, Pcm

DIGEST_BYTES = 16
ENVELOPE_VALUES = 48
ENVELOPE_HZ = (300, 3_400)
"""Band of a telephone, which every codec keeps."""
RANGE_DB = 40
"""Range below the loudest slice; quieter slices hold noise of the room or of the codec."""
MAX_LENGTH_DIFFERENCE_S = 0.07
"""Two frames of voice activity detection."""
MIN_CORRELATION = 0.985
"""Least correlation of two envelopes of one recording. Different sentences of one speaker reached
0.97 (docs/log.md). A copy that was trimmed one frame differently falls below and is kept."""
MIN_LETTERS = 12
"""Shortest text: envelopes of shorter texts correlate by chance."""


Row = dict[str, Any]


def digest(pcm: Pcm) -> bytes:
    """Hash of the samples, DIGEST_BYTES long."""
    return hashlib.blake2b(pcm.tobytes(), digest_size=DIGEST_BYTES).digest()


def envelope(pcm: Pcm) -> bytes:
    """Level of each of ENVELOPE_VALUES equal slices, one byte each, in half decibels."""
    spectrum = np.fft.rfft(pcm)
    hertz = np.fft.rfftfreq(len(pcm), 1 / SAMPLE_RATE)
    spectrum[(hertz < ENVELOPE_HZ[0]) | (hertz > ENVELOPE_HZ[1])] = 0
    band = np.fft.irfft(spectrum, len(pcm))[: len(pcm) // ENVELOPE_VALUES * ENVELOPE_VALUES]
    decibels = 10 * np.log10((band.reshape(ENVELOPE_VALUES, -1) ** 2).mean(axis=1) + 1)
    audible = np.maximum(decibels, decibels.max() - RANGE_DB)
    return np.clip(2 * audible, 0, 255).astype(np.uint8).tobytes()


def duplicates(index: pa.Table) -> dict[str, str]:
    """Ids of duplicates, each with the id of the clip that it repeats: the first one in `index`.

    `index` has the columns id, language, text, seconds, digest and envelope.
    """
    rows = index.to_pylist()
    found: dict[str, str] = {}
    for same in _groups(rows, [row["digest"] for row in rows]):
        first, *others = same
        found |= {other["id"]: first["id"] for other in others}
    left = [row for row in rows if row["id"] not in found]
    words = [(row["language"], letters(row["text"])) for row in left]
    for same in _groups(left, words):
        if len(letters(same[0]["text"])) >= MIN_LETTERS:
            found |= _same_recordings(same)
    return found


def _groups(rows: Sequence[Row], keys: Sequence[Any]) -> Iterator[list[Row]]:
    """Groups of two or more rows with equal keys, in their order."""
    ranked = sorted(range(len(rows)), key=lambda row: (keys[row], row))
    for _, same in groupby(ranked, key=lambda row: keys[row]):
        numbers = list(same)
        if len(numbers) > 1:
            yield [rows[number] for number in numbers]


def _same_recordings(rows: Sequence[Row]) -> dict[str, str]:
    found: dict[str, str] = {}
    kept: list[Row] = []
    for row in rows:
        original = next((each for each in kept if _same_recording(each, row)), None)
        if original is None:
            kept.append(row)
        else:
            found[row["id"]] = original["id"]
    return found


def _same_recording(one: Row, other: Row) -> bool:
    if abs(one["seconds"] - other["seconds"]) > MAX_LENGTH_DIFFERENCE_S:
        return False
    return envelope_correlation(one["envelope"], other["envelope"]) >= MIN_CORRELATION


def envelope_correlation(one: bytes, other: bytes) -> float:
    """Correlation of two envelopes, in [-1, 1]; 0 if one of them is constant."""
    a, b = (_centred(each) for each in (one, other))
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / scale if scale else 0.0


def _centred(values: bytes) -> npt.NDArray[np.float64]:
    levels = np.frombuffer(values, np.uint8).astype(np.float64)
    return levels - levels.mean()
