"""The prefill: reads the known tokens of some texts in one step, as every search begins."""

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
    """The state of a search after the known tokens."""

    cache: KeyValueCache
    logits: torch.Tensor
    """Logits of each text's next token, float32 (texts, vocabulary)."""
    no_speech: list[float]
    """No-speech probability of each text."""
    timed: torch.Tensor
    """Which texts have timestamps, (texts,)."""
    no_prefix: torch.Tensor
    """Which texts have no prefix, (texts,)."""
    limits: list[int]
    """Most tokens of each text, prefix included: those of the prompt that the decoder has positions
    for."""


def prefill(
    model: WhisperForConditionalGeneration,
    encoded: torch.Tensor,
    prompts: Sequence[Prompt],
    vocabulary: Vocabulary,
    texts: int = 1,
) -> Prefill:
    """Reads the prompts, one per clip of the encoder output (clips, positions, width).

    The search will follow up to `texts` texts per clip.
    """
    known = [[*prompt.start, *prompt.prefix] for prompt in prompts]
    longest = max(map(len, known))
    # The last token of a text is decoded and never read.
    limits = [min(each.max_new_tokens, MAX_LENGTH - len(each.start) + 1) for each in prompts]
    most = max(1, *(limit - len(each.prefix) for limit, each in zip(limits, prompts, strict=True)))
    cache = KeyValueCache(model, encoded, [len(tokens) for tokens in known], most, texts)
    end = vocabulary.end_of_text
    ids = [[end] * (longest - len(tokens)) + tokens for tokens in known]
    states = cache.step(torch.tensor(ids, device=encoded.device))
    starts = [
        longest - len(tokens) + prompt.sot_index
        for tokens, prompt in zip(known, prompts, strict=True)
    ]
    after_start = states[torch.arange(len(prompts)), starts]
    no_speech = cache.logits(after_start).softmax(-1)[:, vocabulary.no_speech]
    timed = [vocabulary.no_timestamps not in prompt.start for prompt in prompts]
    return Prefill(
        cache=cache,
        logits=cache.logits(states[:, -1]),
        no_speech=no_speech.tolist(),
        timed=torch.tensor(timed, device=encoded.device),
        no_prefix=torch.tensor([not prompt.prefix for prompt in prompts], device=encoded.device),
        limits=limits,
    )
