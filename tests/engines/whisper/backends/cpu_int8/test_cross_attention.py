"""Cross-attention over encoder outputs of one length, in int8 and in float32."""

from __future__ import annotations

import math

import pytest
import torch

from sentivox.engines.whisper.backends.cpu_int8.cross_attention import (
    Float32CrossAttention,
    Int8CrossAttention,
)

CLIPS, POSITIONS, WIDTH = 3, 500, 64
Kind = type[Float32CrossAttention] | type[Int8CrossAttention]
both_kinds = pytest.mark.parametrize("kind", [Float32CrossAttention, Int8CrossAttention])


@pytest.fixture
def states() -> torch.Tensor:
    """Encoder outputs with a channel of large values and one far from zero."""
    generator = torch.Generator().manual_seed(0)
    states = torch.randn(CLIPS, POSITIONS, WIDTH, generator=generator)
    states[..., 3] *= 30
    states[..., 7] += 50
    return states


@pytest.fixture
def queries() -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    queries = torch.randn(CLIPS, 5, WIDTH, generator=generator) / WIDTH**0.5
    queries[..., 3] /= 30
    return queries


def attended(queries: torch.Tensor, states: torch.Tensor) -> torch.Tensor:
    return (queries @ states.transpose(1, 2)).softmax(-1) @ states


def cross_attention(kind: Kind, states: torch.Tensor) -> Float32CrossAttention | Int8CrossAttention:
    return (
        Int8CrossAttention.of(states)
        if kind is Int8CrossAttention
        else Float32CrossAttention(states)
    )


def assert_near(found: torch.Tensor, expected: torch.Tensor, states: torch.Tensor) -> None:
    """Compares each channel relative to its standard deviation."""
    assert ((found - expected) / states.std((0, 1))).abs().max() < 0.05


@both_kinds
def test_states_are_weighted_by_attention(
    kind: Kind, states: torch.Tensor, queries: torch.Tensor
) -> None:
    found = cross_attention(kind, states).attend(queries)
    assert found.dtype is torch.float32
    assert_near(found, attended(queries, states), states)


@both_kinds
def test_a_selection_of_clips_is_kept(
    kind: Kind, states: torch.Tensor, queries: torch.Tensor
) -> None:
    found = cross_attention(kind, states).kept([2, 0]).attend(queries[:2])
    assert_near(found, attended(queries[:2], states[[2, 0]]), states)


@both_kinds
def test_a_part_of_a_clip_is_a_clip(
    kind: Kind, states: torch.Tensor, queries: torch.Tensor
) -> None:
    found = cross_attention(kind, states).part(1, 40, 90).attend(queries[:1])
    assert_near(found, attended(queries[:1], states[1:2, 40:90]), states)


def test_many_small_weights_are_not_rounded_away() -> None:
    # One position weighs as much as 400 others with the value 1; 99 more weigh almost nothing.
    scores = torch.tensor([0.0] + [-math.log(400)] * 400 + [-20.0] * 99)
    values = torch.tensor([0.0] + [1.0] * 400 + [-10.0] * 99)
    states = torch.stack([scores, values], -1)[None]
    found = Int8CrossAttention.of(states).attend(torch.tensor([[[1.0, 0.0]]]))
    assert found[0, 0, 1] == pytest.approx(0.5, abs=0.05)


def test_states_of_zero_have_a_sum_of_zero() -> None:
    found = Int8CrossAttention.of(torch.zeros(1, 9, WIDTH)).attend(torch.ones(1, 2, WIDTH))
    torch.testing.assert_close(found, torch.zeros(1, 2, WIDTH))
