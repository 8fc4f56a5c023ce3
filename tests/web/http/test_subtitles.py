"""Subtitles in SubRip and WebVTT."""

from __future__ import annotations

from dataclasses import replace

import pysubs2
import pytest

from sentivox.web.http.subtitles import to_srt, to_vtt
from tests.transcript.subtitle_rules import check_rules, segment

LONG = (
    " The quick brown fox jumps over the lazy dog, and then it sits down for a moment,"
    " because a fox that jumps all day over dogs, however lazy they may be, needs its rest;"
    " and so does everybody who has to read about it."
)


def test_silence_has_no_cues() -> None:
    assert to_srt([segment("  ", 0.0, 3.0), segment("", 3.0, 3.0)]) == ""
    assert to_srt([]) == ""
    assert to_vtt([]) == "WEBVTT\n\n"


def test_every_cue_has_its_speaker() -> None:
    long = replace(segment(LONG, 0.0, 20.0), speaker="A")
    short = replace(segment(" Yes.", 2.0, 3.0), speaker="B")
    srt = pysubs2.SSAFile.from_string(to_srt([long, short]), format_="srt")
    assert {event.plaintext[:3] for event in srt} == {"A: ", "B: "}
    assert sum(event.plaintext == "B: Yes." for event in srt) == 1
    vtt = to_vtt([long, short])
    assert vtt.count("<v A>") == len(srt) - 1
    assert "\n<v B>Yes.\n" in vtt


@pytest.mark.parametrize("kind", ["srt", "vtt"])
def test_another_parser_reads_the_text_and_the_times(kind: str) -> None:
    write = to_srt if kind == "srt" else to_vtt
    written = write([segment(LONG, 10.0, 25.0), segment(" Bye.", 3_725.25, 3_726.5)])
    read = pysubs2.SSAFile.from_string(written, format_=kind)
    assert " ".join(event.plaintext.replace("\n", " ") for event in read) == f"{LONG.strip()} Bye."
    assert (read[-1].start, read[-1].end) == (3_725_250, 3_726_500)
    assert not check_rules(written)


def test_markup_is_escaped() -> None:
    marked = [segment("a <b>b</b> & --> c", 0.0, 1.0)]
    assert "a &lt;b&gt;b&lt;/b&gt; &amp; --&gt; c" in to_vtt(marked)
    assert to_srt(marked).count("-->") == 1
