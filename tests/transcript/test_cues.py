"""Where subtitles are cut, and how long they are shown."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentivox.transcript.cues import LINE_COLUMNS, LONGEST_S, Cue, cues_of
from sentivox.types import TranscribedSegment, Word
from sentivox.web.http.subtitles import to_srt
from tests.transcript.subtitle_rules import check_rules, segment

LONG = (
    " The quick brown fox jumps over the lazy dog, and then it sits down for a moment,"
    " because a fox that jumps all day over dogs, however lazy they may be, needs its rest;"
    " and so does everybody who has to read about it."
)
CHINESE = "今天天气很好，我们一起去公园散步吧。你觉得怎么样？"
JAPANESE = "吾輩は猫である。名前はまだ無い。"
NAMES = st.text("abcdefghij", min_size=1, max_size=14)


def joined(cues: list[Cue]) -> str:
    return " ".join(cue.text.replace("\n", " ") for cue in cues)


@pytest.mark.parametrize("timed", [True, False])
def test_a_long_sentence_keeps_to_the_rules(timed: bool) -> None:
    spoken = [segment(LONG, 10.0, 25.0, timed=timed)]
    assert not check_rules(to_srt(spoken))
    found = cues_of(spoken)
    assert joined(found) == LONG.strip()
    assert found[0].start == pytest.approx(10.0, abs=0.1)
    assert found[-1].end == pytest.approx(25.0)


@pytest.mark.parametrize("text", [CHINESE * 4, JAPANESE * 8])
def test_wide_letters_take_two_columns(text: str) -> None:
    spoken = [segment(text, 0.0, 40.0)]
    assert not check_rules(to_srt(spoken))
    assert joined(cues_of(spoken)).replace(" ", "") == text
    assert all(line[0] not in "。，、？" for cue in cues_of(spoken) for line in cue.lines)


def test_lines_break_at_punctuation_where_they_can() -> None:
    [cue] = cues_of([segment(" He came back in the evening, and nobody knew from where.", 0, 5)])
    assert cue.lines == ("He came back in the evening,", "and nobody knew from where.")


def test_numbers_and_words_are_never_broken() -> None:
    text = " " + "In 1,250,000 cases of 3.5 % it was e-mail@example.org itself. " * 6
    for cue in cues_of([segment(text.rstrip(), 0.0, 40.0)]):
        assert set(cue.text.split()) <= set(text.split())


def test_a_pause_ends_a_cue_and_its_text_stays_no_longer_than_it_takes_to_read() -> None:
    words = (Word(" Well,", 0.0, 0.4, 1.0), Word(" that", 9.0, 9.2, 1.0), Word(" is.", 9.2, 9.5, 1))
    first, second = cues_of([TranscribedSegment(0.0, 9.5, " Well, that is.", "en", words=words)])
    assert (first.text, first.start, first.end) == ("Well,", 0.0, 0.8)
    assert (second.text, second.start) == ("that is.", 9.0)


def test_short_sentences_share_a_cue_and_no_word_is_left_over() -> None:
    spoken = [segment(" Yes.", 0.0, 0.3), segment(" No, it was the other one.", 0.4, 1.8)]
    assert [cue.text for cue in cues_of(spoken)] == ["Yes. No, it was the other one."]
    assert all(len(cue.text.split()) > 1 for cue in cues_of([segment(LONG, 0.0, 13.0)]))


def test_fast_speech_is_shown_longer_and_the_next_cue_later() -> None:
    spoken = [segment(LONG, 0.0, 9.0, timed=True), segment(" And then it slept.", 12.0, 13.5)]
    assert not check_rules(to_srt(spoken), fast=True)
    assert cues_of(spoken)[-1].start == pytest.approx(12.0, abs=2.0)


def test_words_missing_from_the_text_lose_no_text() -> None:
    words = (Word(" Hi", 0, 0.5, 1), Word(" THERE", 0.5, 1, 1), Word(" you.", 1, 2, 1))
    [cue] = cues_of([TranscribedSegment(0.0, 2.0, " -Hi there you.", "en", words=words)])
    assert cue.text == "-Hi there you."


def test_cues_of_speakers_who_overlap_follow_one_another_with_their_names() -> None:
    long = replace(segment(LONG, 0.0, 20.0), speaker="A")
    short = replace(segment(" Yes.", 12.0, 13.0), speaker="B")
    found = cues_of([long, short])
    assert {cue.speaker for cue in found} == {"A", "B"}
    assert not check_rules(to_srt([long, short]))


@given(
    st.lists(
        st.tuples(
            st.lists(NAMES, min_size=1, max_size=30),
            st.sampled_from(["", ",", ".", "?"]),
            st.floats(0.0, 4.0),
            st.floats(8.0, 14.0),
        ),
        max_size=8,
    )
)
def test_speech_at_any_usual_rate_keeps_to_the_rules(
    sentences: list[tuple[list[str], str, float, float]],
) -> None:
    spoken, at = [], 0.0
    for names, mark, pause_s, letters_a_second in sentences:
        text = f" {' '.join(names)}{mark}"
        start, at = at + pause_s, at + pause_s + len(text) / letters_a_second
        spoken.append(segment(text, start, at, timed=True))
    assert not check_rules(to_srt(spoken), fast=True)
    words = "".join(each.text for each in spoken).split()
    assert joined(cues_of(spoken)).split() == words


def test_a_word_longer_than_a_line_is_cut() -> None:
    found = cues_of([segment(" " + "a" * 100, 0.0, 9.0)])
    assert all(len(line) <= LINE_COLUMNS for cue in found for line in cue.lines)
    assert re.sub(r"\s", "", joined(found)) == "a" * 100
    assert all(cue.end - cue.start <= LONGEST_S for cue in found)
