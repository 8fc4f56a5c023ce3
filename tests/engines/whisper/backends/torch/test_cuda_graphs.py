"""Steps at fixed addresses beside the plain loop, with the embedded weights in single precision."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch

from sentivox.engines.protocols import RecognitionItem
from sentivox.engines.whisper.backends.torch import cuda_graphs as whisper_steps
from sentivox.engines.whisper.backends.torch.cuda_graphs import CudaGraphDecoder
from sentivox.engines.whisper.backends.torch.encoder import ClipEncoder
from sentivox.engines.whisper.backends.torch.sampling import sample
from sentivox.engines.whisper.backends.torch.weights import load_whisper_model
from sentivox.engines.whisper.hypothesis import DecodedText
from sentivox.engines.whisper.prompt import Prompt, Vocabulary
from sentivox.engines.whisper.token_limits import max_new_tokens
from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.settings import Device
from sentivox.types import Priority, RecognitionOptions, SpeechWindow
from sentivox.weights.resolve import resolve
from tests.voices import spoken_pcm

FOLDER = resolve("embedded:whisper-base")
SENTENCES = (
    "The weather is lovely today, and I am very happy about it.",
    "Please hold the line.",
    "Your order has been shipped and will arrive tomorrow morning.",
)
CONTEXT_S = 7.5
DEVICES = [
    "cpu",
    pytest.param(
        "cuda",
        marks=[
            pytest.mark.gpu,
            pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU"),
        ],
    ),
]


class Both:
    """The same weights, written with by the plain loop and by steps."""

    def __init__(self, device: Device) -> None:
        tokens = WhisperTokenizer(FOLDER)
        loaded = load_whisper_model(FOLDER, "float32", device)
        self.tokens = tokens
        self.model = loaded.model
        self.hear = ClipEncoder(loaded.model)
        self.vocabulary = Vocabulary.of(tokens, loaded.suppressed, loaded.suppressed_first)
        self.steps = CudaGraphDecoder(loaded.model, self.vocabulary)

    def plainly(
        self, items: Sequence[RecognitionItem], stop_on_repetition: bool = False
    ) -> list[DecodedText]:
        with torch.inference_mode():
            return sample(self.model, *self.asked(items, stop_on_repetition), self.vocabulary, 0.0)

    def by_steps(
        self, items: Sequence[RecognitionItem], stop_on_repetition: bool = False
    ) -> list[DecodedText]:
        with torch.inference_mode():
            return self.steps.decode(*self.asked(items, stop_on_repetition))

    def asked(
        self, items: Sequence[RecognitionItem], stop_on_repetition: bool
    ) -> tuple[torch.Tensor, list[Prompt]]:
        encoded = self.hear([item.window.pcm for item in items], CONTEXT_S)
        return encoded, [
            Prompt.of(
                item.options,
                self.tokens,
                max_new_tokens(item, CONTEXT_S),
                stop_on_repetition=stop_on_repetition,
            )
            for item in items
        ]


@pytest.fixture(scope="module", params=DEVICES)
def both(request: pytest.FixtureRequest) -> Both:
    return Both(request.param)


def item(text: str, **options: Any) -> RecognitionItem:
    return RecognitionItem(
        SpeechWindow(0, 0.0, spoken_pcm(text)), RecognitionOptions("en", **options)
    )


def assert_alike(ours: Sequence[DecodedText], theirs: Sequence[DecodedText]) -> None:
    for our, their in zip(ours, theirs, strict=True):
        assert our.ids == their.ids
        assert our.avg_logprob == pytest.approx(their.avg_logprob, abs=1e-4)
        assert our.no_speech_prob == pytest.approx(their.no_speech_prob, abs=1e-4)
        assert our.cut_off == their.cut_off


def test_texts_with_times_are_those_of_the_plain_loop(both: Both) -> None:
    batch = [item(sentence) for sentence in SENTENCES]
    texts = both.by_steps(batch)
    assert_alike(texts, both.plainly(batch))
    assert "weather is lovely" in both.tokens.text(texts[0].ids)


def test_texts_with_and_without_times_share_a_batch(both: Both) -> None:
    batch = [
        item(sentence, priority=priority)
        for sentence, priority in zip(
            SENTENCES, (Priority.UPLOAD, Priority.FINAL, Priority.UPLOAD), strict=True
        )
    ]
    assert_alike(both.by_steps(batch), both.plainly(batch))


def test_texts_may_begin_with_what_is_known(both: Both) -> None:
    live = [item(sentence, priority=Priority.FINAL) for sentence in SENTENCES]
    said = [text.ids for text in both.plainly(live)]
    batch = [
        item(sentence, prefix=ids[:known], priority=Priority.FINAL)
        for sentence, ids, known in zip(SENTENCES, said, (5, 0, 2), strict=True)
    ]
    assert_alike(both.by_steps(batch), both.plainly(batch))


def test_earlier_text_is_read_first(both: Both) -> None:
    batch = [item(sentence, prompt="On the telephone.") for sentence in SENTENCES]
    assert_alike(both.by_steps(batch), both.plainly(batch))


def test_one_batch_after_another_leaves_nothing_behind(both: Both) -> None:
    batch = [item(sentence) for sentence in SENTENCES]
    before = both.by_steps(batch)
    both.by_steps([item(SENTENCES[1], priority=Priority.FINAL)])
    assert_alike(both.by_steps(batch), before)


def test_a_batch_may_be_larger_than_any_before(both: Both) -> None:
    steps = CudaGraphDecoder(both.model, both.vocabulary)
    batch = [item(sentence) for sentence in SENTENCES]
    with torch.inference_mode():
        for some in (batch[:1], batch):
            assert_alike(
                steps.decode(*both.asked(some, stop_on_repetition=False)), both.plainly(some)
            )


def test_more_texts_than_fit_side_by_side_are_written_in_turns(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whisper_steps, "TEXTS", (1, 2))
    batch = [item(sentence) for sentence in SENTENCES]
    assert_alike(both.by_steps(batch), both.plainly(batch))


def test_a_text_that_goes_in_circles_is_given_up_early(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whisper_steps, "CHECK_REPETITION_EVERY", 8)
    monkeypatch.setattr(whisper_steps, "is_repetition_loop", lambda ids: len(ids) > 6)
    long, short = both.by_steps([item(SENTENCES[0]), item(SENTENCES[1])], stop_on_repetition=True)
    assert long.cut_off
    assert len(long.ids) <= 9
    assert both.tokens.text(short.ids).strip() == SENTENCES[1]


def test_a_text_has_no_more_tokens_than_room(both: Both) -> None:
    batch = [item(sentence) for sentence in SENTENCES[:2]]
    encoded, prompts = both.asked(batch, stop_on_repetition=False)
    few = [
        Prompt(p.start, p.sot_index, p.prefix, p.draft_tokens, room)
        for p, room in zip(prompts, (5, 224), strict=True)
    ]
    with torch.inference_mode():
        short, whole = both.steps.decode(encoded, few)
        assert_alike([short, whole], sample(both.model, encoded, few, both.vocabulary, 0.0))
    assert short.cut_off
    assert len(short.ids) == 5
    assert not whole.cut_off


def test_a_batch_that_found_no_memory_leaves_the_next_one_right(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = [item(sentence) for sentence in SENTENCES]
    expected = both.plainly(batch[:1])
    steps = CudaGraphDecoder(both.model, both.vocabulary)
    asked = both.asked(batch[:1], stop_on_repetition=False)
    new_zeros = torch.Tensor.new_zeros
    sizes: list[int] = []

    def scarce(self: torch.Tensor, *size: int, **options: Any) -> torch.Tensor:
        sizes.append(size[0] if isinstance(size[0], int) else 0)
        if len([each for each in sizes if each > 1_000_000]) == 2:
            raise torch.OutOfMemoryError("There is no more.")
        return new_zeros(self, *size, **options)

    with torch.inference_mode():
        steps.decode(*asked)
        larger = both.asked(batch, stop_on_repetition=False)
        with monkeypatch.context() as patched:
            patched.setattr(torch.Tensor, "new_zeros", scarce)
            with pytest.raises(torch.OutOfMemoryError):
                steps.decode(*larger)
        assert not steps._steps
        assert_alike(steps.decode(*asked), expected)


def test_what_is_no_number_doesnt_outlive_its_batch(both: Both) -> None:
    batch = [item(sentence) for sentence in SENTENCES]
    expected = both.by_steps(batch)
    with torch.inference_mode():
        both.steps._cache._cross.fill_(torch.nan)
        both.steps._cache._cache.fill_(torch.nan)
    assert_alike(both.by_steps(batch), expected)


def test_two_threads_take_turns(both: Both) -> None:
    batches = [[item(sentence)] for sentence in SENTENCES[:2]]
    expected = [both.by_steps(batch) for batch in batches]
    with ThreadPoolExecutor(2) as pool:
        for ours, theirs in zip(pool.map(both.by_steps, batches * 3), expected * 3, strict=True):
            assert_alike(ours, theirs)
