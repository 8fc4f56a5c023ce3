"""Rounds of systems in processes of their own, and their rows."""

from __future__ import annotations

import pytest
from rich.console import Console

from benchmarks.capacity.rows import row, table
from benchmarks.capacity.turns import Turns, take_turns
from benchmarks.inputs.paced_speech import wav_file
from benchmarks.systems.peers import BEAM_5, TWO_AT_A_TIME
from benchmarks.systems.system import Answer, AudioFile
from sentivox.types import SAMPLE_RATE
from tests.voices import spoken_pcm

SENTENCE = "Please hold the line."


def files() -> list[AudioFile]:
    pcm = spoken_pcm(SENTENCE)
    return [AudioFile(wav_file(pcm, SAMPLE_RATE), len(pcm) / SAMPLE_RATE, "en", SENTENCE)]


def test_a_row_names_its_weights_and_concurrency_and_both_ratios() -> None:
    answers = [Answer(SENTENCE, "en")]
    turns = {
        "server, 2 clients": Turns([12.0, 16.0], answers=answers),
        TWO_AT_A_TIME: Turns([3.0, 4.0], answers=answers),
        BEAM_5: Turns([2.0, 2.0], answers=answers),
    }
    found = row("server, 2 clients", turns, files(), ceiling=56.0)
    assert found["weights"] == "embedded:whisper-base+short-context"
    assert (found["concurrency"], found["rtfx"], found["of_ceiling"]) == (2, 14.0, 0.25)
    assert found["ratio_to_faster-whisper_beam_5"] == 7.0
    assert found["ratio_at_equal_concurrency"] == 4.0
    assert (found["wer"], found["language_accuracy"]) == (0, 1)


def test_a_system_that_did_not_start_has_a_reason() -> None:
    found = row(BEAM_5, {BEAM_5: Turns(reason="It isn't installed.")}, files(), ceiling=1.0)
    assert found["reason"] == "It isn't installed."
    assert "wer" not in found


def test_the_table_has_a_line_for_each_row(capsys: pytest.CaptureFixture[str]) -> None:
    turns = {BEAM_5: Turns([2.0], answers=[Answer(SENTENCE, "en")])}
    Console(width=200).print(table([row(BEAM_5, turns, files(), ceiling=4.0)]))
    assert "embedded:whisper-base" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("name", [BEAM_5, "engine in process"])
def test_a_system_answers_in_a_process_of_its_own(name: str) -> None:
    [turns] = take_turns([name], 1, files(), alone=True, console=Console(stderr=True)).values()
    assert not turns.reason
    assert turns.rates[0] > 0
    assert turns.memory_mb > 100
    assert turns.answers == [Answer(turns.answers[0].text, "en")]
