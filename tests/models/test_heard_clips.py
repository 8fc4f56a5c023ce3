"""Clips of any length beside each other, held to torch's own attention."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch

from sentivox.models import heard_clips
from sentivox.models.heard_clips import HEAD_WIDTH, HeardClips
from sentivox.models.whisper_ear import Part

WIDTH = 2 * HEAD_WIDTH
LENGTHS = (5, 9, 5, 30)


@pytest.fixture(autouse=True)
def in_single_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heard_clips, "KEYS_DTYPE", torch.float32)


@pytest.fixture
def project() -> torch.nn.Linear:
    torch.manual_seed(0)
    return torch.nn.Linear(WIDTH, 2 * WIDTH).requires_grad_(False)


@pytest.fixture
def clips() -> list[torch.Tensor]:
    torch.manual_seed(1)
    return [torch.randn(length, WIDTH) for length in LENGTHS]


def expected(
    clips: Sequence[torch.Tensor], project: torch.nn.Linear, queries: torch.Tensor
) -> torch.Tensor:
    found = []
    for clip, own in zip(clips, queries, strict=True):
        query, key, value = (
            x.unflatten(-1, (-1, HEAD_WIDTH)).transpose(0, 1)
            for x in (own, *project(clip).chunk(2, -1))
        )
        mixed = torch.nn.functional.scaled_dot_product_attention(query, key, value)
        found.append(mixed.transpose(0, 1).flatten(1))
    return torch.stack(found)


def test_each_clip_is_looked_at_by_its_own_tokens(
    clips: list[torch.Tensor], project: torch.nn.Linear
) -> None:
    queries = torch.randn(len(clips), 3, WIDTH)
    found = HeardClips(clips, project).attended(queries)
    torch.testing.assert_close(found, expected(clips, project, queries))


@pytest.mark.parametrize("rows", [[0, 1, 3], [2, 3], [1], [3, 0]])
def test_some_are_kept(
    clips: list[torch.Tensor], project: torch.nn.Linear, rows: list[int]
) -> None:
    heard = HeardClips(clips, project)
    heard.keep(rows)
    queries = torch.randn(len(rows), 1, WIDTH)
    kept = [clips[row] for row in rows]
    torch.testing.assert_close(heard.attended(queries), expected(kept, project, queries))


def test_parts_of_clips_are_looked_at_like_clips(
    clips: list[torch.Tensor], project: torch.nn.Linear
) -> None:
    parts = [Part(3, 4, 20), Part(1, 0, 9), Part(3, 20, 30)]
    queries = torch.randn(len(parts), 1, WIDTH)
    cut = [clips[clip][first:end] for clip, first, end in parts]
    found = HeardClips(clips, project).parts(parts).attended(queries)
    torch.testing.assert_close(found, expected(cut, project, queries))


def test_bfloat16_is_near_enough(
    clips: list[torch.Tensor], project: torch.nn.Linear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heard_clips, "KEYS_DTYPE", torch.bfloat16)
    queries = torch.randn(len(clips), 1, WIDTH)
    found = HeardClips(clips, project).attended(queries)
    assert found.dtype is torch.float32
    torch.testing.assert_close(found, expected(clips, project, queries), atol=0.03, rtol=0.03)
