"""The torch engine in float32, compared token for token with CTranslate2 in float32."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import ValidationError

from sentivox.engines.loading import load_whisper_engine
from sentivox.engines.protocols import RecognitionItem
from sentivox.engines.whisper.engine import WhisperEngine
from sentivox.engines.whisper.fallback import DecodingPass
from sentivox.engines.whisper.hypothesis import Hypothesis
from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.settings import RecognitionSettings
from sentivox.types import Priority, Word
from tests.engines.speech import SENTENCES, plain, spoken_item
from tests.engines.whisper_backends import WhisperBackends

GREEDY = DecodingPass(None, 0.0, 1)
BEAM = DecodingPass(None, 0.0, 5)
CONTEXT_S = 7.5
greedy_and_beam = pytest.mark.parametrize("search", [GREEDY, BEAM], ids=["greedy", "beam"])


@pytest.fixture
def own(backends: WhisperBackends) -> WhisperEngine:
    return backends["torch"].engine


@pytest.fixture(scope="module")
def reference(tokenizer: WhisperTokenizer) -> WhisperEngine:
    settings = RecognitionSettings(compute_type="float32", threads=1)
    return load_whisper_engine(settings, tokenizer)


def items_of(**options: Any) -> list[RecognitionItem]:
    return [spoken_item(sentence, **options) for sentence in SENTENCES]


def decode(
    engine: WhisperEngine,
    batch: Sequence[RecognitionItem],
    search: DecodingPass = GREEDY,
    context_s: float = CONTEXT_S,
) -> list[Hypothesis]:
    return engine.decode(batch, [context_s] * len(batch), search)


def words_of(hypothesis: Hypothesis) -> list[Word]:
    return [word for segment in hypothesis.align() for word in segment.words]


def assert_equal(own: Sequence[Hypothesis], reference: Sequence[Hypothesis]) -> None:
    for one, other in zip(own, reference, strict=True):
        assert one.decoded.ids == other.decoded.ids
        assert one.segments == other.segments
        assert one.decoded.avg_logprob == pytest.approx(other.decoded.avg_logprob, abs=1e-3)
        assert one.decoded.no_speech_prob == pytest.approx(other.decoded.no_speech_prob, abs=1e-3)
        assert one.decoded.cut_off == other.decoded.cut_off


@pytest.mark.slow
@greedy_and_beam
def test_it_decodes_the_tokens_that_ctranslate2_decodes(
    own: WhisperEngine, reference: WhisperEngine, search: DecodingPass
) -> None:
    results = decode(own, items_of(), search, CONTEXT_S)
    assert_equal(results, decode(reference, items_of(), search, CONTEXT_S))
    assert [plain(each.text) for each in results] == [plain(sentence) for sentence in SENTENCES]


@pytest.mark.slow
@greedy_and_beam
def test_text_without_timestamps_has_the_same_tokens(
    own: WhisperEngine, reference: WhisperEngine, search: DecodingPass
) -> None:
    live = items_of(priority=Priority.FINAL)
    assert_equal(decode(own, live, search), decode(reference, live, search))


@pytest.mark.slow
@greedy_and_beam
def test_prefixes_of_different_lengths_are_kept(
    own: WhisperEngine, reference: WhisperEngine, search: DecodingPass
) -> None:
    whole = [each.decoded.ids for each in decode(own, items_of(priority=Priority.FINAL))]
    batch = [
        spoken_item(sentence, prefix=ids[:known], priority=Priority.FINAL)
        for sentence, ids, known in zip(SENTENCES, whole, (5, 0, 2), strict=True)
    ]
    results = decode(own, batch, search)
    assert [each.decoded.ids for each in results] == whole
    assert_equal(results, decode(reference, batch, search))


@pytest.mark.slow
def test_a_prefix_may_be_the_whole_text(own: WhisperEngine) -> None:
    [whole] = decode(own, [spoken_item(SENTENCES[1], priority=Priority.FINAL)])
    prefix = whole.decoded.ids
    [result] = decode(own, [spoken_item(SENTENCES[1], prefix=prefix, priority=Priority.FINAL)])
    assert result.decoded.ids == prefix


@pytest.mark.slow
def test_prompts_of_different_lengths_share_a_batch(
    own: WhisperEngine, reference: WhisperEngine
) -> None:
    prompts = ("", "The weather.", "A parcel service calls its customers.")
    batch = [
        spoken_item(sentence, prompt=prompt)
        for sentence, prompt in zip(SENTENCES, prompts, strict=True)
    ]
    alone = [decode(reference, [each])[0] for each in batch]
    assert_equal(decode(own, batch), alone)


@pytest.mark.slow
def test_languages_and_tasks_share_a_batch(own: WhisperEngine, reference: WhisperEngine) -> None:
    batch = [
        spoken_item(SENTENCES[0], "de"),
        spoken_item(SENTENCES[1], "fr"),
        spoken_item(SENTENCES[2], "es", task="translate"),
    ]
    results = decode(own, batch)
    assert_equal(results, decode(reference, batch))
    assert plain(results[0].text) != plain(SENTENCES[0])


@pytest.mark.slow
def test_a_text_at_its_limit_of_tokens_is_cut_off(
    own: WhisperEngine, reference: WhisperEngine
) -> None:
    batch = [spoken_item(" ".join(SENTENCES * 2))]
    results = decode(own, batch, context_s=0.5)
    assert results[0].decoded.cut_off
    assert_equal(results, decode(reference, batch, context_s=0.5))


@pytest.mark.slow
def test_words_have_the_times_of_ctranslate2(own: WhisperEngine, reference: WhisperEngine) -> None:
    batch = items_of(words=True)
    for result, other in zip(decode(own, batch), decode(reference, batch), strict=True):
        assert [word.word for word in words_of(result)] == [word.word for word in words_of(other)]
        for one, two in zip(words_of(result), words_of(other), strict=True):
            assert one.start == pytest.approx(two.start, abs=0.04)
            assert one.end == pytest.approx(two.end, abs=0.04)
            assert one.probability == pytest.approx(two.probability, abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize(
    "search",
    [DecodingPass(None, 0.0, 1, stop_on_repetition=True), DecodingPass(None, 0.001, 1)],
    ids=["stop on repetition", "low temperature"],
)
def test_a_pass_that_is_nearly_greedy_has_the_greedy_text(
    own: WhisperEngine, search: DecodingPass
) -> None:
    results = decode(own, items_of(), search)
    assert_equal(results, decode(own, items_of()))
    assert {each.temperature for each in results} == {search.temperature}


@pytest.mark.slow
def test_text_is_sampled_at_a_high_temperature(own: WhisperEngine) -> None:
    hot = DecodingPass(None, 1.0, 1)

    def sampled() -> tuple[int, ...]:
        return decode(own, [spoken_item(SENTENCES[0])], hot)[0].decoded.ids

    with torch.random.fork_rng():
        torch.manual_seed(7)
        first, second = sampled(), sampled()
        torch.manual_seed(7)
        assert first == sampled()
    assert first != second


@pytest.mark.slow
@pytest.mark.parametrize("compute_type", ["bfloat16", "int8"])
def test_lower_precision_gives_the_same_words(
    tokenizer: WhisperTokenizer, compute_type: str
) -> None:
    settings = RecognitionSettings(engine="torch", compute_type=compute_type, threads=1)
    results = decode(load_whisper_engine(settings, tokenizer), items_of(words=True))
    assert [plain(each.text) for each in results] == [plain(sentence) for sentence in SENTENCES]
    for each in results:
        assert plain("".join(word.word for word in words_of(each))) == plain(each.text)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"compute_type": "float16"}, "set compute_type to one of float32, bfloat16, int8"),
        ({"compute_type": "int8_float16"}, "doesn't compute in int8_float16 on cpu"),
        ({"device": "cuda", "compute_type": "int8"}, "one of float32, bfloat16, float16"),
        ({"decoder": "torch_int8"}, "set .engine: cpu_int8."),
    ],
)
def test_settings_that_the_engine_cannot_compute_are_refused(
    wrong: dict[str, str], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        RecognitionSettings.model_validate({"engine": "torch", **wrong})


@pytest.mark.slow
def test_safetensors_are_recognized_by_the_same_engine(
    whisper_safetensors: Path,
) -> None:
    settings = RecognitionSettings(
        engine="torch", model=str(whisper_safetensors), compute_type="float32", threads=1
    )
    engine = load_whisper_engine(settings, WhisperTokenizer(whisper_safetensors))
    [result] = decode(engine, [spoken_item(SENTENCES[1], words=True)])
    assert plain(result.text) == plain(SENTENCES[1])
    assert [plain(word.word) for word in words_of(result)] == plain(SENTENCES[1]).split()
