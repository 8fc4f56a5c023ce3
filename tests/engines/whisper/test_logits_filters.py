"""Allowed next tokens in a vocabulary of ten: 0-3 text, 4 the end, 5 special, 6-9 timestamps."""

from __future__ import annotations

import pytest
import torch

from sentivox.engines.whisper.logits_filters import TimestampLogitsFilter, TokenHistory
from sentivox.engines.whisper.prompt import Vocabulary

VOCABULARY = Vocabulary(
    end_of_text=4, no_speech=5, first_timestamp=6, suppressed=(3,), suppressed_first=(0, 4)
)
TIMESTAMPS = {6, 7, 8, 9}


def allowed(decoded: list[int], *, timed: bool = True, new: bool = True) -> set[int]:
    """Tokens that may follow where no timestamp is more probable than text."""
    logits = torch.zeros(1, 10)
    logits[:, 6:] = -10.0
    logits_filter = TimestampLogitsFilter(VOCABULARY, "cpu")
    if decoded:
        history = TokenHistory.of(torch.tensor([decoded]) - VOCABULARY.first_timestamp)
        logits_filter.apply(logits, history, torch.tensor([timed]))
    else:
        logits_filter.apply_first(logits, torch.tensor([timed]), torch.tensor([new]))
    return {token for token, logit in enumerate(logits[0].tolist()) if logit > -torch.inf}


def test_a_text_begins_with_a_timestamp() -> None:
    assert allowed([]) == TIMESTAMPS


def test_a_text_without_timestamps_begins_with_no_suppressed_token() -> None:
    assert allowed([], timed=False) == {1, 2, 5, *TIMESTAMPS}


def test_a_prefix_may_be_the_whole_text() -> None:
    assert allowed([], timed=False, new=False) == {0, 1, 2, 4, 5, *TIMESTAMPS}


def test_text_follows_the_first_timestamp() -> None:
    assert allowed([7]) == {0, 1, 2, 4}


def test_a_segment_ends_after_its_start() -> None:
    assert allowed([7, 1]) == {0, 1, 2, 4, 8, 9}


def test_a_segment_is_followed_by_another_one_or_the_end() -> None:
    assert allowed([6, 1, 8]) == {4, 8, 9}


def test_text_follows_two_timestamps() -> None:
    assert allowed([6, 1, 8, 8]) == {0, 1, 2, 4}


def test_a_timestamp_follows_where_all_together_are_more_probable_than_any_text() -> None:
    logits = torch.zeros(2, 10)
    logits[1, 6:] = -1.3  # three of them: log 3 - 1.3 is below 0
    history = TokenHistory.of(torch.tensor([[6, 1], [6, 1]]) - VOCABULARY.first_timestamp)
    TimestampLogitsFilter(VOCABULARY, "cpu").apply(logits, history, torch.tensor([True, True]))
    assert logits[0, :6].tolist() == [-torch.inf] * 6
    assert logits[1, 0] == 0


@pytest.mark.parametrize("timed", [True, False])
def test_texts_with_and_without_timestamps_share_a_batch(timed: bool) -> None:
    logits = torch.zeros(2, 10)
    TimestampLogitsFilter(VOCABULARY, "cpu").apply_first(
        logits, torch.tensor([timed, not timed]), torch.tensor([True, True])
    )
    with_timestamps, without = (0, 1) if timed else (1, 0)
    assert logits[with_timestamps, 1] == -torch.inf
    assert logits[without, 1] == 0
