"""Tensors of a CTranslate2 model file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sentivox.errors import WeightsAltered
from sentivox.weights.ctranslate2_file import read_tensors
from sentivox.weights.resolve import resolve


def test_tensors_have_their_shapes_and_formats() -> None:
    tensors = read_tensors(resolve("embedded:whisper-base") / "model.bin", "decoder/")
    assert tensors["embeddings/weight"].shape == (51865, 512)
    assert tensors["embeddings/weight"].dtype == np.float16


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"\x09\x00\x00\x00 something else")
    with pytest.raises(WeightsAltered, match=r"model\.bin"):
        read_tensors(tmp_path / "model.bin", "decoder/")
