"""Measures of live speech, from the arrival of its text."""

from __future__ import annotations

import pytest

from benchmarks.measures.percentiles import percentile
from benchmarks.streaming import (
    Row,
    Spread,
    main,
    real_time_streams,
    summary,
    word_error_rates,
)
from benchmarks.systems.live_systems import ClipResult, Moments, Stream
from preprocessing.speech_data import Recording
from tests.benchmarks.streams import clip


def recording(words: str, language: str) -> Recording:
    return clip(0.0, 0.0, 1.0, words, language).clip


def result(final: float | None, text: float | None = None) -> ClipResult:
    """The result of a clip whose speech is from 2 s to 5 s."""
    return ClipResult(clip(1.5, 2.0, 5.0, "Please hold."), Moments(first_text=text, final=final))


def row(streams: int, *finals: float) -> Row:
    return summary([Stream([result(5.0 + final) for final in finals])] * streams, {})


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(value) for value in range(1, 21)]
    assert percentile(values, 0.95) == 19.0
    assert percentile(values[:12], 0.95) == 12.0
    assert percentile([3.0, 1.0], 0.5) == 1.0
    assert percentile([], 0.95) is None


def test_times_count_from_the_audio() -> None:
    found = summary([Stream([result(5.75, 3.0), result(6.5, 2.5)])], {})
    assert found.final == Spread(0.75, 1.5)
    assert found.first_text == Spread(0.5, 1.0)
    assert found.speech_started == Spread(None, None)


def test_early_finals_are_counted_and_not_measured() -> None:
    found = summary([Stream([result(3.5), result(5.5), result(None)])], {})
    assert found.early_finals == 1
    assert found.clips_without_words == 1
    assert found.final == Spread(0.5, 0.5)


def test_streams_are_real_time_while_finals_arrive_within_a_second() -> None:
    rows = [row(1, 0.4, 0.5), row(4, 0.9, 1.0), row(6, 0.9, 1.1)]
    assert real_time_streams(rows) == 4
    assert real_time_streams(rows[2:]) == 0
    assert real_time_streams([summary([Stream([result(None)])], {})]) == 0


def test_word_errors_are_counted_for_each_language() -> None:
    clips = [recording("Please hold the line.", "en"), recording("Un momento, por favor.", "es")]
    rates = word_error_rates([(clips, "please fold the line un por favor")])
    assert rates == {"all": 0.25, "en": 0.25, "es": 0.25}


def test_inserted_words_are_errors() -> None:
    clips = [recording("Hold.", "en"), recording("Un momento.", "es")]
    rates = word_error_rates([(clips, "you hold un momento gracias gracias")])
    assert rates == {"all": 1.0, "en": 1.0, "es": 1.0}


def test_without_text_every_word_is_an_error() -> None:
    assert word_error_rates([([recording("Hold.", "en")], "")]) == {"all": 1.0, "en": 1.0}


def test_streams_in_different_orders_are_counted_together() -> None:
    clips = [recording("Hold.", "en"), recording("Espere.", "es")]
    rates = word_error_rates([(clips, "hold espere"), (clips[::-1], "espere fold")])
    assert rates == {"all": 0.25, "en": 0.5, "es": 0.0}


def test_a_stream_of_several_languages_has_no_given_language(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["--language", "en", "--languages", "en", "fr"])
    assert "one language" in capsys.readouterr().err
