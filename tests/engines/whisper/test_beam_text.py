"""Beam search over the texts of one window."""

from __future__ import annotations

import math

import pytest

from sentivox.engines.whisper.beam_text import MAX_GAP, BeamText
from sentivox.engines.whisper.log_prob import Choice

END = 0


def choices(**probabilities: float) -> list[Choice]:
    """Choices by token, `t1` for token 1, the most probable first."""
    ranked = sorted(probabilities.items(), key=lambda pair: -pair[1])
    return [Choice(int(token[1:]), math.log(probability)) for token, probability in ranked]


def beam_text(**options: int | tuple[int, ...]) -> BeamText:
    settings = {"prefix": (), "max_tokens": 20, "end_of_text": END, "beam_size": 2, **options}
    return BeamText(**settings)  # type: ignore[arg-type]


def test_a_less_probable_beginning_wins_by_what_follows() -> None:
    text = beam_text()
    assert text.add([choices(t1=0.6, t2=0.4)]) == [0, 0]
    # After 1 all is improbable; after 2 the end is certain.
    assert text.add([choices(t3=0.2, t4=0.2), choices(t0=0.9, t5=0.05)]) == [0, 0]
    text.add([choices(t0=0.5), choices(t0=0.5)])
    assert not text.paths
    decoded = text.decoded()
    assert decoded.ids == (2,)
    assert decoded.avg_logprob == pytest.approx((math.log(0.4) + math.log(0.9)) / 2)
    assert not decoded.cut_off


def test_both_paths_may_continue_one_text() -> None:
    text = beam_text()
    text.add([choices(t1=0.9, t2=0.1)])
    assert text.add([choices(t3=0.5, t4=0.4), choices(t5=0.9, t6=0.1)]) == [0, 0]
    assert [path.ids for path in text.paths] == [(1, 3), (1, 4)]


def test_a_path_keeps_its_place_though_another_is_better() -> None:
    text = beam_text()
    text.add([choices(t1=0.6, t2=0.4)])
    assert text.add([choices(t3=0.2), choices(t4=0.9)]) == [0, 1]
    assert [path.ids for path in text.paths] == [(1, 3), (2, 4)]
    assert text.add([choices(t5=0.1), choices(t6=0.5, t7=0.4)]) == [1, 1]
    assert [path.ids for path in text.paths] == [(2, 4, 7), (2, 4, 6)]


def test_another_text_takes_the_place_of_one_that_ends() -> None:
    text = beam_text()
    text.add([choices(t0=0.5, t1=0.3, t2=0.2)])
    assert [path.ids for path in text.paths] == [(1,), (2,)]


def test_a_path_far_below_the_best_is_not_followed() -> None:
    text = beam_text()
    text.add([choices(t1=0.9, t2=0.9 * math.exp(-MAX_GAP - 0.1))])
    assert [path.ids for path in text.paths] == [(1,)]


def test_the_search_ends_where_only_improbable_paths_are_left() -> None:
    text = beam_text()
    text.add([choices(t0=0.97, t1=0.03)])
    assert not text.paths
    assert text.decoded().ids == ()


def test_an_improbable_end_is_no_text_however_often_it_comes() -> None:
    text = beam_text()
    for token in range(1, 8):
        text.add([choices(**{f"t{token}": 0.99, "t0": 0.001})])
    assert [path.ids for path in text.paths] == [(1, 2, 3, 4, 5, 6, 7)]


def test_a_text_of_the_greatest_length_may_be_better_than_one_that_ended() -> None:
    text = beam_text(max_tokens=6)
    text.add([choices(t1=0.9, t0=0.1)])
    for token in range(2, 8):
        if text.paths:
            text.add([choices(**{f"t{token}": 0.95})])
    assert text.decoded().ids == (1, 2, 3, 4, 5, 6)
    assert text.decoded().cut_off


@pytest.mark.parametrize(("before_end", "ids"), [(1, (1,)), (0, None)])
def test_words_that_ended_are_better_than_a_loop(
    before_end: int, ids: tuple[int, ...] | None
) -> None:
    text = beam_text(max_tokens=200)
    for number in range(40):
        if text.paths:
            end = 0.2 if number == before_end else 0.001
            text.add([choices(**{f"t{number % 4 + 1}": 1 - end, "t0": end})])
    decoded = text.decoded()
    if ids is None:
        assert decoded.cut_off
    else:
        assert decoded.ids == ids
        assert not decoded.cut_off


def test_a_text_of_the_greatest_length_is_cut_off() -> None:
    text = beam_text(max_tokens=2)
    text.add([choices(t1=0.9, t2=0.1)])
    text.add([choices(t3=0.9, t4=0.1), choices(t5=0.6, t6=0.4)])
    assert not text.paths
    assert text.decoded().ids == (1, 3)
    assert text.decoded().cut_off


def test_a_repetition_loop_ends_the_search() -> None:
    text = beam_text(max_tokens=200)
    text.add([choices(t1=0.99, t9=0.001)])
    for number in range(1, 40):
        if not text.paths:
            break
        token = number % 4 + 1
        text.add([choices(**{f"t{token}": 0.99, "t9": 0.001})] * len(text.paths))
    assert not text.paths
    assert text.decoded().cut_off


def test_after_a_prefix_an_improbable_end_is_no_text() -> None:
    text = beam_text(prefix=(7,))
    text.add([choices(t1=0.6, t0=0.4)])
    assert [path.ids for path in text.paths] == [(7, 1)]
    certain = beam_text(prefix=(7,))
    certain.add([choices(t0=0.9, t1=0.1)])
    certain.add([choices(t0=0.9)])
    assert certain.decoded().ids == (7,)


def test_impossible_tokens_are_never_followed() -> None:
    text = beam_text()
    text.add([[Choice(1, -0.1), Choice(2, -math.inf)]])
    assert [path.ids for path in text.paths] == [(1,)]
