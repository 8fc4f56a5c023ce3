"""Subtitles in SubRip and WebVTT."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pysubs2
import pytest

from sentivox.types import TranscribedSegment, Word
from sentivox.web.http.subtitles import (
    CUE_SECONDS,
    LINE_CHARACTERS,
    cues,
    to_srt,
    to_vtt,
)

LONG = (
    " The quick brown fox jumps over the lazy dog, and then it sits down for a moment,"
    " because a fox that jumps all day over dogs, however lazy they may be, needs its rest;"
    " and so does everybody who has to read about it."
)


def segment(text: str, start: float, end: float, *, timed: bool = False) -> TranscribedSegment:
    names = text.split()
    step = (end - start) / max(1, len(names))
    words = tuple(
        Word(f" {name}", start + number * step, start + (number + 1) * step, 0.9)
        for number, name in enumerate(names)
    )
    return TranscribedSegment(start, end, text, "en", words=words if timed else ())


@pytest.mark.parametrize("timed", [True, False])
def test_a_long_segment_becomes_cues_of_two_short_lines(timed: bool) -> None:
    found = list(cues([segment(LONG, 10.0, 25.0, timed=timed)]))
    assert " ".join(cue.text.replace("\n", " ") for cue in found) == LONG.strip()
    assert all(len(cue.text.splitlines()) <= 2 for cue in found)
    assert all(len(line) <= LINE_CHARACTERS for cue in found for line in cue.text.splitlines())
    assert all(cue.end - cue.start <= CUE_SECONDS for cue in found)
    assert all(before.end <= after.start + 1e-9 for before, after in pairwise(found))
    assert found[0].start == pytest.approx(10.0, abs=0.1)
    assert found[-1].end == pytest.approx(25.0)


def test_cues_have_the_times_of_their_words() -> None:
    slow = segment(" one two three", 0.0, 15.0, timed=True)
    assert [(cue.start, cue.end, cue.text) for cue in cues([slow])] == [
        (0.0, 5.0, "one"),
        (5.0, 10.0, "two"),
        (10.0, 15.0, "three"),
    ]


def test_the_two_lines_of_a_cue_have_about_the_same_length() -> None:
    text = " So these are two lines of which neither is much longer."
    [cue] = cues([segment(text, 0.0, 4.0)])
    first, second = cue.text.splitlines()
    assert abs(len(first) - len(second)) < 10


def test_text_without_spaces_is_split() -> None:
    text = "吾輩は猫である。名前はまだ無い。" * 12
    found = list(cues([segment(text, 0.0, 30.0)]))
    assert "".join(cue.text for cue in found).replace("\n", "").replace(" ", "") == text
    assert all(len(line) <= LINE_CHARACTERS for cue in found for line in cue.text.splitlines())


def test_words_missing_from_the_text_lose_no_text() -> None:
    words = (
        Word(" Hi", 0.0, 0.5, 0.9),
        Word(" THERE", 0.5, 1.0, 0.9),
        Word(" you.", 1.0, 2.0, 0.9),
    )
    odd = TranscribedSegment(0.0, 2.0, " -Hi there you.", "en", words=words)
    assert [cue.text for cue in cues([odd])] == ["-Hi there you."]


def test_silence_has_no_cues() -> None:
    assert list(cues([segment("  ", 0.0, 3.0), segment("", 3.0, 3.0)])) == []
    assert to_srt([]) == ""
    assert to_vtt([]) == "WEBVTT\n\n"


def test_a_cue_has_a_positive_duration() -> None:
    [cue] = cues([segment("ah", 2.0, 2.0)])
    assert cue.end > cue.start


def test_every_cue_has_its_speaker() -> None:
    long = replace(segment(LONG, 0.0, 20.0), speaker="A")
    short = replace(segment(" Yes.", 2.0, 3.0), speaker="B")
    srt = pysubs2.SSAFile.from_string(to_srt([long, short]), format_="srt")
    assert {event.plaintext[:3] for event in srt} == {"A: ", "B: "}
    assert srt[1].plaintext == "B: Yes."
    vtt = to_vtt([long, short])
    assert vtt.count("<v A>") == len(srt) - 1
    assert "00:00:02.000 --> 00:00:03.000\n<v B>Yes.\n" in vtt


def test_cues_of_overlapping_speakers_are_sorted_by_start() -> None:
    long = replace(segment(LONG, 0.0, 20.0), speaker="A")
    short = replace(segment(" Yes.", 12.0, 13.0), speaker="B")
    starts = [cue.start for cue in cues([long, short])]
    assert starts == sorted(starts)


@pytest.mark.parametrize("kind", ["srt", "vtt"])
def test_another_parser_reads_the_text_and_the_times(kind: str) -> None:
    write = to_srt if kind == "srt" else to_vtt
    written = write([segment(LONG, 10.0, 25.0), segment(" Bye.", 3_725.25, 3_726.5)])
    read = pysubs2.SSAFile.from_string(written, format_=kind)
    assert " ".join(event.plaintext.replace("\n", " ") for event in read) == f"{LONG.strip()} Bye."
    assert (read[-1].start, read[-1].end) == (3_725_250, 3_726_500)


def test_markup_is_escaped() -> None:
    marked = [segment("a <b>b</b> & --> c", 0.0, 1.0)]
    assert "a &lt;b&gt;b&lt;/b&gt; &amp; --&gt; c" in to_vtt(marked)
    assert to_srt(marked).count("-->") == 1
