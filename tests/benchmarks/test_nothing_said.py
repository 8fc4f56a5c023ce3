"""Which sounds nobody speaks in, and how invented words are counted."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from benchmarks.nothing_said import words
from preprocessing.nonspeech.catalogue import NOISE_FLOORS, sounds
from preprocessing.nonspeech.synthetic import SYNTHESIZERS, Synthesizer
from sentivox.types import SAMPLE_RATE


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("...", 0), (" Thank you.", 2), ("ご視聴", 3), ("Спасибо, до свидания!", 3)],
)
def test_words_are_counted_in_any_script(text: str, count: int) -> None:
    assert words(text) == count


@pytest.mark.parametrize("maker", [maker for makers in SYNTHESIZERS.values() for maker in makers])
def test_a_made_sound_is_as_long_and_as_loud_as_it_should_be(maker: Synthesizer) -> None:
    sound = maker(2.5, np.random.default_rng(0))
    assert len(sound) == 2.5 * SAMPLE_RATE
    assert np.abs(sound).max() == pytest.approx(1.0)
    assert np.array_equal(sound, maker(2.5, np.random.default_rng(0)))


def test_what_is_tuned_with_isnt_reported() -> None:
    tuning, report = (islice(sounds(part), len(NOISE_FLOORS) + 9) for part in ("tuning", "report"))
    for one, other in islice(zip(tuning, report, strict=True), 1, None):
        assert one.name == other.name
        assert not np.array_equal(one.pcm, other.pcm)
