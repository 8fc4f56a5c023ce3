"""Recordings on which transcription systems are known to fail, made by the test.

Through the whole pipeline in this process, with the models and settings of `make serve`.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

import numpy as np
import pytest

from preprocessing.samples import decoded
from preprocessing.speech_data import is_fetched, recordings
from sentivox import Transcriber
from sentivox.types import SAMPLE_RATE, Pcm, Transcript
from tests.audio.encoding import wav
from tests.voices import spoken_pcm

pytestmark = pytest.mark.slow

STORY = (
    "The ferry left the harbour at seven in the morning. Nobody on the upper deck spoke. "
    "A cold wind came from the north, and the gulls stayed close to the cliffs. "
    "After an hour the captain announced that the engine needed oil. "
    "Two sailors carried a heavy barrel down the narrow stairs. "
    "The passengers drank tea and looked at the grey water. "
    "Around noon the island appeared between the clouds. "
    "Children ran to the railing and counted the white houses. "
    "An old woman with a basket of apples smiled at them. "
    "Then the rain began, and everybody hurried inside. "
    "The captain turned the wheel and whistled a quiet song. "
    "In the evening the lamps of the village were lit one by one."
)


@pytest.fixture(scope="module")
def transcriber() -> Iterator[Transcriber]:
    with Transcriber() as transcriber:
        yield transcriber


def silence(seconds: float) -> Pcm:
    return np.zeros(int(seconds * SAMPLE_RATE), np.int16)


def without_pauses(pcm: Pcm) -> Pcm:
    """The speech without pauses of more than about a tenth of a second."""
    frame = SAMPLE_RATE // 50
    frames = pcm[: len(pcm) // frame * frame].reshape(-1, frame)
    loud = np.abs(frames.astype(np.int32)).max(1) > 300
    near = np.convolve(loud, np.ones(5), mode="same") > 0
    return frames[near].reshape(-1)


def word_list(text: str) -> list[str]:
    plain = "".join(c if c.isalnum() or c == "'" else " " for c in text.lower())
    return plain.split()


def transcribed(transcriber: Transcriber, pcm: Pcm, language: str | None = None) -> Transcript:
    return transcriber.transcribe(wav(pcm), language=language, words=True, sentiment=False)


def test_speech_without_a_pause_loses_no_word_where_it_is_cut(transcriber: Transcriber) -> None:
    speech = without_pauses(spoken_pcm(STORY))
    assert len(speech) > 30 * SAMPLE_RATE
    said, found = word_list(STORY), word_list(transcribed(transcriber, speech).text)
    changes = SequenceMatcher(None, said, found, autojunk=False).get_opcodes()
    lost = [said[first:end] for kind, first, end, *_ in changes if kind == "delete"]
    doubled = [found[first:end] for kind, *_, first, end in changes if kind == "insert"]
    assert all(len(words) < 2 for words in lost + doubled), (lost, doubled)
    assert sum(map(len, lost)) < 3


def test_a_clip_on_a_grid_keeps_its_starts_for_ten_minutes(transcriber: Transcriber) -> None:
    clip = spoken_pcm("Please hold the line.")
    period = 6.0
    rest = int(period * SAMPLE_RATE) - len(clip)
    grid = np.tile(np.concatenate([clip, np.zeros(rest, np.int16)]), 100)
    found = transcribed(transcriber, grid, "en").segments
    first = int(np.argmax(np.abs(clip.astype(np.int32)) > 300)) / SAMPLE_RATE
    starts = [segment.words[0].start for segment in found if segment.words]
    assert len(starts) == 100
    late = [start - (number * period + first) for number, start in enumerate(starts)]
    assert max(map(abs, late)) < 0.3


def test_speech_after_five_seconds_of_silence_starts_there(transcriber: Transcriber) -> None:
    speech = np.concatenate([silence(5.0), spoken_pcm("Please hold the line.")])
    transcript = transcribed(transcriber, speech)
    assert transcript.segments[0].start == pytest.approx(5.0, abs=0.3)
    assert transcript.segments[0].words[0].start == pytest.approx(5.0, abs=0.3)


@pytest.mark.parametrize("lead_s", [0.0, 0.2, 0.7])
def test_the_first_word_is_kept(transcriber: Transcriber, lead_s: float) -> None:
    clip = spoken_pcm("Yes, that works.")
    begins = int(np.argmax(np.abs(clip.astype(np.int32)) > 100))
    speech = np.concatenate([silence(lead_s), clip[begins:]])
    assert word_list(transcribed(transcriber, speech).text) == ["yes", "that", "works"]


def test_quiet_speech_in_noise_is_no_silence(transcriber: Transcriber) -> None:
    clip = spoken_pcm("Your order has been shipped and will arrive tomorrow morning.")
    noise = np.random.default_rng(1).normal(scale=8.0, size=len(clip))
    quiet = (clip * 10 ** (-30 / 20) + noise).astype(np.int16)
    found = word_list(transcribed(transcriber, quiet, "en").text)
    assert {"order", "shipped", "arrive", "tomorrow", "morning"} <= set(found)


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("One, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve.", 12),
        ("A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P.", 16),
    ],
)
def test_counting_and_the_alphabet_are_no_loops(
    transcriber: Transcriber, text: str, items: int
) -> None:
    transcript = transcribed(transcriber, spoken_pcm(text), "en")
    assert abs(len(word_list(transcript.text)) - items) <= 3


@pytest.mark.parametrize("language", ["es", "fr", "it", "el"])
def test_speech_does_not_come_out_in_english(transcriber: Transcriber, language: str) -> None:
    if not is_fetched(language):
        pytest.skip("The recordings aren't here: run `make speech-data`.")
    clips = recordings(language, base_s=4.0, most=3)
    files = [decoded(clip.path, SAMPLE_RATE) for clip in clips]
    assert "en" not in {transcribed(transcriber, pcm).language for pcm in files}


ANNOUNCEMENTS = {
    "A": "The number you have dialed is not in service.",
    "B": "Please hold the line until an operator is free.",
    "C": "Our office opens again on Monday morning.",
}


@pytest.mark.parametrize("pattern", ["AAAA", "ABABABAB", "ABCABCABC", "AABBAABB", "AAAAAAAAAA"])
@pytest.mark.parametrize("pause_s", [0.1, 0.9])
def test_an_announcement_that_is_said_again_is_kept_each_time(
    pattern: str, pause_s: float, transcriber: Transcriber
) -> None:
    rounds, starts, seconds = [], [], 0.0
    for name in pattern:
        rounds += [silence(pause_s), spoken_pcm(ANNOUNCEMENTS[name])]
        starts.append(seconds + pause_s)
        seconds += pause_s + len(rounds[-1]) / SAMPLE_RATE
    found = transcribed(transcriber, np.concatenate([*rounds, silence(0.3)]), "en")
    said = " ".join(ANNOUNCEMENTS[name] for name in pattern)
    assert word_list(found.text) == word_list(said)
    assert not found.suppressed
    first_words = [word.start for segment in found.segments for word in segment.words[:1]]
    assert all(min(abs(start - at) for at in first_words) < 0.5 for start in starts)


def test_a_menu_whose_options_begin_alike_is_kept(transcriber: Transcriber) -> None:
    options = ("greeting", "busy message", "name", "password", "temporary greeting", "mailbox")
    numbers = ("one", "two", "three", "four", "five", "six")
    menu = ", ".join(
        f"press {number} to record your {option} again"
        for number, option in zip(numbers, options, strict=True)
    )
    found = transcribed(transcriber, spoken_pcm(f"{menu}."), "en")
    assert all(option in found.text for option in options)
    assert not found.suppressed
