"""Text written token after token: the likeliest, or one drawn at random."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformers import WhisperForConditionalGeneration

from sentivox.engines.whisper.backends.cpu_int8.greedy_text import is_repetition_loop
from sentivox.engines.whisper.backends.torch.prefill import prefill
from sentivox.engines.whisper.hypothesis import DecodedText
from sentivox.engines.whisper.logits_filters import TimestampLogitsFilter
from sentivox.engines.whisper.prompt import Prompt, Vocabulary


@dataclass(slots=True)
class _Text:
    ids: list[int]
    room: int
    stop_on_repetition: bool
    logprob: float = 0.0
    ended: bool = False

    @property
    def done(self) -> bool:
        return (
            self.ended
            or len(self.ids) >= self.room
            or (self.stop_on_repetition and is_repetition_loop(self.ids))
        )

    def add(self, token: int, logprob: float, end: int) -> None:
        self.logprob += logprob
        self.ended = token == end
        if not self.ended:
            self.ids.append(token)


def write(
    model: WhisperForConditionalGeneration,
    encoded: torch.Tensor,
    prompts: Sequence[Prompt],
    vocabulary: Vocabulary,
    temperature: float,
) -> list[DecodedText]:
    """One text a prompt. `encoded` is the clips' sound: (clips, positions, width).

    Logits are divided by the temperature before a token is drawn; 0 takes the likeliest. What is
    likely is told without it, and a prefix counts as certain.
    """
    opening = prefill(model, encoded, prompts, vocabulary)
    memory, logits, timed, new = opening.memory, opening.logits, opening.timed, opening.new
    texts = [
        _Text(list(prompt.prefix), room, prompt.stop_on_repetition)
        for prompt, room in zip(prompts, opening.rooms, strict=True)
    ]
    rules = TimestampLogitsFilter(vocabulary, encoded.device)
    written = torch.empty(len(prompts), 0, dtype=torch.long, device=encoded.device)
    writing = texts
    while True:
        rules.apply(logits, written, timed, new)
        chosen, logprobs = _choose(logits, temperature)
        for text, token, logprob in zip(writing, chosen.tolist(), logprobs.tolist(), strict=True):
            text.add(token, logprob, vocabulary.end_of_text)
        written = torch.cat([written, chosen[:, None]], 1)
        left = [row for row, text in enumerate(writing) if not text.done]
        if not left:
            break
        if len(left) < len(writing):
            memory.keep(left, left)
            writing = [writing[row] for row in left]
            written, new = written[left], new[left]
            timed = None if timed is None else timed[left]
        logits = memory.logits(memory.read(written[:, -1:])[:, -1])
    return [
        _decoded(text, no_speech) for text, no_speech in zip(texts, opening.no_speech, strict=True)
    ]


def _choose(logits: torch.Tensor, temperature: float) -> tuple[torch.Tensor, torch.Tensor]:
    """A token for each row of logits, and its log-probability."""
    logprobs = logits.log_softmax(-1)
    if temperature == 0:
        chosen = logprobs.argmax(-1, keepdim=True)
    else:
        chosen = torch.multinomial((logprobs / temperature).softmax(-1), 1)
    return chosen[:, 0], logprobs.gather(-1, chosen)[:, 0]


def _decoded(text: _Text, no_speech: float) -> DecodedText:
    return DecodedText(
        ids=tuple(text.ids),
        avg_logprob=text.logprob / (len(text.ids) + 1),
        no_speech_prob=no_speech,
        cut_off=not text.ended,
    )
