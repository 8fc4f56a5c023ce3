from __future__ import annotations

import math
from dataclasses import replace

import pytest

from sentivox.transcript.sentences import (
    OpenSentences,
    overall_sentiment,
    sentence_groups,
    sentiment_shifts,
)
from sentivox.types import Sentiment, SentimentShift, TranscribedSegment

SAD, FLAT, GLAD = Sentiment(0.8, 0.1, 0.1), Sentiment(0.1, 0.8, 0.1), Sentiment(0.1, 0.1, 0.8)


def said(
    text: str,
    start: float,
    end: float,
    language: str = "en",
    sentiment: Sentiment | None = None,
) -> TranscribedSegment:
    return TranscribedSegment(start, end, text, language, sentiment=sentiment)


def test_segments_join_until_the_sentence_ends() -> None:
    segments = [
        said(" I had hoped that", 0, 2),
        said(" we would win.", 2, 3),
        said(" We lost.", 3.2, 4),
    ]
    assert sentence_groups(segments) == [(0, 1), (2,)]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", ' "Really?"'),
        ("zh", "我们输了。"),
        ("ja", "本当ですか？」"),
        ("ar", "هل أنت بخير؟"),
        ("ur", "وہ چلا گیا۔"),
        ("hi", "हम हार गए।"),
        ("am", "አመሰግናለሁ።"),
        ("hy", "Մենք պարտվեցինք։"),
        ("km", "យើងចាញ់។"),
        ("my", "ငါတို့ရှုံးတယ်။"),
        ("el", "Τι κάνεις;"),
        ("fr", "Vraiment ?»"),
    ],
)
def test_a_sentence_ends_in_the_marks_of_any_script(language: str, text: str) -> None:
    segments = [said(text, 0, 2, language), said("x", 2, 3, language)]
    assert sentence_groups(segments) == [(0,), (1,)]


def test_a_comma_does_not_end_a_sentence() -> None:
    assert sentence_groups([said(" If so,", 0, 1), said(" go.", 1, 2)]) == [(0, 1)]


def test_a_semicolon_ends_a_sentence_only_in_greek() -> None:
    assert sentence_groups([said(" If so;", 0, 1), said(" go.", 1, 2)]) == [(0, 1)]


def test_a_pause_ends_a_sentence_without_a_mark() -> None:
    assert sentence_groups([said(" well", 0, 1), said(" then", 2.1, 3)]) == [(0,), (1,)]


def test_a_change_of_language_ends_a_sentence() -> None:
    assert sentence_groups([said(" well", 0, 1), said(" gut", 1, 2, "de")]) == [(0,), (1,)]


def test_a_sentence_without_marks_is_cut_by_time_and_by_words() -> None:
    slow = [said(" so", 6.0 * i, 6.0 * (i + 1)) for i in range(5)]
    assert sentence_groups(slow) == [(0, 1), (2, 3), (4,)]
    fast = [said(" so" * 25, float(i), float(i + 1)) for i in range(3)]
    assert sentence_groups(fast) == [(0, 1), (2,)]


def test_a_segment_longer_than_any_limit_stands_alone() -> None:
    assert sentence_groups([said(" so" * 99, 0, 29), said(" it", 29, 30)]) == [(0,), (1,)]


def test_nothing_said_makes_no_groups() -> None:
    assert sentence_groups([]) == []
    assert overall_sentiment([]) is None
    assert sentiment_shifts([]) == ()


def test_the_overall_sentiment_weighs_segments_by_their_length() -> None:
    felt = overall_sentiment([said("a", 0, 3, sentiment=SAD), said("b", 3, 4, sentiment=GLAD)])
    assert felt is not None
    assert felt.label == "negative"
    assert felt.negative == pytest.approx(0.75 * 0.8 + 0.25 * 0.1)
    assert felt.negative + felt.neutral + felt.positive == pytest.approx(1)


def test_segments_without_length_weigh_the_same() -> None:
    felt = overall_sentiment([said("a", 1, 1, sentiment=SAD), said("b", 1, 1, sentiment=GLAD)])
    assert felt is not None
    assert felt.score == pytest.approx(0)


def test_segments_without_a_sentiment_do_not_count() -> None:
    assert overall_sentiment([said("a", 0, 9), said("b", 9, 10, sentiment=FLAT)]) == FLAT
    assert overall_sentiment([said("a", 0, 9)]) is None


def test_one_unsupported_language_makes_the_overall_sentiment_unsupported() -> None:
    doubtful = Sentiment(0.8, 0.1, 0.1, supported=False)
    felt = overall_sentiment([said("a", 0, 1, sentiment=SAD), said("b", 1, 2, sentiment=doubtful)])
    assert felt is not None
    assert not felt.supported


def test_shifts_are_where_the_label_changes() -> None:
    segments = [
        said("a", 0, 1, sentiment=SAD),
        said("b", 1, 2, sentiment=SAD),
        said("c", 2, 3, sentiment=GLAD),
        said("d", 3, 4),
        said("e", 4, 5, sentiment=FLAT),
    ]
    assert sentiment_shifts(segments) == (
        SentimentShift(2, "negative", "positive"),
        SentimentShift(4, "positive", "neutral"),
    )


def test_a_sentence_waits_for_the_next_window_only_where_it_may_go_on() -> None:
    sentences = OpenSentences()
    sentences.add([said(" It ended.", 0, 2), said(" I hoped", 2, 4)])
    assert [each[0].text for each in sentences.whole(upcoming=4.5)] == [" It ended."]
    assert sentences.start == 2
    sentences.add([said(" for more", 4.5, 6)])
    [whole] = sentences.whole(upcoming=9)
    assert [each.text for each in whole] == [" I hoped", " for more"]
    assert sentences.start == math.inf
    assert sentences.whole(upcoming=math.inf) == []


def test_speakers_do_not_end_each_others_sentences() -> None:
    sentences = OpenSentences()
    left, right = said(" I hoped", 0, 4), said(" Yes.", 1, 2)
    sentences.add([replace(left, speaker="A"), replace(right, speaker="B")])
    assert [each[0].speaker for each in sentences.whole(upcoming=4)] == ["B"]
    sentences.add([replace(said(" so.", 4, 5), speaker="A")])
    assert [len(each) for each in sentences.whole(upcoming=math.inf)] == [2]
