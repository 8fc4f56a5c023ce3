"""What one recogniser does with recordings, and what it says where it can't."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.routes.candidates import Candidate
from benchmarks.routes.measures import CutClip, measure
from benchmarks.routes.__main__ import main
from preprocessing.speech_data import Recording
from sentivox.languages import LanguageFamily
from sentivox.settings import RecognitionSettings
from sentivox.types import SpeechWindow
from tests.voices import spoken_pcm

SENTENCE = "Please hold the line."


def candidate(**settings: str | int) -> Candidate:
    chosen = RecognitionSettings.model_validate({"threads": 1} | settings)
    return Candidate(chosen, (LanguageFamily.GERMANIC,), "MIT")


def clip(language: str) -> CutClip:
    window = SpeechWindow(0, 0.0, spoken_pcm(SENTENCE))
    return CutClip(
        Recording(Path("clip.wav"), language, SENTENCE, window.seconds, "somebody"), (window,)
    )


def test_a_recogniser_is_measured_by_language_and_what_it_does_not_know_is_told() -> None:
    told: list[str] = []
    found = measure(candidate(), {"en": [clip("en")], "xx": [clip("xx")]}, told.append)
    assert list(found) == ["en"]
    assert (found["en"].wer, found["en"].cer, found["en"].adapter) == (0, 0, None)
    assert found["en"].speed > 0
    assert told[0].endswith(f"en 0.0000 0.0000 {found['en'].speed:.2f}")
    assert ", xx: " in told[1]


def test_weights_that_are_not_there_do_not_stand_for_choice(tmp_path: Path) -> None:
    told: list[str] = []
    model = str(tmp_path / "nothing")
    assert measure(candidate(model=model), {"en": [clip("en")]}, told.append) == {}
    assert "can't be run here" in told[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--licence", "MIT"], "Write --licence MODEL=NAME"),
        (["--config", "nowhere.yaml"], "nowhere.yaml"),
    ],
)
def test_what_cannot_be_measured_is_said_before_anything_is(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--output", str(tmp_path / "routes.yaml")]) == 1
    assert words in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
