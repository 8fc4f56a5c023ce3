"""What adapters are tested with and what they are trained on."""

from __future__ import annotations

import pytest

from preprocessing.held_out import OTHER_SPEAKERS, short_clips, training_clips
from preprocessing.speech_data import languages, recordings


@pytest.mark.parametrize("language", languages())
def test_what_is_tested_with_is_short_and_never_trained_on(language: str) -> None:
    tested = short_clips(language)
    trained_on = {clip.path for clip in training_clips(language)}
    assert len({clip.path for clip in tested}) == 25
    assert all(1 <= clip.seconds <= 12 for clip in tested)
    assert len(trained_on) > 300
    assert trained_on.isdisjoint(clip.path for clip in tested)


@pytest.mark.parametrize("language", languages())
def test_what_the_accuracy_benchmark_reports_is_never_trained_on(language: str) -> None:
    reported = recordings(language, base_s=2.0, most=100)
    assert {clip.path for clip in training_clips(language)}.isdisjoint(c.path for c in reported)


@pytest.mark.parametrize("language", OTHER_SPEAKERS)
def test_where_there_are_two_speakers_one_is_for_the_test(language: str) -> None:
    tested, trained_on = short_clips(language), training_clips(language)
    assert {clip.source for clip in tested}.isdisjoint(clip.source for clip in trained_on)


@pytest.mark.parametrize("language", ["cs", "nl"])
def test_a_game_is_split_by_its_levels(language: str) -> None:
    tested, trained_on = short_clips(language), training_clips(language)
    levels = {clip.path.parts[-3] for clip in tested}
    assert len(levels) > 5
    assert levels.isdisjoint(clip.path.parts[-3] for clip in trained_on)
