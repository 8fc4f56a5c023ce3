"""TokenBuffers written greedily where starting work takes longer than doing it: on GPUs.

A step of the decoder is 150 small kernels. As a CUDA graph they are started all at once, and
Python decides nothing between them: what may be written, which token is the likeliest and which
text is done is worked out where the logits are. Graphs are made for so many texts side by side;
those that are done take part until the rest fits into a smaller one.

Without a GPU the same steps are taken one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from threading import Lock

import torch
from transformers import WhisperForConditionalGeneration

from sentivox.engines.whisper.backends.cpu_int8.greedy_text import is_repetition_loop
from sentivox.engines.whisper.backends.torch.prefill import Prefill, prefill
from sentivox.engines.whisper.backends.torch.static_cache import Shape, StaticKeyValueCache
from sentivox.engines.whisper.backends.torch.token_buffers import DecodedTokens, TokenBuffers
from sentivox.engines.whisper.hypothesis import DecodedText
from sentivox.engines.whisper.logits_filters import TimestampLogitsFilter
from sentivox.engines.whisper.prompt import Prompt, Vocabulary
from sentivox.engines.whisper.token_limits import MAX_LENGTH, MAX_TEXT

TEXTS = (1, 2, 4, 8, 16, 32, 64)
"""So many side by side have graphs. More are written in turns."""
PLACES = (256, MAX_LENGTH + MAX_TEXT)
"""With little or nothing before the text, and with much."""
LOOK_EVERY = 8
"""Steps between two looks at which texts are done, since each waits for the GPU."""
LOOK_FOR_CIRCLES_EVERY = 32
"""It takes the processor as long as some steps take the GPU."""
MOST_GRAPHS = 256
"""The oldest are given up: there is one for each length of sound and number of texts."""
WARM_UP = 2
"""Steps before a graph is made of one: libraries set themselves up in them."""

Step = Callable[[], None]


class CudaGraphDecoder:
    """Several threads may use it; they take turns."""

    def __init__(self, model: WhisperForConditionalGeneration, vocabulary: Vocabulary) -> None:
        self._model = model
        self._vocabulary = vocabulary
        self._rules = TimestampLogitsFilter(vocabulary, model.device)
        self._memory = StaticKeyValueCache(model)
        self._texts = TokenBuffers.empty(TEXTS[-1], PLACES[-1], model.device)
        self._steps: dict[Shape, Step] = {}
        self._turn = Lock()
        on_gpu = model.device.type == "cuda"
        # Small steps first: the encoder that hears the next windows meanwhile has large ones.
        self._beside = torch.cuda.Stream(priority=-1) if on_gpu else None
        self._pool: tuple[int, int] | None = None

    def write(self, encoded: torch.Tensor, prompts: Sequence[Prompt]) -> list[DecodedText]:
        """One text a prompt, as `whisper_sampling.write` writes them at temperature 0. `encoded`
        is the clips' sound: (clips, positions, width).
        """
        most = TEXTS[-1]
        heard = self._mark(encoded)
        texts: list[DecodedText] = []
        for at in range(0, len(prompts), most):
            with self._turn, torch.cuda.stream(self._beside):
                if self._beside and heard:
                    self._beside.wait_event(heard)
                texts += self._write(encoded[at : at + most], prompts[at : at + most])
        return texts

    def _mark(self, encoded: torch.Tensor) -> torch.cuda.Event | None:
        """Of the time at which that is there. Its memory isn't used again before it was read here,
        whatever happens.
        """
        if not self._beside:
            return None
        encoded.record_stream(self._beside)
        return torch.cuda.current_stream().record_event()

    def _write(self, encoded: torch.Tensor, prompts: Sequence[Prompt]) -> list[DecodedText]:
        opening = prefill(self._model, encoded, prompts, self._vocabulary)
        rooms = [
            room - len(prompt.prefix) for room, prompt in zip(opening.rooms, prompts, strict=True)
        ]
        steps = max(0, max(rooms) - 1)
        read = opening.memory.places.read
        shape = Shape(
            _at_least(TEXTS, len(prompts)), encoded.shape[1], _at_least(PLACES, read + steps)
        )
        steps_of = self._steps_of(shape)
        self._memory.load(opening.memory, shape)
        self._begin(opening, rooms, shape)
        no_speech = opening.no_speech
        del opening  # the sound is twice there
        left = list(range(len(prompts)))
        written: dict[int, DecodedTokens] = {}
        for taken in range(0, steps + LOOK_EVERY, LOOK_EVERY):
            going = self._going([prompts[each] for each in left], taken)
            if not going or taken >= steps:
                break
            smaller = shape._replace(texts=_at_least(TEXTS, len(going)))
            if smaller != shape:
                gone = [row for row in range(len(left)) if row not in set(going)]
                written |= zip([left[row] for row in gone], self._texts.told(gone), strict=True)
                self._memory.keep(going, shape, smaller)
                self._texts.keep(going)
                left, shape = [left[row] for row in going], smaller
            for _ in range(min(LOOK_EVERY, steps - taken)):
                steps_of[shape.texts]()
        written |= zip(left, self._texts.told(range(len(left))), strict=True)
        return [
            _decoded(prompt, written[row], silence)
            for row, (prompt, silence) in enumerate(zip(prompts, no_speech, strict=True))
        ]

    def _begin(self, opening: Prefill, rooms: Sequence[int], shape: Shape) -> None:
        """The first token of each."""
        count, device = len(rooms), self._model.device
        places = opening.memory.places
        timed = opening.timed
        if timed is None:
            timed = torch.zeros(count, dtype=torch.bool, device=device)
        nothing = torch.empty(count, 0, dtype=torch.long, device=device)
        self._rules.apply(opening.logits, nothing, timed, opening.new)
        self._texts.clear()
        texts = self._texts.of(count, shape.places)
        texts.at.fill_(places.read)
        texts.used[:, : places.read] = places.used()
        texts.order.copy_(places.order(1)[:, 0])
        texts.timed.copy_(timed)
        texts.room.copy_(torch.tensor(rooms))
        texts.done.fill_(False)
        self._add(texts, opening.logits)

    def _add(self, texts: TokenBuffers, logits: torch.Tensor) -> None:
        logprobs, tokens = logits.log_softmax(-1).max(-1)
        texts.add(tokens, logprobs, self._vocabulary.end_of_text)

    def _going(self, prompts: Sequence[Prompt], taken: int) -> list[int]:
        """Which of the rows go on."""
        done = self._texts.done[: len(prompts)].tolist()
        going = [row for row, each in enumerate(done) if not each]
        if taken and taken % LOOK_FOR_CIRCLES_EVERY == 0:
            looked_at = [row for row in going if prompts[row].stop_on_repetition]
            for row, text in zip(looked_at, self._texts.told(looked_at), strict=True):
                if is_repetition_loop([*prompts[row].prefix, *text.ids]):
                    self._texts.done[row] = True
                    going.remove(row)
        return going

    def _steps_of(self, shape: Shape) -> Mapping[int, Step]:
        """By how many texts there are, as the others get done. Whatever is being written is lost
        where some are made.
        """
        if not self._memory.has_room(shape):
            self._steps.clear()  # they know addresses that go
            self._memory.make_room(shape)
        fewer = [count for count in TEXTS if count <= shape.texts]
        return {count: self._step(shape._replace(texts=count)) for count in fewer}

    def _step(self, shape: Shape) -> Step:
        if shape not in self._steps:
            while len(self._steps) >= MOST_GRAPHS:
                del self._steps[next(iter(self._steps))]
            self._texts.clear()
            self._steps[shape] = self._graph(partial(self._take_step, shape))
        return self._steps[shape]

    def _graph(self, step: Step) -> Step:
        """The same, as a graph if there's a GPU."""
        if not self._beside:
            return step
        if not self._steps:
            # Graphs share their memory: they run one after the other, and leave nothing there.
            # With the last of them it goes, and torch doesn't take its name again.
            self._pool = torch.cuda.graph_pool_handle()
        for _ in range(WARM_UP):
            step()
        graph = torch.cuda.CUDAGraph()
        # Other threads may use the GPU meanwhile.
        with torch.cuda.graph(graph, pool=self._pool, capture_error_mode="thread_local"):
            step()
        return graph.replay

    def _take_step(self, shape: Shape) -> None:
        texts = self._texts.of(shape.texts, shape.places)
        states = self._memory.read(texts.token(), shape)
        texts.read()
        logits = self._model.proj_out(states).float()
        self._rules.leave_out(logits)
        self._rules.go_on(logits, texts.past(self._vocabulary.first_timestamp), texts.timed)
        self._add(texts, logits)


def _at_least(sizes: Sequence[int], count: int) -> int:
    return next(size for size in sizes if size >= count)


def _decoded(prompt: Prompt, text: DecodedTokens, no_speech: float) -> DecodedText:
    ids = (*prompt.prefix, *text.ids)
    return DecodedText(
        ids=ids,
        avg_logprob=text.logprob / (len(ids) + 1),
        no_speech_prob=no_speech,
        cut_off=not text.ended,
    )
