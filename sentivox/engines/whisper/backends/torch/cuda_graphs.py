"""Greedy decoding by CUDA graphs, where launching kernels takes longer than running them.

A decoding step is 150 small kernels. A CUDA graph launches all of them at once, and Python decides
nothing in between: the logits filter, the most probable token and the end of texts are computed on
the GPU. Graphs are captured for fixed numbers of texts; finished texts take part until the others
fit into a smaller graph.

Without a GPU the same steps run one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from threading import Lock

import torch
from transformers import WhisperForConditionalGeneration

from sentivox.engines.whisper.backends.torch.prefill import Prefill, prefill
from sentivox.engines.whisper.backends.torch.static_cache import Shape, StaticKeyValueCache
from sentivox.engines.whisper.backends.torch.token_buffers import DecodedTokens, TokenBuffers
from sentivox.engines.whisper.hypothesis import DecodedText
from sentivox.engines.whisper.log_prob import mean_log_prob
from sentivox.engines.whisper.logits_filters import TimestampLogitsFilter
from sentivox.engines.whisper.prompt import Prompt, Vocabulary
from sentivox.engines.whisper.repetition import is_repetition_loop
from sentivox.engines.whisper.token_limits import MAX_LENGTH, MAX_TEXT

TEXTS = (1, 2, 4, 8, 16, 32, 64)
"""Numbers of texts with graphs. Larger batches are decoded in parts."""
SLOTS = (256, MAX_LENGTH + MAX_TEXT)
"""Numbers of slots with graphs: for short prompts and for long ones."""
CHECK_EVERY = 8
"""Steps between two checks for finished texts, each of which waits for the GPU."""
CHECK_REPETITION_EVERY = 32
"""Steps between two checks for repetition, which take the CPU as long as some steps the GPU."""
MAX_GRAPHS = 256
"""Graphs that are kept, one for each shape; the oldest is dropped first."""
WARM_UP_STEPS = 2
"""Steps before a graph is captured: libraries initialise themselves in them."""

Step = Callable[[], None]


class CudaGraphDecoder:
    """Several threads may use it; one decodes at a time."""

    def __init__(self, model: WhisperForConditionalGeneration, vocabulary: Vocabulary) -> None:
        self._model = model
        self._vocabulary = vocabulary
        self._filter = TimestampLogitsFilter(vocabulary, model.device)
        self._cache = StaticKeyValueCache(model)
        self._buffers = TokenBuffers.empty(TEXTS[-1], SLOTS[-1], model.device)
        self._steps: dict[Shape, Step] = {}
        self._lock = Lock()
        on_gpu = model.device.type == "cuda"
        # Small steps have priority over the large kernels of the next batch's encoder.
        self._stream = torch.cuda.Stream(priority=-1) if on_gpu else None
        self._pool: tuple[int, int] | None = None

    def decode(self, encoded: torch.Tensor, prompts: Sequence[Prompt]) -> list[DecodedText]:
        """One text per prompt, the same as `sampling.sample` gives at temperature 0.

        `encoded` is the clips' encoder output (clips, positions, width).
        """
        most = TEXTS[-1]
        encoded_event = self._record(encoded)
        texts: list[DecodedText] = []
        for at in range(0, len(prompts), most):
            with self._lock, torch.cuda.stream(self._stream):
                if self._stream and encoded_event:
                    self._stream.wait_event(encoded_event)
                texts += self._decode(encoded[at : at + most], prompts[at : at + most])
        return texts

    def _record(self, encoded: torch.Tensor) -> torch.cuda.Event | None:
        """An event at which the encoder output is ready. Its memory isn't reused before this
        decoder's stream has read it.
        """
        if not self._stream:
            return None
        encoded.record_stream(self._stream)
        return torch.cuda.current_stream().record_event()

    def _decode(self, encoded: torch.Tensor, prompts: Sequence[Prompt]) -> list[DecodedText]:
        begun = prefill(self._model, encoded, prompts, self._vocabulary)
        limits = [
            limit - len(prompt.prefix) for limit, prompt in zip(begun.limits, prompts, strict=True)
        ]
        most_steps = max(0, max(limits) - 1)
        filled = begun.cache.positions.filled
        shape = Shape(
            _at_least(TEXTS, len(prompts)), encoded.shape[1], _at_least(SLOTS, filled + most_steps)
        )
        steps = self._steps_for(shape)
        self._cache.load(begun.cache, shape)
        self._begin(begun, limits, shape)
        no_speech = begun.no_speech
        del begun  # its cache is a second copy of the encoder output's keys and values
        decoded = self._run(prompts, steps, shape, most_steps)
        return [
            _decoded_text(prompt, decoded[row], no_speech[row])
            for row, prompt in enumerate(prompts)
        ]

    def _run(
        self, prompts: Sequence[Prompt], steps: Mapping[int, Step], shape: Shape, most_steps: int
    ) -> dict[int, DecodedTokens]:
        """Takes steps until all texts are done; returns the tokens by row of `prompts`."""
        rows = list(range(len(prompts)))
        decoded: dict[int, DecodedTokens] = {}
        for taken in range(0, most_steps + CHECK_EVERY, CHECK_EVERY):
            active = self._active([prompts[row] for row in rows], taken)
            if not active or taken >= most_steps:
                break
            smaller = shape._replace(texts=_at_least(TEXTS, len(active)))
            if smaller != shape:
                finished = [at for at in range(len(rows)) if at not in set(active)]
                tokens = self._buffers.decoded(finished)
                decoded |= zip([rows[at] for at in finished], tokens, strict=True)
                self._cache.keep(active, shape, smaller)
                self._buffers.keep(active)
                rows, shape = [rows[at] for at in active], smaller
            for _ in range(min(CHECK_EVERY, most_steps - taken)):
                steps[shape.texts]()
        return decoded | dict(zip(rows, self._buffers.decoded(range(len(rows))), strict=True))

    def _begin(self, begun: Prefill, limits: Sequence[int], shape: Shape) -> None:
        """Decodes the first token of each text."""
        positions = begun.cache.positions
        self._filter.apply_first(begun.logits, begun.timed, begun.no_prefix)
        self._buffers.clear()
        texts = self._buffers.of(len(limits), shape.slots)
        texts.slot.fill_(positions.filled)
        texts.used[:, : positions.filled] = positions.used()
        texts.position.copy_(positions.positions(1)[:, 0])
        texts.timed.copy_(begun.timed)
        texts.max_new_tokens.copy_(torch.tensor(limits))
        texts.done.fill_(False)
        self._add(texts, begun.logits)

    def _add(self, texts: TokenBuffers, logits: torch.Tensor) -> None:
        logprobs, tokens = logits.log_softmax(-1).max(-1)
        texts.add(tokens, logprobs, self._vocabulary.end_of_text)

    def _active(self, prompts: Sequence[Prompt], taken: int) -> list[int]:
        """Rows of unfinished texts."""
        done = self._buffers.done[: len(prompts)].tolist()
        active = [row for row, each in enumerate(done) if not each]
        if taken and taken % CHECK_REPETITION_EVERY == 0:
            checked = [row for row in active if prompts[row].stop_on_repetition]
            for row, text in zip(checked, self._buffers.decoded(checked), strict=True):
                if is_repetition_loop([*prompts[row].prefix, *text.ids]):
                    self._buffers.done[row] = True
                    active.remove(row)
        return active

    def _steps_for(self, shape: Shape) -> Mapping[int, Step]:
        """Steps by number of texts, down from that of the shape. Capturing them overwrites the
        buffers.
        """
        if not self._cache.fits(shape):
            self._steps.clear()  # graphs hold the old addresses
            self._cache.allocate(shape)
        fewer = [count for count in TEXTS if count <= shape.texts]
        return {count: self._step_for(shape._replace(texts=count)) for count in fewer}

    def _step_for(self, shape: Shape) -> Step:
        if shape not in self._steps:
            while len(self._steps) >= MAX_GRAPHS:
                del self._steps[next(iter(self._steps))]
            self._buffers.clear()
            self._steps[shape] = self._captured(partial(self._step, shape))
        return self._steps[shape]

    def _captured(self, step: Step) -> Step:
        """The step as a CUDA graph, if there is a GPU."""
        if not self._stream:
            return step
        if not self._steps:
            # Graphs share a memory pool: they run one after the other and leave nothing there. The
            # pool goes with its last graph, and torch doesn't accept its handle again.
            self._pool = torch.cuda.graph_pool_handle()
        for _ in range(WARM_UP_STEPS):
            step()
        graph = torch.cuda.CUDAGraph()
        # Other threads may use the GPU at the same time.
        with torch.cuda.graph(graph, pool=self._pool, capture_error_mode="thread_local"):
            step()
        return graph.replay

    def _step(self, shape: Shape) -> None:
        texts = self._buffers.of(shape.texts, shape.slots)
        states = self._cache.step(texts, shape)
        texts.read()
        logits = self._model.proj_out(states).float()
        history = texts.history(self._vocabulary.first_timestamp)
        self._filter.apply(logits, history, texts.timed)
        self._add(texts, logits)


def _at_least(sizes: Sequence[int], count: int) -> int:
    return next(size for size in sizes if size >= count)


def _decoded_text(prompt: Prompt, text: DecodedTokens, no_speech: float) -> DecodedText:
    ids = (*prompt.prefix, *text.ids)
    return DecodedText(
        ids=ids,
        avg_logprob=mean_log_prob(text.logprob, len(ids), ended=text.ended),
        no_speech_prob=no_speech,
        cut_off=not text.ended,
    )
