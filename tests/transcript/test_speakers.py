from __future__ import annotations

from sentivox.transcript.speakers import speaker_name, speakers, turns
from sentivox.types import Sentiment, TranscribedSegment

GLAD, SAD = Sentiment(0.0, 0.0, 1.0), Sentiment(1.0, 0.0, 0.0)


def said(
    speaker: str | None, start: float, end: float, text: str = "", feeling: Sentiment | None = None
) -> TranscribedSegment:
    return TranscribedSegment(start, end, text, "en", speaker=speaker, sentiment=feeling)


def test_speakers_are_named_after_their_channels() -> None:
    assert [speaker_name(channel) for channel in (0, 1, 7)] == ["A", "B", "H"]


def test_a_speaker_feels_as_their_segments_do_on_average() -> None:
    segments = [
        said("B", 0.0, 3.0, feeling=GLAD),
        said("A", 1.0, 2.0, feeling=SAD),
        said("B", 4.0, 5.0, feeling=SAD),
    ]
    first, second = speakers(segments)
    assert (first.name, first.seconds, first.sentiment) == ("A", 1.0, SAD)
    assert (second.name, second.seconds) == ("B", 4.0)
    assert second.sentiment is not None
    assert second.sentiment.score == 0.5


def test_without_names_there_are_no_speakers() -> None:
    assert speakers([said(None, 0.0, 1.0)]) == ()


def test_a_turn_lasts_until_somebody_else_speaks() -> None:
    segments = [
        said("A", 0, 1, " One,"),
        said("A", 1, 2, " two."),
        said("B", 2, 3, "  "),
        said("A", 3, 4, " Three."),
        said("B", 4, 5, " Four."),
    ]
    assert list(turns(segments)) == [
        ("A", "One, two."),
        ("A", "Three."),
        ("B", "Four."),
    ]
