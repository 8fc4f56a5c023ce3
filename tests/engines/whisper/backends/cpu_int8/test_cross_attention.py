"""Cross-attention over the encoder output of a clip, in int8 and in float32."""

from __future__ import annotations

import math

import pytest
import torch

from sentivox.engines.processor import HAS_VNNI
from sentivox.engines.whisper.backends.cpu_int8.cross_attention import (
    MIN_INT8_POSITIONS,
    Float32CrossAttention,
    Int8CrossAttention,
    cross_attention,
)

POSITIONS, WIDTH = 500, 64
Kind = type[Float32CrossAttention] | type[Int8CrossAttention]
both_kinds = pytest.mark.parametrize("kind", [Float32CrossAttention, Int8CrossAttention])


@pytest.fixture
def states() -> torch.Tensor:
    """An encoder output with a channel of large values and one far from zero."""
    generator = torch.Generator().manual_seed(0)
    states = torch.randn(POSITIONS, WIDTH, generator=generator)
    states[..., 3] *= 30
    states[..., 7] += 50
    return states


@pytest.fixture
def queries() -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    queries = torch.randn(5, WIDTH, generator=generator) / WIDTH**0.5
    queries[..., 3] /= 30
    return queries


def attended(queries: torch.Tensor, states: torch.Tensor) -> torch.Tensor:
    return (queries @ states.t()).softmax(-1) @ states


def of_kind(kind: Kind, states: torch.Tensor) -> Float32CrossAttention | Int8CrossAttention:
    if kind is Int8CrossAttention:
        return Int8CrossAttention.of(states)
    return Float32CrossAttention(states)


def assert_near(found: torch.Tensor, expected: torch.Tensor, states: torch.Tensor) -> None:
    """Compares each channel relative to its standard deviation."""
    assert ((found - expected) / states.std(0)).abs().max() < 0.05


@both_kinds
def test_states_are_weighted_by_attention(
    kind: Kind, states: torch.Tensor, queries: torch.Tensor
) -> None:
    found = of_kind(kind, states).attend(queries)
    assert found.dtype is torch.float32
    assert_near(found, attended(queries, states), states)


@both_kinds
def test_a_part_of_a_clip_is_a_clip(
    kind: Kind, states: torch.Tensor, queries: torch.Tensor
) -> None:
    found = of_kind(kind, states).part(40, 90).attend(queries)
    assert_near(found, attended(queries, states[40:90]), states)


@pytest.mark.skipif(not HAS_VNNI, reason="This CPU has no VNNI: all attention is in float32.")
def test_long_encoder_outputs_are_in_int8() -> None:
    kinds = [
        type(cross_attention(torch.randn(positions, WIDTH)))
        for positions in (MIN_INT8_POSITIONS, MIN_INT8_POSITIONS + 1)
    ]
    assert kinds == [Float32CrossAttention, Int8CrossAttention]


def test_many_small_weights_are_not_rounded_away() -> None:
    # One position weighs as much as 400 others with the value 1; 99 more weigh almost nothing.
    scores = torch.tensor([0.0] + [-math.log(400)] * 400 + [-20.0] * 99)
    values = torch.tensor([0.0] + [1.0] * 400 + [-10.0] * 99)
    states = torch.stack([scores, values], -1)
    found = Int8CrossAttention.of(states).attend(torch.tensor([[1.0, 0.0]]))
    assert found[0, 1] == pytest.approx(0.5, abs=0.05)


def test_states_of_zero_have_a_sum_of_zero() -> None:
    found = Int8CrossAttention.of(torch.zeros(9, WIDTH)).attend(torch.ones(2, WIDTH))
    torch.testing.assert_close(found, torch.zeros(2, WIDTH))
