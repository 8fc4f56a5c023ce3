"""Decoding in int8 beyond the contract of all backends: windows of any context together."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from sentivox.engines.protocols import RecognitionItem
from sentivox.engines.whisper.engine import WhisperEngine
from sentivox.engines.whisper.fallback import DecodingPass
from sentivox.engines.whisper.hypothesis import Hypothesis
from sentivox.engines.whisper.recognizer import WhisperRecognizer
from tests.engines.speech import SENTENCES, item_of, plain, spoken_item
from tests.engines.whisper_backends import Whisper, WhisperBackends
from tests.voices import spoken_pcm

GREEDY = DecodingPass(None, 0.0, 1)


@pytest.fixture
def whisper(backends: WhisperBackends) -> Whisper:
    return backends["cpu_int8"]


def test_windows_of_different_contexts_share_a_batch(whisper: Whisper) -> None:
    items = [spoken_item(sentence) for sentence in SENTENCES]
    results = whisper.engine.decode(items, [8.0, 5.0, 6.0], GREEDY)
    assert [plain(each.text) for each in results] == [plain(sentence) for sentence in SENTENCES]
    for each, positions in zip(results, (400, 250, 300), strict=True):
        assert each.encoder_output
        assert len(each.encoder_output().states) == positions


def test_windows_of_any_context_may_share_a_batch(
    whisper: Whisper, backends: WhisperBackends
) -> None:
    assert whisper.engine.mixes_contexts
    assert not backends["ctranslate2"].engine.mixes_contexts


@pytest.mark.parametrize("beam_size", [1, 5])
def test_a_text_is_the_same_whatever_shares_its_steps(whisper: Whisper, beam_size: int) -> None:
    decoding_pass = DecodingPass(None, 0.0, beam_size)
    items, contexts = [spoken_item(sentence) for sentence in SENTENCES], [8.0, 5.0, 6.0]
    together = whisper.engine.decode(items, contexts, decoding_pass)
    with ThreadPoolExecutor(len(items)) as threads:
        apart = threads.map(
            lambda item, context_s: whisper.engine.decode([item], [context_s], decoding_pass)[0],
            items,
            contexts,
        )
    assert [each.decoded for each in apart] == [each.decoded for each in together]


def test_a_sampled_text_is_the_same_each_time(whisper: Whisper) -> None:
    item = spoken_item(SENTENCES[0])
    first, second, other = (
        whisper.engine.decode([item], [8.0], DecodingPass(None, temperature, 1))[0].decoded
        for temperature in (0.8, 0.8, 1.0)
    )
    assert first == second
    assert first.avg_logprob != other.avg_logprob


class RecordedContexts:
    """An engine that records the contexts of each batch."""

    def __init__(self, engine: WhisperEngine) -> None:
        self._engine = engine
        self.mixes_contexts = engine.mixes_contexts
        self.contexts: list[list[float]] = []

    def decode(
        self,
        items: Sequence[RecognitionItem],
        contexts: Sequence[float],
        decoding_pass: DecodingPass,
    ) -> list[Hypothesis]:
        self.contexts.append(list(contexts))
        return self._engine.decode(items, contexts, decoding_pass)


def test_a_recognizer_decodes_all_windows_of_a_batch_in_one_call(whisper: Whisper) -> None:
    recorded = RecordedContexts(whisper.engine)
    recognizer = WhisperRecognizer(recorded, whisper.tokenizer, whisper.settings())
    long = item_of(np.concatenate([spoken_pcm(sentence) for sentence in SENTENCES]))
    recognizer.transcribe([long, spoken_item(SENTENCES[1]), spoken_item(SENTENCES[2])])
    assert recorded.contexts == [[11.0, 5.0, 6.0]]
