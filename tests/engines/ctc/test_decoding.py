"""CTC decoding, compared with the definition: all paths over a few frames."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, product

import pytest
import torch

from sentivox.engines.ctc.decoding import align, continue_prefix, greedy

BLANK, OUTPUTS, FRAMES = 0, 4, 6


def emissions(seed: int, frames: int = FRAMES) -> torch.Tensor:
    return torch.randn(frames, OUTPUTS, generator=torch.Generator().manual_seed(seed)).log_softmax(
        -1
    )


def collapsed(path: Sequence[int]) -> list[int]:
    return [token for token, _ in groupby(path) if token != BLANK]


@pytest.mark.parametrize("seed", range(6))
def test_greedy_text_is_that_of_the_most_probable_path(seed: int) -> None:
    log_probs = emissions(seed)
    paths = list(product(range(OUTPUTS), repeat=FRAMES))
    scores = [sum(log_probs[frame, token].item() for frame, token in enumerate(p)) for p in paths]
    best = paths[max(range(len(paths)), key=scores.__getitem__)]
    assert greedy(log_probs, BLANK) == collapsed(best)


@pytest.mark.parametrize(
    ("prefix", "decoded", "text"),
    [
        ("", "we go on", "we go on"),
        ("we go", "we go on", "we go on"),
        ("we do", "we go on", "we do on"),
        ("weh go", "we go on", "weh go on"),
        ("wego", "we go on", "wego on"),
        ("ha ha", "ha ha ha", "ha ha ha"),
        ("we g", "we go on", "we go on"),
        ("we go on", "we go", "we go on"),
        ("we go on", "", "we go on"),
    ],
)
def test_a_prefix_is_kept_and_continued(prefix: str, decoded: str, text: str) -> None:
    tokens = continue_prefix([*map(ord, prefix)], [*map(ord, decoded)], ord(" "))
    assert "".join(map(chr, tokens)) == text


def test_blanks_alone_are_no_text() -> None:
    silence = torch.tensor([[0.0, -9.0, -9.0, -9.0]]).repeat(5, 1).log_softmax(-1)
    assert greedy(silence, BLANK) == []
    assert align(silence, [], BLANK) == []


@pytest.mark.parametrize("seed", range(6))
def test_the_alignment_of_greedy_text_is_the_most_probable_path(seed: int) -> None:
    log_probs = emissions(seed, frames=40)
    spans = align(log_probs, greedy(log_probs, BLANK), BLANK)
    path = [BLANK] * len(log_probs)
    for span in spans:
        path[span.start : span.end] = [span.token] * (span.end - span.start)
    assert path == log_probs.argmax(-1).tolist()
    for span in spans:
        mean = log_probs[span.start : span.end, span.token].mean()
        assert span.score == pytest.approx(mean.item(), abs=1e-5)


def test_more_tokens_than_frames_share_all_frames() -> None:
    spans = align(emissions(0, frames=3), [1, 1, 2], BLANK)
    assert [(span.token, span.start, span.end) for span in spans] == [
        (1, 0, 3),
        (1, 0, 3),
        (2, 0, 3),
    ]
