"""Encoder outputs of clips of any length in one batch, compared with attention clip by clip."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch

from sentivox.engines.whisper.backends.cpu_int8.encoder_outputs import (
    MIN_INT8_POSITIONS,
    EncoderOutputs,
)
from sentivox.engines.whisper.encoder import EncoderSpan

WIDTH = 32
LENGTHS = (5, 9, 5, 30)


@pytest.fixture
def clips() -> list[torch.Tensor]:
    torch.manual_seed(1)
    return [torch.randn(length, WIDTH) for length in LENGTHS]


def random_queries(clips: int) -> torch.Tensor:
    return torch.randn(clips, 3, WIDTH) / WIDTH**0.5


def attended(clips: Sequence[torch.Tensor], queries: torch.Tensor) -> torch.Tensor:
    each = zip(clips, queries, strict=True)
    return torch.stack([(own @ clip.t()).softmax(-1) @ clip for clip, own in each])


def test_each_clip_is_attended_to_by_its_own_queries(clips: list[torch.Tensor]) -> None:
    queries = random_queries(len(clips))
    torch.testing.assert_close(EncoderOutputs.of(clips).attend(queries), attended(clips, queries))


@pytest.mark.parametrize("rows", [[0, 1, 3], [2, 3], [1], [3, 0], [2, 0]])
def test_a_selection_of_clips_is_kept(clips: list[torch.Tensor], rows: list[int]) -> None:
    queries = random_queries(len(rows))
    found = EncoderOutputs.of(clips).kept(rows).attend(queries)
    torch.testing.assert_close(found, attended([clips[row] for row in rows], queries))


def test_parts_of_clips_are_clips(clips: list[torch.Tensor]) -> None:
    parts = [EncoderSpan(3, 4, 20), EncoderSpan(1, 0, 9), EncoderSpan(3, 20, 30)]
    queries = random_queries(len(parts))
    cut = [clips[clip][first:end] for clip, first, end in parts]
    found = EncoderOutputs.of(clips).parts(parts).attend(queries)
    torch.testing.assert_close(found, attended(cut, queries))


def test_long_clips_are_near_the_exact_sums_and_short_ones_exact(
    clips: list[torch.Tensor],
) -> None:
    clips = [*clips, torch.randn(MIN_INT8_POSITIONS + 30, WIDTH)]
    queries = random_queries(len(clips))
    found, exact = EncoderOutputs.of(clips).attend(queries), attended(clips, queries)
    torch.testing.assert_close(found[:-1], exact[:-1])
    torch.testing.assert_close(found[-1], exact[-1], atol=0.03, rtol=0.03)
