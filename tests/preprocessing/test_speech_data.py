"""Selection of public recordings, and fetching them."""

from __future__ import annotations

import os
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from preprocessing import fetch_speech
from preprocessing.speech_data import SPEECH, languages, recordings

LANGUAGES = ["bg", "cs", "el", "en", "es", "fr", "it", "nl", "ro", "ru"]


def test_ten_languages_have_recordings() -> None:
    assert languages() == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_a_hundred_clips_of_two_seconds(language: str) -> None:
    clips = recordings(language, base_s=2.0, most=100)
    assert len(clips) == 100
    assert len({clip.path for clip in clips}) == 100
    assert all(clip.seconds >= 2.0 and clip.language == language for clip in clips)
    assert all(clip.transcript.strip() for clip in clips)


def test_the_selection_is_deterministic() -> None:
    assert recordings("es", most=40) == recordings("es", most=40)


def test_sources_of_a_language_have_equal_shares() -> None:
    sources = Counter(clip.source for clip in recordings("es", most=100))
    assert sources == {"asterisk_es_g722": 50, "tuxpaint_es": 50}


def test_the_rest_of_a_small_sources_share_goes_to_the_others() -> None:
    sources = Counter(clip.source for clip in recordings("fr", most=340))
    assert sources == {"asterisk_fr_g722": 200, "tuxpaint_fr": 140}


def test_a_selection_is_spread_over_the_whole_manifest() -> None:
    everything = recordings("cs")
    chosen = [everything.index(clip) for clip in recordings("cs", most=10)]
    gaps = [later - earlier for earlier, later in pairwise(chosen)]
    assert max(gaps) - min(gaps) <= 1
    assert len(everything) - chosen[-1] <= max(gaps)


def test_tones_music_and_repeated_files_are_left_out() -> None:
    paths = {clip.path.name for clip in recordings("en", base_s=0.0)}
    assert "beep.g722" not in paths
    assert len(recordings("bg", base_s=0.0)) == 774


def test_a_language_without_recordings_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        recordings("tlh")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_listed_recording_exists_once_fetched(language: str) -> None:
    if not SPEECH.is_dir():
        reason = "the recordings aren't on this machine: make speech-data fetches them"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    missing = [clip.path for clip in recordings(language) if not clip.path.is_file()]
    assert not missing


def test_existing_packages_are_not_fetched_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for package in fetch_speech.PACKAGES:
        (tmp_path / package).mkdir()
    assert fetch_speech.main(["--into", str(tmp_path)]) == 0
    assert "Fetching" not in capsys.readouterr().out


def test_a_missing_apt_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert fetch_speech.main(["--into", str(tmp_path / "speech")]) == 1
    message = capsys.readouterr().err
    assert "no apt-get" in message
    assert "tuxpaint-stamps-default" in message
