"""The measures of one recogniser, and what is logged where it fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.routes.__main__ import main
from benchmarks.routes.candidates import Candidate
from benchmarks.routes.measures import ClipWindows, measure
from preprocessing.speech_data import Recording
from sentivox.languages import LanguageFamily
from sentivox.settings import RecognitionSettings
from sentivox.types import SpeechWindow
from tests.voices import spoken_pcm

SENTENCE = "Please hold the line."


def candidate(**settings: str | int) -> Candidate:
    chosen = RecognitionSettings.model_validate({"threads": 1} | settings)
    return Candidate(chosen, (LanguageFamily.GERMANIC,), "MIT")


def clip(language: str) -> ClipWindows:
    window = SpeechWindow(0, 0.0, spoken_pcm(SENTENCE))
    return ClipWindows(
        Recording(Path("clip.wav"), language, SENTENCE, window.seconds, "somebody"), (window,)
    )


def test_a_recogniser_is_measured_by_language_and_unknown_languages_are_logged() -> None:
    log: list[str] = []
    found = measure(candidate(), {"en": [clip("en")], "xx": [clip("xx")]}, log.append)
    assert list(found) == ["en"]
    assert (found["en"].wer, found["en"].cer, found["en"].adapter) == (0, 0, None)
    assert found["en"].rtfx > 0
    assert log[0].endswith(f"en 0.0000 0.0000 {found['en'].rtfx:.2f}")
    assert ", xx: " in log[1]


def test_missing_weights_are_logged(tmp_path: Path) -> None:
    log: list[str] = []
    model = str(tmp_path / "nothing")
    assert measure(candidate(model=model), {"en": [clip("en")]}, log.append) == {}
    assert "can't run on this machine" in log[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--licence", "MIT"], "Write --licence MODEL=NAME"),
        (["--config", "nowhere.yaml"], "nowhere.yaml"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_measured(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    assert words in capsys.readouterr().err
