"""A CTC model with two languages, trained here, on words it has never heard."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jiwer
import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from sentivox.engines.loading import load_recognizer
from sentivox.engines.protocols import AdapterRecognizer, RecognitionItem, Recognizer
from sentivox.errors import InvalidRequest, WeightsAltered, WeightsMissing
from sentivox.settings import RecognitionSettings
from sentivox.types import (
    SAMPLE_RATE,
    Priority,
    Recognition,
    RecognitionOptions,
    SpeechWindow,
    TranscribedSegment,
    Word,
)
from tests.letters import Spoken, random_speech, spoken

SPEECH = list(random_speech(40, seed=7, most_words=8))
WORD_TIMES_WITHIN_S = 0.06
START = 12.5
"""Of every window, in seconds."""


def settings_of(folder: Path, **more: object) -> RecognitionSettings:
    told = {"engine": "ctc", "model": str(folder), "compute_type": "float32"}
    return RecognitionSettings.model_validate({**told, "threads": 1, **more})


@pytest.fixture(scope="module")
def recognizer(letters_model: Path) -> AdapterRecognizer:
    found = load_recognizer(settings_of(letters_model))
    assert isinstance(found, AdapterRecognizer)
    return found


def item(spoken: Spoken, language: str, **options: object) -> RecognitionItem:
    told = RecognitionOptions(language, **options)  # type: ignore[arg-type]
    return RecognitionItem(SpeechWindow(0, START, spoken.pcm), told)


def segments_of(answer: object) -> tuple[TranscribedSegment, ...]:
    assert isinstance(answer, Recognition)
    return answer.segments


def text_of(answer: object) -> str:
    return "".join(segment.text for segment in segments_of(answer)).strip()


def words_of(answer: object) -> list[Word]:
    return [word for segment in segments_of(answer) for word in segment.words]


@pytest.mark.parametrize("language", ["nl", "el"])
def test_words_never_heard_before_are_written_in_the_letters_of_their_language(
    recognizer: Recognizer, language: str
) -> None:
    answers = recognizer.transcribe([item(each, language) for each in SPEECH])
    said = [each.written(language) for each in SPEECH]
    assert jiwer.cer(said, [text_of(answer) for answer in answers]) < 0.05


def test_languages_mixed_in_a_batch_are_written_each_in_its_own_letters(
    recognizer: Recognizer,
) -> None:
    languages = ["nl", "el"] * 6
    mixed = [item(each, language) for each, language in zip(SPEECH, languages, strict=False)]
    together = [text_of(answer) for answer in recognizer.transcribe(mixed)]
    assert together == [text_of(recognizer.transcribe([each])[0]) for each in mixed]
    said = [each.written(code) for each, code in zip(SPEECH, languages, strict=False)]
    assert jiwer.cer(said, together) < 0.05


def test_words_are_found_where_they_were_said(recognizer: Recognizer) -> None:
    answers = recognizer.transcribe([item(each, "nl", words=True) for each in SPEECH])
    compared = 0
    for each, answer in zip(SPEECH, answers, strict=True):
        words = words_of(answer)
        if len(words) != len(each.times):
            continue
        for word, (start, end) in zip(words, each.times, strict=True):
            assert word.start - START == pytest.approx(start, abs=WORD_TIMES_WITHIN_S)
            assert word.end - START == pytest.approx(end, abs=WORD_TIMES_WITHIN_S)
            compared += 1
    assert compared > 100


def test_words_tokens_and_spelling_are_all_of_the_text(recognizer: Recognizer) -> None:
    [answer] = recognizer.transcribe([item(SPEECH[0], "el", words=True, logprobs=True)])
    for segment in segments_of(answer):
        assert "".join(word.word for word in segment.words) == segment.text
        assert tuple(t for word in segment.words for t in word.tokens) == segment.tokens
        assert b"".join(segment.token_bytes).decode() == segment.text
        assert len(segment.token_logprobs) == len(segment.tokens)
        assert all(value <= 0 for value in segment.token_logprobs)
        assert all(0.5 < word.probability <= 1 for word in segment.words)


def test_figures_of_a_segment_are_those_that_clients_reckon_with(recognizer: Recognizer) -> None:
    [answer] = recognizer.transcribe([item(SPEECH[0], "nl")])
    [segment] = segments_of(answer)
    assert -0.5 < segment.avg_logprob < 0
    assert 0.5 < segment.compression_ratio < 2
    assert (segment.no_speech_prob, segment.temperature, segment.seek) == (0.0, 0.0, 1250)
    assert (segment.words, segment.token_logprobs, segment.token_bytes) == ((), (), ())


def test_a_long_pause_parts_segments(recognizer: Recognizer) -> None:
    pause = np.zeros(SAMPLE_RATE, np.int16)
    first, second = SPEECH[0], SPEECH[1]
    pcm = np.concatenate([first.pcm, pause, second.pcm])
    [answer] = recognizer.transcribe(
        [RecognitionItem(SpeechWindow(0, 0.0, pcm), RecognitionOptions("nl"))]
    )
    heard = segments_of(answer)
    assert len(heard) == 2
    begin = len(first.pcm) / SAMPLE_RATE + 1 + second.times[0][0]
    assert heard[1].start == pytest.approx(begin, abs=WORD_TIMES_WITHIN_S)
    assert all(segment.text.startswith(" ") for segment in heard)


def test_silence_has_no_text(recognizer: Recognizer) -> None:
    silence = SpeechWindow(0, 0.0, np.zeros(2 * SAMPLE_RATE, np.int16))
    [answer] = recognizer.transcribe([RecognitionItem(silence, RecognitionOptions("nl"))])
    assert answer == Recognition(())


def test_a_draft_has_words_though_nobody_asked_for_them(recognizer: Recognizer) -> None:
    [answer] = recognizer.transcribe([item(SPEECH[0], "nl", priority=Priority.INTERIM)])
    assert "".join(word.word for word in words_of(answer)).strip() == text_of(answer)


def test_live_text_goes_on_from_the_words_that_were_given_out(recognizer: Recognizer) -> None:
    """Also where they aren't what would be heard: deltas can't be taken back."""
    chance = np.random.default_rng(3)
    said = spoken([[0, 1, 2], [3, 4], [5, 6, 7, 8]], chance)
    other = spoken([[0, 1, 9], [3, 4]], chance)
    whole, wrong = recognizer.transcribe([item(each, "nl", words=True) for each in (said, other)])
    for given_out in (words_of(whole)[:2], words_of(wrong)):
        prefix = tuple(token for word in given_out for token in word.tokens)
        live = {"prefix": prefix, "priority": Priority.FINAL, "words": True}
        [answer] = recognizer.transcribe([item(said, "nl", **live)])
        tokens = tuple(token for segment in segments_of(answer) for token in segment.tokens)
        assert tokens[: len(prefix)] == prefix
        assert [word.word for word in words_of(answer)] == [
            *(word.word for word in given_out),
            words_of(whole)[2].word,
        ]
        for word, (start, end) in zip(words_of(answer), said.times, strict=True):
            assert word.start - START == pytest.approx(start, abs=WORD_TIMES_WITHIN_S)
            assert word.end - START == pytest.approx(end, abs=WORD_TIMES_WITHIN_S)


def test_what_an_earlier_window_answered_is_heard_along_and_left_out(
    recognizer: Recognizer,
) -> None:
    said = spoken([[0, 1, 2], [3, 4], [5, 6, 7, 8]], np.random.default_rng(3))
    [whole] = recognizer.transcribe([item(said, "nl", words=True)])
    words = words_of(whole)
    before = words[0].tokens
    live = {"priority": Priority.FINAL, "words": True, "answered": len(before)}
    until = START + said.times[1][0] + 0.1
    for prefix in (before, before + words[1].tokens):
        [answer] = recognizer.transcribe(
            [item(said, "nl", prefix=prefix, returned_until=until, **live)]
        )
        assert [word.word for word in words_of(answer)] == [word.word for word in words[1:]]
        [segment] = segments_of(answer)
        assert segment.tokens == words[1].tokens + words[2].tokens
        assert (segment.start, words_of(answer)[0].start) == (round(until, 2), round(until, 2))
        assert words_of(answer)[1] == words[2]


def test_a_beginning_in_tokens_of_another_model_is_no_trouble(recognizer: Recognizer) -> None:
    live = {"prefix": (50_257, 0, 3), "priority": Priority.FINAL, "words": True}
    whole, answer = recognizer.transcribe([item(SPEECH[0], "nl"), item(SPEECH[0], "nl", **live)])
    assert text_of(answer) == text_of(whole)


def test_prompts_and_temperatures_change_nothing(recognizer: Recognizer) -> None:
    answers = recognizer.transcribe(
        [
            item(SPEECH[0], "nl"),
            item(SPEECH[0], "nl", prompt="Names: Kathryn", temperature=0.8, draft_tokens=(5, 6)),
        ]
    )
    assert answers[0] == answers[1]


def test_a_translation_and_a_language_without_an_adapter_fail_alone(recognizer: Recognizer) -> None:
    answers = recognizer.transcribe(
        [
            item(SPEECH[0], "nl"),
            item(SPEECH[1], "nl", task="translate"),
            item(SPEECH[2], "fr"),
            item(SPEECH[3], "el"),
        ]
    )
    assert isinstance(answers[1], InvalidRequest)
    assert "ask for a transcription" in answers[1].detail
    assert isinstance(answers[2], InvalidRequest)
    assert "'fr' has nothing for that language" in answers[2].detail
    assert answers[2].param == "language"
    assert text_of(answers[0])
    assert text_of(answers[3])


def test_only_the_adapters_that_are_wanted_are_used(letters_model: Path) -> None:
    found = load_recognizer(settings_of(letters_model, languages=["el"]))
    assert isinstance(found, AdapterRecognizer)
    assert (found.knows("el"), found.knows("nl")) == (True, False)


def test_a_model_without_a_single_wanted_adapter_is_refused(letters_model: Path) -> None:
    with pytest.raises(WeightsMissing, match="no adapter of a wanted language"):
        load_recognizer(settings_of(letters_model, languages=["fr"]))


def test_an_adapter_that_is_damaged_fails_its_own_language_alone(
    letters_model: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(letters_model, tmp_path / "model"))
    (folder / "adapter.ell.safetensors").write_bytes(b"damaged")
    answers = load_recognizer(settings_of(folder)).transcribe(
        [item(SPEECH[0], "nl"), item(SPEECH[0], "el")]
    )
    assert text_of(answers[0])
    assert isinstance(answers[1], WeightsAltered)


def test_a_model_of_one_language_needs_no_adapter(letters_model: Path, tmp_path: Path) -> None:
    """And says which it is, or takes any. Its padding isn't masked, as in wav2vec2-base."""
    folder = tmp_path / "dutch"
    folder.mkdir()
    config = json.loads((letters_model / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"adapter_attn_dim": None}))
    tensors = load_file(letters_model / "model.safetensors")
    base = {name: each for name, each in tensors.items() if ".adapter_layer." not in name}
    save_file(base, folder / "model.safetensors", {"format": "pt"})
    table = json.loads((letters_model / "vocab.json").read_text())["nld"]
    (folder / "vocab.json").write_text(json.dumps(table))
    (folder / "tokenizer_config.json").write_text("{}")
    (folder / "preprocessor_config.json").write_text('{"return_attention_mask": false}')
    dutch = load_recognizer(settings_of(folder, languages=["nl"]))
    heard, refused = dutch.transcribe([item(SPEECH[0], "nl"), item(SPEECH[0], "de")])
    assert text_of(heard)
    assert isinstance(refused, InvalidRequest)
    anything = load_recognizer(settings_of(folder))
    assert text_of(anything.transcribe([item(SPEECH[0], "de")])[0]) == text_of(heard)


def test_half_precision_writes_much_the_same(letters_model: Path) -> None:
    half = load_recognizer(settings_of(letters_model, compute_type="bfloat16"))
    answers = half.transcribe([item(each, "el") for each in SPEECH[:10]])
    said = [each.written("el") for each in SPEECH[:10]]
    assert jiwer.cer(said, [text_of(answer) for answer in answers]) < 0.08


def test_padding_is_counted_in_half_seconds(recognizer: Recognizer) -> None:
    costs = [recognizer.padded_seconds(seconds, Priority.UPLOAD) for seconds in (0.0, 0.6, 30.0)]
    assert costs == [0.5, 1.0, 30.0]


def test_a_compute_type_that_torch_has_not_is_refused() -> None:
    with pytest.raises(ValueError, match="one of float32, bfloat16"):
        RecognitionSettings(engine="ctc")
