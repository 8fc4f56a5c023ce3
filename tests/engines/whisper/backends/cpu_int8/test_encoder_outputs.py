"""Clips of any length beside each other, held to attention of each by itself."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch

from sentivox.engines.whisper.backends.cpu_int8 import encoder_outputs as heard_clips
from sentivox.engines.whisper.backends.cpu_int8.encoder_outputs import EncoderOutputs
from sentivox.engines.whisper.encoder import EncoderSpan

WIDTH = 32
LENGTHS = (5, 9, 5, 30)


@pytest.fixture
def clips() -> list[torch.Tensor]:
    torch.manual_seed(1)
    return [torch.randn(length, WIDTH) for length in LENGTHS]


def queries(clips: int) -> torch.Tensor:
    return torch.randn(clips, 3, WIDTH) / WIDTH**0.5


def expected(clips: Sequence[torch.Tensor], asked: torch.Tensor) -> torch.Tensor:
    each = zip(clips, asked, strict=True)
    return torch.stack([(own @ clip.t()).softmax(-1) @ clip for clip, own in each])


def test_each_clip_is_looked_at_by_its_own_queries(clips: list[torch.Tensor]) -> None:
    asked = queries(len(clips))
    torch.testing.assert_close(EncoderOutputs.of(clips).attended(asked), expected(clips, asked))


@pytest.mark.parametrize("rows", [[0, 1, 3], [2, 3], [1], [3, 0], [2, 0]])
def test_some_are_kept(clips: list[torch.Tensor], rows: list[int]) -> None:
    asked = queries(len(rows))
    found = EncoderOutputs.of(clips).kept(rows).attended(asked)
    torch.testing.assert_close(found, expected([clips[row] for row in rows], asked))


def test_parts_of_clips_are_looked_at_like_clips(clips: list[torch.Tensor]) -> None:
    parts = [EncoderSpan(3, 4, 20), EncoderSpan(1, 0, 9), EncoderSpan(3, 20, 30)]
    asked = queries(len(parts))
    cut = [clips[clip][first:end] for clip, first, end in parts]
    found = EncoderOutputs.of(clips).parts(parts).attended(asked)
    torch.testing.assert_close(found, expected(cut, asked))


@pytest.mark.parametrize("eight_bits", [True, False])
def test_long_clips_are_near_enough_in_eight_bits(
    clips: list[torch.Tensor], eight_bits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heard_clips, "FEW_POSITIONS", 6)
    monkeypatch.setattr(heard_clips, "HAS_VNNI", eight_bits)
    asked = queries(len(clips))
    found, exact = EncoderOutputs.of(clips).attended(asked), expected(clips, asked)
    torch.testing.assert_close(found, exact, atol=0.03, rtol=0.03)
    assert torch.equal(
        found[[0, 2]], EncoderOutputs.of([clips[0], clips[2]]).attended(asked[[0, 2]])
    )
    assert torch.allclose(found, exact, atol=1e-5) is not eight_bits
