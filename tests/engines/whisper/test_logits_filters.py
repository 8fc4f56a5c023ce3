"""What may be written next, with a vocabulary of ten: 0-3 text, 4 the end, 5 special, 6-9 times."""

from __future__ import annotations

import pytest
import torch

from sentivox.engines.whisper.logits_filters import TimestampLogitsFilter
from sentivox.engines.whisper.prompt import Vocabulary

VOCABULARY = Vocabulary(
    end_of_text=4, no_speech=5, first_timestamp=6, suppressed=(3,), suppressed_first=(0, 4)
)
NO_TIMES = {6, 7, 8, 9}


def allowed(written: list[int], *, timed: bool = True, new: bool = True) -> set[int]:
    """Where a time is never likelier than a word."""
    logits = torch.zeros(1, 10)
    logits[:, 6:] = -10.0
    rules = TimestampLogitsFilter(VOCABULARY, "cpu")
    rules.apply(
        logits,
        torch.tensor([written], dtype=torch.long),
        torch.tensor([True]) if timed else None,
        torch.tensor([new]),
    )
    return {token for token, logit in enumerate(logits[0].tolist()) if logit > -torch.inf}


def test_a_text_begins_with_a_time() -> None:
    assert allowed([]) == NO_TIMES


def test_a_text_without_times_begins_neither_blank_nor_ended() -> None:
    assert allowed([], timed=False) == {1, 2, 5, *NO_TIMES}


def test_a_known_beginning_may_be_all_of_a_text() -> None:
    assert allowed([], timed=False, new=False) == {0, 1, 2, 4, 5, *NO_TIMES}


def test_after_the_first_time_comes_text() -> None:
    assert allowed([7]) == {0, 1, 2, 4}


def test_a_segment_may_not_end_when_it_began() -> None:
    assert allowed([7, 1]) == {0, 1, 2, 4, 8, 9}


def test_after_a_segment_the_next_begins_or_the_text_ends() -> None:
    assert allowed([6, 1, 8]) == {4, 8, 9}


def test_after_two_times_comes_text() -> None:
    assert allowed([6, 1, 8, 8]) == {0, 1, 2, 4}


def test_a_time_comes_when_times_together_are_likelier_than_any_word() -> None:
    logits = torch.zeros(2, 10)
    logits[1, 6:] = -1.3  # three of them: log 3 - 1.3 is below 0
    TimestampLogitsFilter(VOCABULARY, "cpu").apply(
        logits, torch.tensor([[6, 1], [6, 1]]), torch.tensor([True, True]), torch.tensor([True] * 2)
    )
    assert logits[0, :6].tolist() == [-torch.inf] * 6
    assert logits[1, 0] == 0


@pytest.mark.parametrize("timed", [True, False])
def test_texts_with_and_without_times_share_a_batch(timed: bool) -> None:
    logits = torch.zeros(2, 10)
    TimestampLogitsFilter(VOCABULARY, "cpu").apply(
        logits,
        torch.empty(2, 0, dtype=torch.long),
        torch.tensor([timed, not timed]),
        torch.tensor([True, True]),
    )
    with_times, without = (0, 1) if timed else (1, 0)
    assert logits[with_times, 1] == -torch.inf
    assert logits[without, 1] == 0
