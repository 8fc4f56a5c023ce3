"""The same recording twice, under other names, in other formats or from other sources.

The samples are the same, or the words are, and loudness rises and falls alike: a recording that
went through another codec keeps its envelope, and no two people say a sentence with the same.
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
"""The band of a telephone, which any codec leaves."""
FAINTEST_DB = 40
"""Below the loudest slice; what is fainter is noise, of the room or of a codec."""
ALIKE_SECONDS = 0.07
"""Two frames of voice detection."""
ALIKE = 0.985
"""Correlation of two envelopes; of different sentences of one speaker it was at most .97, see
docs/log.md. A copy that voice detection trimmed a frame differently falls below and stays."""
FEWEST_LETTERS = 12
"""Envelopes of less than that are alike by chance."""


Row = dict[str, Any]


def digest(pcm: Pcm) -> bytes:
    return hashlib.blake2b(pcm.tobytes(), digest_size=DIGEST_BYTES).digest()


def envelope(pcm: Pcm) -> bytes:
    """The level of each of ENVELOPE_VALUES equal slices, a byte each, half a decibel a step."""
    spectrum = np.fft.rfft(pcm)
    hertz = np.fft.rfftfreq(len(pcm), 1 / SAMPLE_RATE)
    spectrum[(hertz < ENVELOPE_HZ[0]) | (hertz > ENVELOPE_HZ[1])] = 0
    band = np.fft.irfft(spectrum, len(pcm))[: len(pcm) // ENVELOPE_VALUES * ENVELOPE_VALUES]
    decibels = 10 * np.log10((band.reshape(ENVELOPE_VALUES, -1) ** 2).mean(axis=1) + 1)
    audible = np.maximum(decibels, decibels.max() - FAINTEST_DB)
    return np.clip(2 * audible, 0, 255).astype(np.uint8).tobytes()


def duplicates(index: pa.Table) -> dict[str, str]:
    """The ids to leave out, each with the id of the first clip that it repeats.

    `index` has the columns id, language, text, seconds, digest and envelope, in the order in which
    the first of several is kept.
    """
    rows = index.to_pylist()
    found: dict[str, str] = {}
    for same in _groups(rows, [row["digest"] for row in rows]):
        first, *others = same
        found |= {other["id"]: first["id"] for other in others}
    left = [row for row in rows if row["id"] not in found]
    words = [(row["language"], letters(row["text"])) for row in left]
    for same in _groups(left, words):
        if len(letters(same[0]["text"])) >= FEWEST_LETTERS:
            found |= _alike(same)
    return found


def _groups(rows: Sequence[Row], keys: Sequence[Any]) -> Iterator[list[Row]]:
    """Two or more rows with the same key, in their order."""
    ranked = sorted(range(len(rows)), key=lambda row: (keys[row], row))
    for _, same in groupby(ranked, key=lambda row: keys[row]):
        numbers = list(same)
        if len(numbers) > 1:
            yield [rows[number] for number in numbers]


def _alike(rows: Sequence[Row]) -> dict[str, str]:
    found: dict[str, str] = {}
    kept: list[Row] = []
    for row in rows:
        twin = next((each for each in kept if _same_recording(each, row)), None)
        if twin is None:
            kept.append(row)
        else:
            found[row["id"]] = twin["id"]
    return found


def _same_recording(one: Row, other: Row) -> bool:
    if abs(one["seconds"] - other["seconds"]) > ALIKE_SECONDS:
        return False
    return alike(one["envelope"], other["envelope"]) >= ALIKE


def alike(one: bytes, other: bytes) -> float:
    """Correlation of two envelopes, in [-1, 1]; 0 where one has no ups and downs."""
    a, b = (_centred(each) for each in (one, other))
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / scale if scale else 0.0


def _centred(values: bytes) -> npt.NDArray[np.float64]:
    levels = np.frombuffer(values, np.uint8).astype(np.float64)
    return levels - levels.mean()
