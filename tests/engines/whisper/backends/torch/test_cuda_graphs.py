"""The steps of CUDA graphs, compared with plain greedy decoding of the same weights.

On a CPU the same steps run one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch

from sentivox.engines.protocols import RecognitionItem
from sentivox.engines.whisper.backends.torch.cuda_graphs import TEXTS, CudaGraphDecoder
from sentivox.engines.whisper.backends.torch.encoder import ClipEncoder
from sentivox.engines.whisper.backends.torch.sampling import sample
from sentivox.engines.whisper.backends.torch.weights import load_whisper_model
from sentivox.engines.whisper.hypothesis import DecodedText
from sentivox.engines.whisper.prompt import Prompt, Vocabulary
from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.settings import Device
from sentivox.types import Priority
from tests.engines.speech import SENTENCES, spoken_item
from tests.engines.whisper_backends import ON_GPU

pytestmark = pytest.mark.slow
CONTEXT_S = 7.5
on_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
"""For tests that take a CPU most of a minute and show nothing of graphs there."""


class Decoders:
    """A model whose texts are decoded by plain steps and by the steps of CUDA graphs."""

    def __init__(self, folder: Path, tokenizer: WhisperTokenizer, device: Device) -> None:
        loaded = load_whisper_model(folder, "float32", device)
        self.tokenizer = tokenizer
        self.model = loaded.model
        self.encode = ClipEncoder(loaded.model)
        self.vocabulary = Vocabulary.of(tokenizer, loaded.suppressed, loaded.suppressed_first)
        self.graphs = CudaGraphDecoder(loaded.model, self.vocabulary)

    def by_plain_steps(self, items: Sequence[RecognitionItem]) -> list[DecodedText]:
        with torch.inference_mode():
            return sample(self.model, *self.inputs(items), self.vocabulary, 0.0)

    def by_graphs(self, items: Sequence[RecognitionItem]) -> list[DecodedText]:
        with torch.inference_mode():
            return self.graphs.decode(*self.inputs(items))

    def inputs(self, items: Sequence[RecognitionItem]) -> tuple[torch.Tensor, list[Prompt]]:
        """Encoder outputs and prompts."""
        encoded = self.encode([item.window.pcm for item in items], CONTEXT_S)
        return encoded, [
            Prompt.of(item, CONTEXT_S, self.tokenizer, stop_on_repetition=False) for item in items
        ]


@pytest.fixture(scope="module", params=["cpu", pytest.param("cuda", marks=ON_GPU)])
def decoders(
    request: pytest.FixtureRequest, whisper_folder: Path, tokenizer: WhisperTokenizer
) -> Decoders:
    return Decoders(whisper_folder, tokenizer, request.param)


def items_of(**options: Any) -> list[RecognitionItem]:
    return [spoken_item(sentence, **options) for sentence in SENTENCES]


def assert_equal(own: Sequence[DecodedText], reference: Sequence[DecodedText]) -> None:
    for one, other in zip(own, reference, strict=True):
        assert one.ids == other.ids
        assert one.avg_logprob == pytest.approx(other.avg_logprob, abs=1e-4)
        assert one.no_speech_prob == pytest.approx(other.no_speech_prob, abs=1e-4)
        assert one.cut_off == other.cut_off


def test_texts_with_timestamps_are_those_of_plain_steps(decoders: Decoders) -> None:
    texts = decoders.by_graphs(items_of())
    assert_equal(texts, decoders.by_plain_steps(items_of()))
    assert "weather is lovely" in decoders.tokenizer.text(texts[0].ids)


def test_texts_with_and_without_timestamps_share_a_batch(decoders: Decoders) -> None:
    priorities = (Priority.UPLOAD, Priority.FINAL, Priority.UPLOAD)
    batch = [
        spoken_item(sentence, priority=priority)
        for sentence, priority in zip(SENTENCES, priorities, strict=True)
    ]
    assert_equal(decoders.by_graphs(batch), decoders.by_plain_steps(batch))


def test_prefixes_of_different_lengths_share_a_batch(decoders: Decoders) -> None:
    whole = decoders.by_plain_steps(items_of(priority=Priority.FINAL))
    batch = [
        spoken_item(sentence, prefix=text.ids[:known], priority=Priority.FINAL)
        for sentence, text, known in zip(SENTENCES, whole, (5, 0, 2), strict=True)
    ]
    assert_equal(decoders.by_graphs(batch), decoders.by_plain_steps(batch))


def test_a_prompt_is_part_of_the_prefill(decoders: Decoders) -> None:
    batch = items_of(prompt="On the telephone.")
    assert_equal(decoders.by_graphs(batch), decoders.by_plain_steps(batch))


def test_a_batch_does_not_depend_on_the_batches_before(decoders: Decoders) -> None:
    before = decoders.by_graphs(items_of())
    decoders.by_graphs([spoken_item(SENTENCES[1], priority=Priority.FINAL)])
    assert_equal(decoders.by_graphs(items_of()), before)


@on_gpu
def test_a_batch_with_nan_does_not_change_the_next_one(decoders: Decoders) -> None:
    encoded, prompts = decoders.inputs(items_of())
    expected = decoders.by_graphs(items_of())
    with torch.inference_mode():
        decoders.graphs.decode(torch.full_like(encoded, torch.nan), prompts)
    assert_equal(decoders.by_graphs(items_of()), expected)


def test_a_batch_may_be_larger_than_any_before(decoders: Decoders) -> None:
    graphs = CudaGraphDecoder(decoders.model, decoders.vocabulary)
    with torch.inference_mode():
        for batch in (items_of()[:1], items_of()):
            assert_equal(graphs.decode(*decoders.inputs(batch)), decoders.by_plain_steps(batch))


@on_gpu
def test_batches_larger_than_any_graph_are_decoded_in_parts(decoders: Decoders) -> None:
    [text] = decoders.by_plain_steps([spoken_item(SENTENCES[1])])
    batch = [spoken_item(SENTENCES[1])] * (TEXTS[-1] + 1)
    assert_equal(decoders.by_graphs(batch), [text] * len(batch))


def test_a_text_has_at_most_its_limit_of_tokens(decoders: Decoders) -> None:
    encoded, prompts = decoders.inputs(items_of()[:2])
    limited = [
        Prompt(prompt.start, prompt.sot_index, prompt.prefix, prompt.draft_tokens, limit)
        for prompt, limit in zip(prompts, (5, 224), strict=True)
    ]
    with torch.inference_mode():
        short, whole = decoders.graphs.decode(encoded, limited)
        reference = sample(decoders.model, encoded, limited, decoders.vocabulary, 0.0)
    assert_equal([short, whole], reference)
    assert short.cut_off
    assert len(short.ids) == 5
    assert not whole.cut_off


def test_two_threads_decode_one_after_the_other(decoders: Decoders) -> None:
    batches = [[item] for item in items_of()[:2]]
    expected = [decoders.by_graphs(batch) for batch in batches]
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(decoders.by_graphs, batches * 3))
    for own, reference in zip(results, expected * 3, strict=True):
        assert_equal(own, reference)
