"""Values of the core: the label of a sentiment, and where speech begins in a window."""

from __future__ import annotations

import numpy as np
import pytest

from sentivox.types import Sentiment, SpeechSegment, SpeechWindow

WINDOW = SpeechWindow(
    0,
    10.0,
    np.zeros(16_000 * 8, np.int16),
    (SpeechSegment(10.1, 12.0, onset=10.4), SpeechSegment(14.0, 17.0, onset=14.3)),
)


@pytest.mark.parametrize(
    ("negative", "neutral", "positive", "label"),
    [
        (0.1, 0.2, 0.7, "positive"),
        (0.7, 0.2, 0.1, "negative"),
        (0.2, 0.6, 0.2, "neutral"),
        (0.5, 0.1, 0.4, "mixed"),
        (0.32, 0.36, 0.32, "mixed"),
        (0.15, 0.4, 0.45, "uncertain"),
        (0.45, 0.53, 0.02, "uncertain"),
        (0.0, 1.0, 0.0, "neutral"),
    ],
)
def test_the_label_follows_from_the_probabilities(
    negative: float, neutral: float, positive: float, label: str
) -> None:
    assert Sentiment(negative, neutral, positive).label == label


def test_no_label_contradicts_its_score() -> None:
    for probabilities in np.random.default_rng(1).dirichlet([0.7] * 3, 5000):
        negative, neutral, positive = map(float, probabilities)
        sentiment = Sentiment(negative, neutral, positive)
        match sentiment.label:
            case "positive":
                assert sentiment.score > 0.2
            case "negative":
                assert sentiment.score < -0.2
            case "neutral":
                assert abs(sentiment.score) <= 1 / 3
            case "mixed":
                assert abs(sentiment.score) <= 0.4


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (10.0, 11.0, 10.4),  # the padding before the first speech
        (10.2, 10.3, 10.2),  # all of it in the padding
        (11.0, 11.5, 11.0),  # speech
        (13.0, 15.0, 14.3),  # the pause before the second speech
        (11.9, 15.0, 11.9),  # begins in the first speech
    ],
)
def test_a_word_begins_where_speech_does(start: float, end: float, found: float) -> None:
    assert WINDOW.speech_from(start, end) == found
