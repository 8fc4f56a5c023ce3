"""Duplicate recordings under another name."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from preprocessing.clips.augmentation import over_telephone
from preprocessing.clips.clip import Clip
from preprocessing.clips.duplicates import digest, duplicates, envelope, envelope_correlation
from sentivox.types import SAMPLE_RATE, Pcm
from tests.voices import spoken_pcm

TEXT = "The quick brown fox jumps over the lazy dog."


def _row(name: str, text: str, pcm: Pcm) -> dict[str, object]:
    return {
        "id": name,
        "language": "en",
        "text": text,
        "seconds": len(pcm) / SAMPLE_RATE,
        "digest": digest(pcm),
        "envelope": envelope(pcm),
    }


def test_the_first_of_clips_with_equal_samples_is_kept(clip: Clip) -> None:
    rows = [_row(name, text, clip.pcm) for name, text in (("b", TEXT), ("a", "?"), ("c", TEXT))]
    assert duplicates(pa.Table.from_pylist(rows)) == {"a": "b", "c": "b"}


def test_a_telephone_copy_is_a_duplicate(clip: Clip) -> None:
    again = over_telephone(clip.pcm, "pcm_mulaw")
    rows = [
        _row("first", TEXT, clip.pcm),
        _row("again", "the quick brown fox JUMPS over the lazy dog", again),
    ]
    assert duplicates(pa.Table.from_pylist(rows)) == {"again": "first"}


def test_another_rendition_of_a_sentence_is_not_a_duplicate(clip: Clip) -> None:
    slower = spoken_pcm("The quick, brown fox jumps over the lazy dog!")
    slower = np.resize(slower, len(clip.pcm)).astype(np.int16)
    rows = [_row("first", TEXT, clip.pcm), _row("second", TEXT, slower)]
    assert duplicates(pa.Table.from_pylist(rows)) == {}


def test_envelopes_dont_depend_on_the_level(clip: Clip) -> None:
    quiet = (clip.pcm // 4).astype(np.int16)
    assert envelope_correlation(envelope(clip.pcm), envelope(quiet)) > 0.98
    assert envelope_correlation(envelope(clip.pcm), envelope(clip.pcm[::-1].copy())) < 0.9
