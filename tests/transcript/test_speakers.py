"""Speakers of channels, and their turns."""

from __future__ import annotations

from sentivox.transcript.speakers import speaker_name, speakers, turns
from sentivox.types import Sentiment, TranscribedSegment

POSITIVE, NEGATIVE = Sentiment(0.0, 0.0, 1.0), Sentiment(1.0, 0.0, 0.0)


def segment_of(
    speaker: str | None,
    start: float,
    end: float,
    text: str = "",
    sentiment: Sentiment | None = None,
) -> TranscribedSegment:
    return TranscribedSegment(start, end, text, "en", speaker=speaker, sentiment=sentiment)


def test_speakers_are_named_after_their_channels() -> None:
    assert [speaker_name(channel) for channel in (0, 1, 7)] == ["A", "B", "H"]


def test_a_speaker_has_the_average_sentiment_of_their_segments() -> None:
    segments = [
        segment_of("B", 0.0, 3.0, sentiment=POSITIVE),
        segment_of("A", 1.0, 2.0, sentiment=NEGATIVE),
        segment_of("B", 4.0, 5.0, sentiment=NEGATIVE),
    ]
    first, second = speakers(segments)
    assert (first.name, first.seconds, first.sentiment) == ("A", 1.0, NEGATIVE)
    assert (second.name, second.seconds) == ("B", 4.0)
    assert second.sentiment is not None
    assert second.sentiment.score == 0.5


def test_segments_without_a_speaker_give_no_speakers() -> None:
    assert speakers([segment_of(None, 0.0, 1.0)]) == ()


def test_a_turn_lasts_until_another_speaker_begins() -> None:
    segments = [
        segment_of("A", 0, 1, " One,"),
        segment_of("A", 1, 2, " two."),
        segment_of("B", 2, 3, "  "),
        segment_of("A", 3, 4, " Three."),
        segment_of("B", 4, 5, " Four."),
    ]
    assert list(turns(segments)) == [
        ("A", "One, two."),
        ("A", "Three."),
        ("B", "Four."),
    ]
