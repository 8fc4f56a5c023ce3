"""The split of clips into training, validation and test."""

from __future__ import annotations

from collections import Counter

from preprocessing.settings import SplitSettings
from preprocessing.steps.splits import split_of

SETTINGS = SplitSettings(test_share=0.1, validation_share=0.1)


def test_a_speaker_is_never_in_two_splits() -> None:
    for speaker in map(str, range(50)):
        sides = {
            split_of(speaker, "talks", "en", text, "", SETTINGS)
            for text in ("One.", "Two.", "Three")
        }
        assert len(sides) == 1


def test_splits_have_the_requested_shares() -> None:
    sides = Counter(split_of(str(each), "talks", "en", "", "", SETTINGS) for each in range(2_000))
    assert 150 < sides["test"] < 250
    assert 150 < sides["validation"] < 250


def test_the_split_is_the_same_on_every_machine() -> None:
    sides = [split_of(str(each), "talks", "en", "", "", SETTINGS) for each in range(12)]
    assert [place for place, side in enumerate(sides) if side != "train"] == [3, 7]


def test_disjoint_texts_ignore_case_and_punctuation() -> None:
    by_text = SETTINGS.model_copy(update={"disjoint": "text"})
    for number in range(50):
        sides = {
            split_of(speaker, "talks", "en", text, "", by_text)
            for speaker, text in (("a", f"Sentence {number}!"), ("b", f"sentence {number}"))
        }
        assert len(sides) == 1


def test_settings_override_the_sources_own_split() -> None:
    held_out = SETTINGS.model_copy(update={"test_sources": ("talks",)})
    assert split_of("a", "talks", "en", "", "validation", SETTINGS) == "validation"
    assert split_of("a", "talks", "en", "", "validation", held_out) == "test"
    assert split_of("a", "books", "en", "", "train", held_out) == "train"
