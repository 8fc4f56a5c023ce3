"""Weights are in memory once, for as long as somebody has them."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pytest

from sentivox.engines.whisper.backends.cpu_int8.loaded_layers import int8_decoder, int8_encoder
from sentivox.weights.resolve import resolve


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """That nobody else has."""
    own = tmp_path / "whisper"
    own.symlink_to(resolve("embedded:whisper-base"))
    return own


def test_two_who_hear_share_them(folder: Path) -> None:
    encoder, decoder = int8_encoder(folder), int8_decoder(folder)
    assert int8_encoder(folder) is encoder
    assert int8_decoder(folder) is decoder


def test_they_go_with_the_last_who_has_them(folder: Path) -> None:
    gone = weakref.ref(int8_encoder(folder))
    gc.collect()
    assert gone() is None
