"""The sound of clips of one length, in eight bits and exactly."""

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


@pytest.fixture
def states() -> torch.Tensor:
    """As an encoder makes them: some channels are loud, and some far from zero."""
    chance = torch.Generator().manual_seed(0)
    states = torch.randn(CLIPS, POSITIONS, WIDTH, generator=chance)
    states[..., 3] *= 30
    states[..., 7] += 50
    return states


@pytest.fixture
def queries() -> torch.Tensor:
    chance = torch.Generator().manual_seed(1)
    queries = torch.randn(CLIPS, 5, WIDTH, generator=chance) / WIDTH**0.5
    queries[..., 3] /= 30
    return queries


def looked_at(queries: torch.Tensor, states: torch.Tensor) -> torch.Tensor:
    return (queries @ states.transpose(1, 2)).softmax(-1) @ states


def sound(kind: Kind, states: torch.Tensor) -> Float32CrossAttention | Int8CrossAttention:
    return (
        Int8CrossAttention.of(states)
        if kind is Int8CrossAttention
        else Float32CrossAttention(states)
    )


def assert_near(found: torch.Tensor, expected: torch.Tensor, states: torch.Tensor) -> None:
    """In each channel, by how loud it is."""
    loudness = states.std((0, 1))
    assert ((found - expected) / loudness).abs().max() < 0.05


@pytest.mark.parametrize("kind", [Float32CrossAttention, Int8CrossAttention])
def test_states_are_weighed_by_how_much_they_are_looked_at(
    kind: Kind, states: torch.Tensor, queries: torch.Tensor
) -> None:
    found = sound(kind, states).attend(queries)
    assert found.dtype is torch.float32
    assert_near(found, looked_at(queries, states), states)


@pytest.mark.parametrize("kind", [Float32CrossAttention, Int8CrossAttention])
def test_some_clips_are_kept(kind: Kind, states: torch.Tensor, queries: torch.Tensor) -> None:
    found = sound(kind, states).kept([2, 0]).attend(queries[:2])
    assert_near(found, looked_at(queries[:2], states[[2, 0]]), states)


@pytest.mark.parametrize("kind", [Float32CrossAttention, Int8CrossAttention])
def test_a_part_of_a_clip_is_a_clip(
    kind: Kind, states: torch.Tensor, queries: torch.Tensor
) -> None:
    found = sound(kind, states).part(1, 40, 90).attend(queries[:1])
    assert_near(found, looked_at(queries[:1], states[1:2, 40:90]), states)


def test_many_that_are_hardly_looked_at_count_together() -> None:
    # One weighs as much as 400 others together, which say 1; what 99 say doesn't matter.
    scores = torch.tensor([0.0] + [-math.log(400)] * 400 + [-20.0] * 99)
    said = torch.tensor([0.0] + [1.0] * 400 + [-10.0] * 99)
    states = torch.stack([scores, said], -1)[None]
    found = Int8CrossAttention.of(states).attend(torch.tensor([[[1.0, 0.0]]]))
    assert found[0, 0, 1] == pytest.approx(0.5, abs=0.05)


def test_silence_says_nothing() -> None:
    found = Int8CrossAttention.of(torch.zeros(1, 9, WIDTH)).attend(torch.ones(1, 2, WIDTH))
    torch.testing.assert_close(found, torch.zeros(1, 2, WIDTH))
