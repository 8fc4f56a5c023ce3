"""Sentences of segments, and their sentiment."""

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

NEGATIVE, NEUTRAL, POSITIVE = (
    Sentiment(0.8, 0.1, 0.1),
    Sentiment(0.1, 0.8, 0.1),
    Sentiment(0.1, 0.1, 0.8),
)


def segment_of(
    text: str,
    start: float,
    end: float,
    language: str = "en",
    sentiment: Sentiment | None = None,
) -> TranscribedSegment:
    return TranscribedSegment(start, end, text, language, sentiment=sentiment)


def test_segments_join_until_the_sentence_ends() -> None:
    segments = [
        segment_of(" I had hoped that", 0, 2),
        segment_of(" we would win.", 2, 3),
        segment_of(" We lost.", 3.2, 4),
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
    segments = [segment_of(text, 0, 2, language), segment_of("x", 2, 3, language)]
    assert sentence_groups(segments) == [(0,), (1,)]


def test_a_comma_does_not_end_a_sentence() -> None:
    assert sentence_groups([segment_of(" If so,", 0, 1), segment_of(" go.", 1, 2)]) == [(0, 1)]


def test_a_semicolon_ends_a_sentence_only_in_greek() -> None:
    assert sentence_groups([segment_of(" If so;", 0, 1), segment_of(" go.", 1, 2)]) == [(0, 1)]


def test_a_pause_ends_a_sentence_without_a_mark() -> None:
    assert sentence_groups([segment_of(" well", 0, 1), segment_of(" then", 2.1, 3)]) == [(0,), (1,)]


def test_a_change_of_language_ends_a_sentence() -> None:
    assert sentence_groups([segment_of(" well", 0, 1), segment_of(" gut", 1, 2, "de")]) == [
        (0,),
        (1,),
    ]


def test_a_sentence_without_marks_is_cut_by_time_and_by_words() -> None:
    slow = [segment_of(" so", 6.0 * i, 6.0 * (i + 1)) for i in range(5)]
    assert sentence_groups(slow) == [(0, 1), (2, 3), (4,)]
    fast = [segment_of(" so" * 25, float(i), float(i + 1)) for i in range(3)]
    assert sentence_groups(fast) == [(0, 1), (2,)]


def test_a_segment_longer_than_any_limit_stands_alone() -> None:
    assert sentence_groups([segment_of(" so" * 99, 0, 29), segment_of(" it", 29, 30)]) == [
        (0,),
        (1,),
    ]


def test_no_segments_are_no_sentences() -> None:
    assert sentence_groups([]) == []
    assert overall_sentiment([]) is None
    assert sentiment_shifts([]) == ()


def test_the_overall_sentiment_weighs_segments_by_their_length() -> None:
    overall = overall_sentiment(
        [segment_of("a", 0, 3, sentiment=NEGATIVE), segment_of("b", 3, 4, sentiment=POSITIVE)]
    )
    assert overall is not None
    assert overall.label == "negative"
    assert overall.negative == pytest.approx(0.75 * 0.8 + 0.25 * 0.1)
    assert overall.negative + overall.neutral + overall.positive == pytest.approx(1)


def test_segments_without_length_have_equal_weights() -> None:
    overall = overall_sentiment(
        [segment_of("a", 1, 1, sentiment=NEGATIVE), segment_of("b", 1, 1, sentiment=POSITIVE)]
    )
    assert overall is not None
    assert overall.score == pytest.approx(0)


def test_segments_without_a_sentiment_do_not_count() -> None:
    assert (
        overall_sentiment([segment_of("a", 0, 9), segment_of("b", 9, 10, sentiment=NEUTRAL)])
        == NEUTRAL
    )
    assert overall_sentiment([segment_of("a", 0, 9)]) is None


def test_one_unsupported_language_makes_the_overall_sentiment_unsupported() -> None:
    doubtful = Sentiment(0.8, 0.1, 0.1, supported=False)
    overall = overall_sentiment(
        [segment_of("a", 0, 1, sentiment=NEGATIVE), segment_of("b", 1, 2, sentiment=doubtful)]
    )
    assert overall is not None
    assert not overall.supported


def test_shifts_are_where_the_label_changes() -> None:
    segments = [
        segment_of("a", 0, 1, sentiment=NEGATIVE),
        segment_of("b", 1, 2, sentiment=NEGATIVE),
        segment_of("c", 2, 3, sentiment=POSITIVE),
        segment_of("d", 3, 4),
        segment_of("e", 4, 5, sentiment=NEUTRAL),
    ]
    assert sentiment_shifts(segments) == (
        SentimentShift(2, "negative", "positive"),
        SentimentShift(4, "positive", "neutral"),
    )


def test_a_sentence_waits_for_the_next_window_only_if_it_may_continue() -> None:
    sentences = OpenSentences()
    sentences.add([segment_of(" It ended.", 0, 2), segment_of(" I hoped", 2, 4)])
    assert [each[0].text for each in sentences.whole(upcoming=4.5)] == [" It ended."]
    assert sentences.start == 2
    sentences.add([segment_of(" for more", 4.5, 6)])
    [whole] = sentences.whole(upcoming=9)
    assert [each.text for each in whole] == [" I hoped", " for more"]
    assert sentences.start == math.inf
    assert sentences.whole(upcoming=math.inf) == []


def test_speakers_do_not_end_each_others_sentences() -> None:
    sentences = OpenSentences()
    left, right = segment_of(" I hoped", 0, 4), segment_of(" Yes.", 1, 2)
    sentences.add([replace(left, speaker="A"), replace(right, speaker="B")])
    assert [each[0].speaker for each in sentences.whole(upcoming=4)] == ["B"]
    sentences.add([replace(segment_of(" so.", 4, 5), speaker="A")])
    assert [len(each) for each in sentences.whole(upcoming=math.inf)] == [2]
