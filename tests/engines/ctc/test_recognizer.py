"""Recognition by a CTC model of two languages, on words that aren't in its training."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

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
    RecognitionOptions,
    SpeechWindow,
)
from tests.engines.speech import item_of, segments_of, words_of
from tests.letters import Spoken, random_speech, spoken

SPEECH = list(random_speech(40, seed=7, max_words=8))
WORD_TIMES_WITHIN_S = 0.06
START = 12.5
"""Start of every window, in seconds."""


def settings_of(folder: Path, **more: object) -> RecognitionSettings:
    options = {"engine": "ctc", "model": str(folder), "compute_type": "float32"}
    return RecognitionSettings.model_validate({**options, "threads": 1, **more})


@pytest.fixture(scope="module")
def recognizer(letters_model: Path) -> AdapterRecognizer:
    found = load_recognizer(settings_of(letters_model))
    assert isinstance(found, AdapterRecognizer)
    return found


def item(spoken: Spoken, language: str, **options: Any) -> RecognitionItem:
    return item_of(spoken.pcm, language, START, **options)


def letters_of(result: object) -> str:
    """Text with its spaces, which `text_of` would change."""
    return "".join(segment.text for segment in segments_of(result)).strip()


@pytest.mark.parametrize("language", ["nl", "el"])
def test_new_words_are_recognized_in_the_letters_of_their_language(
    recognizer: Recognizer, language: str
) -> None:
    results = recognizer.transcribe([item(each, language) for each in SPEECH])
    reference = [each.text(language) for each in SPEECH]
    assert jiwer.cer(reference, [letters_of(result) for result in results]) < 0.05


def test_languages_share_a_batch(
    recognizer: Recognizer,
) -> None:
    languages = ["nl", "el"] * 6
    mixed = [item(each, language) for each, language in zip(SPEECH, languages, strict=False)]
    together = [letters_of(result) for result in recognizer.transcribe(mixed)]
    assert together == [letters_of(recognizer.transcribe([each])[0]) for each in mixed]
    reference = [each.text(code) for each, code in zip(SPEECH, languages, strict=False)]
    assert jiwer.cer(reference, together) < 0.05


def test_words_have_their_times(recognizer: Recognizer) -> None:
    results = recognizer.transcribe([item(each, "nl", words=True) for each in SPEECH])
    compared = 0
    for each, result in zip(SPEECH, results, strict=True):
        words = words_of(result)
        if len(words) != len(each.times):
            continue
        for word, (start, end) in zip(words, each.times, strict=True):
            assert word.start - START == pytest.approx(start, abs=WORD_TIMES_WITHIN_S)
            assert word.end - START == pytest.approx(end, abs=WORD_TIMES_WITHIN_S)
            compared += 1
    assert compared > 100


def test_a_segment_has_the_confidence_figures_of_whisper(recognizer: Recognizer) -> None:
    [result] = recognizer.transcribe([item(SPEECH[0], "nl")])
    [segment] = segments_of(result)
    assert -0.5 < segment.avg_logprob < 0
    assert 0.5 < segment.compression_ratio < 2
    assert (segment.no_speech_prob, segment.temperature, segment.seek) == (0.0, 0.0, 1250)
    assert (segment.words, segment.token_logprobs, segment.token_bytes) == ((), (), ())


def test_a_long_pause_separates_segments(recognizer: Recognizer) -> None:
    pause = np.zeros(SAMPLE_RATE, np.int16)
    first, second = SPEECH[0], SPEECH[1]
    pcm = np.concatenate([first.pcm, pause, second.pcm])
    [result] = recognizer.transcribe(
        [RecognitionItem(SpeechWindow(0, 0.0, pcm), RecognitionOptions("nl"))]
    )
    segments = segments_of(result)
    assert len(segments) == 2
    begin = len(first.pcm) / SAMPLE_RATE + 1 + second.times[0][0]
    assert segments[1].start == pytest.approx(begin, abs=WORD_TIMES_WITHIN_S)
    assert all(segment.text.startswith(" ") for segment in segments)


def test_a_prefix_is_kept_even_if_the_model_would_decode_other_letters(
    recognizer: Recognizer,
) -> None:
    generator = np.random.default_rng(3)
    reference = spoken([[0, 1, 2], [3, 4], [5, 6, 7, 8]], generator)
    other = spoken([[0, 1, 9], [3, 4]], generator)
    whole, wrong = recognizer.transcribe(
        [item(each, "nl", words=True) for each in (reference, other)]
    )
    for returned in (words_of(whole)[:2], words_of(wrong)):
        prefix = tuple(token for word in returned for token in word.tokens)
        live = {"prefix": prefix, "priority": Priority.FINAL, "words": True}
        [result] = recognizer.transcribe([item(reference, "nl", **live)])
        tokens = tuple(token for segment in segments_of(result) for token in segment.tokens)
        assert tokens[: len(prefix)] == prefix
        assert [word.word for word in words_of(result)] == [
            *(word.word for word in returned),
            words_of(whole)[2].word,
        ]
        for word, (start, end) in zip(words_of(result), reference.times, strict=True):
            assert word.start - START == pytest.approx(start, abs=WORD_TIMES_WITHIN_S)
            assert word.end - START == pytest.approx(end, abs=WORD_TIMES_WITHIN_S)


def test_tokens_of_another_model_in_a_prefix_are_ignored(recognizer: Recognizer) -> None:
    live = {"prefix": (50_257, 0, 3), "priority": Priority.FINAL, "words": True}
    whole, result = recognizer.transcribe([item(SPEECH[0], "nl"), item(SPEECH[0], "nl", **live)])
    assert letters_of(result) == letters_of(whole)


def test_prompts_temperatures_and_draft_tokens_change_nothing(recognizer: Recognizer) -> None:
    results = recognizer.transcribe(
        [
            item(SPEECH[0], "nl"),
            item(SPEECH[0], "nl", prompt="Names: Kathryn", temperature=0.8, draft_tokens=(5, 6)),
        ]
    )
    assert results[0] == results[1]


def test_a_language_without_an_adapter_is_the_error_of_its_item(recognizer: Recognizer) -> None:
    results = recognizer.transcribe(
        [
            item(SPEECH[0], "nl"),
            item(SPEECH[1], "nl", task="translate"),
            item(SPEECH[2], "fr"),
            item(SPEECH[3], "el"),
        ]
    )
    assert isinstance(results[1], InvalidRequest)
    assert "ask for a transcription" in results[1].detail
    assert isinstance(results[2], InvalidRequest)
    assert "'fr' wasn't trained on that language" in results[2].detail
    assert results[2].param == "language"
    assert letters_of(results[0])
    assert letters_of(results[3])


def test_only_adapters_of_the_settings_languages_are_used(letters_model: Path) -> None:
    found = load_recognizer(settings_of(letters_model, languages=["el"]))
    assert isinstance(found, AdapterRecognizer)
    assert (found.has_adapter("el"), found.has_adapter("nl")) == (True, False)


def test_a_model_without_an_adapter_of_the_settings_languages_is_refused(
    letters_model: Path,
) -> None:
    with pytest.raises(WeightsMissing, match="no adapter of a wanted language"):
        load_recognizer(settings_of(letters_model, languages=["fr"]))


def test_a_damaged_adapter_is_the_error_of_its_language_alone(
    letters_model: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(letters_model, tmp_path / "model"))
    (folder / "adapter.ell.safetensors").write_bytes(b"damaged")
    results = load_recognizer(settings_of(folder)).transcribe(
        [item(SPEECH[0], "nl"), item(SPEECH[0], "el")]
    )
    assert letters_of(results[0])
    assert isinstance(results[1], WeightsAltered)


def test_a_model_of_one_language_needs_no_adapter(letters_model: Path, tmp_path: Path) -> None:
    """Its padding isn't masked, as in wav2vec2-base."""
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
    recognized, error = dutch.transcribe([item(SPEECH[0], "nl"), item(SPEECH[0], "de")])
    assert letters_of(recognized)
    assert isinstance(error, InvalidRequest)
    anything = load_recognizer(settings_of(folder))
    assert letters_of(anything.transcribe([item(SPEECH[0], "de")])[0]) == letters_of(recognized)


def test_half_precision_has_nearly_the_same_text(letters_model: Path) -> None:
    half = load_recognizer(settings_of(letters_model, compute_type="bfloat16"))
    results = half.transcribe([item(each, "el") for each in SPEECH[:10]])
    reference = [each.text("el") for each in SPEECH[:10]]
    assert jiwer.cer(reference, [letters_of(result) for result in results]) < 0.08


def test_an_unknown_compute_type_is_refused() -> None:
    with pytest.raises(ValueError, match="one of float32, bfloat16"):
        RecognitionSettings(engine="ctc")
