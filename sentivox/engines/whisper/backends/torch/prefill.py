"""Reading what is known of some texts, all of it in one step: what every search begins with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformers import WhisperForConditionalGeneration

from sentivox.engines.whisper.backends.torch.layers import KeyValueCache
from sentivox.engines.whisper.prompt import Prompt, Vocabulary
from sentivox.engines.whisper.token_limits import MAX_LENGTH


@dataclass(frozen=True, slots=True)
class Prefill:
    memory: KeyValueCache
    logits: torch.Tensor
    """Of each text's next token, float32 (texts, vocabulary)."""
    no_speech: list[float]
    timed: torch.Tensor | None
    """Which texts have times (texts,); None where none has."""
    new: torch.Tensor
    """Which texts have no prefix (texts,)."""
    rooms: list[int]
    """Most tokens of each text, prefix included: of the prompt's room what the decoder has."""


def prefill(
    model: WhisperForConditionalGeneration,
    encoded: torch.Tensor,
    prompts: Sequence[Prompt],
    vocabulary: Vocabulary,
    texts: int = 1,
) -> Prefill:
    """`encoded` is the clips' sound (clips, positions, width), one prompt each; the search will
    follow up to so many `texts` of each.
    """
    known = [[*prompt.start, *prompt.prefix] for prompt in prompts]
    longest = max(map(len, known))
    # The last token of a text is written and never read.
    rooms = [min(prompt.room, MAX_LENGTH - len(prompt.start) + 1) for prompt in prompts]
    most = max(1, *(room - len(each.prefix) for room, each in zip(rooms, prompts, strict=True)))
    memory = KeyValueCache(model, encoded, [len(tokens) for tokens in known], most, texts)
    end = vocabulary.end_of_text
    ids = [[end] * (longest - len(tokens)) + tokens for tokens in known]
    states = memory.read(torch.tensor(ids, device=encoded.device))
    silence = [
        longest - len(tokens) + prompt.silence
        for tokens, prompt in zip(known, prompts, strict=True)
    ]
    after_start = states[torch.arange(len(prompts)), silence]
    told = memory.logits(after_start).softmax(-1)[:, vocabulary.no_speech]
    untimed = vocabulary.first_timestamp - 1
    timed = [untimed not in prompt.start for prompt in prompts]
    return Prefill(
        memory=memory,
        logits=memory.logits(states[:, -1]),
        no_speech=told.tolist(),
        timed=torch.tensor(timed, device=encoded.device) if any(timed) else None,
        new=torch.tensor([not prompt.prefix for prompt in prompts], device=encoded.device),
        rooms=rooms,
    )
