"""Whisper's weights run by torch, as transformers' `WhisperForConditionalGeneration` holds them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import torch

from sentivox.engines.memory import keep_freed_memory
from sentivox.engines.protocols import RecognitionItem
from sentivox.engines.whisper.backends.torch.alignment import align
from sentivox.engines.whisper.backends.torch.beam_search import search
from sentivox.engines.whisper.backends.torch.cuda_graphs import CudaGraphDecoder
from sentivox.engines.whisper.backends.torch.encoder import BatchEncoder
from sentivox.engines.whisper.backends.torch.sampling import write
from sentivox.engines.whisper.backends.torch.weights import load_whisper_model
from sentivox.engines.whisper.fallback import DecodingPass
from sentivox.engines.whisper.features import FRAMES_PER_SECOND
from sentivox.engines.whisper.hypothesis import DecodedText, Hypothesis, hypothesis_of
from sentivox.engines.whisper.prompt import Prompt, Vocabulary
from sentivox.engines.whisper.token_limits import max_new_tokens
from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.engines.whisper.word_alignment import Alignment
from sentivox.settings import RecognitionSettings


class TransformersEngine:
    """Several threads may use it at the same time."""

    def __init__(
        self, folder: Path, tokens: WhisperTokenizer, settings: RecognitionSettings
    ) -> None:
        """Raises WeightsError for a folder without a Whisper model that it can read."""
        keep_freed_memory()
        torch.set_num_threads(settings.threads)
        loaded = load_whisper_model(folder, settings.compute_type, settings.device)
        self._model = loaded.model
        self._heads = loaded.alignment_heads
        self._hear = BatchEncoder(loaded.model)
        self._tokens = tokens
        self._vocabulary = Vocabulary.of(tokens, loaded.never, loaded.never_first)
        on_gpu = settings.device == "cuda"
        self._steps = CudaGraphDecoder(loaded.model, self._vocabulary) if on_gpu else None

    def mixes(self, attempt: DecodingPass) -> bool:
        """See WhisperEngine."""
        return False

    def decode(
        self,
        items: Sequence[RecognitionItem],
        contexts: Sequence[float],
        attempt: DecodingPass,
    ) -> list[Hypothesis]:
        """One hypothesis an item; see WhisperEngine."""
        context_s = contexts[0]
        with torch.inference_mode():
            encoded = self._hear([item.window.pcm for item in items], context_s)
            texts = self._write(encoded, items, context_s, attempt)
        return [
            hypothesis_of(
                self._tokens,
                item,
                text,
                attempt.temperature,
                partial(self._align, encoded[row : row + 1], item),
            )
            for row, (item, text) in enumerate(zip(items, texts, strict=True))
        ]

    def _write(
        self,
        encoded: torch.Tensor,
        items: Sequence[RecognitionItem],
        context_s: float,
        attempt: DecodingPass,
    ) -> list[DecodedText]:
        prompts = [
            Prompt.of(
                item.options,
                self._tokens,
                max_new_tokens(item, context_s),
                stop_on_repetition=attempt.stop_on_repetition,
            )
            for item in items
        ]
        if attempt.beam_size > 1:
            return search(self._model, encoded, prompts, self._vocabulary, attempt.beam_size)
        if self._steps and attempt.greedy:
            return self._steps.write(encoded, prompts)
        return write(self._model, encoded, prompts, self._vocabulary, attempt.temperature)

    def _align(self, encoded: torch.Tensor, item: RecognitionItem, ids: Sequence[int]) -> Alignment:
        heard = int(item.window.seconds * FRAMES_PER_SECOND) // 2
        with torch.inference_mode():
            return align(
                self._model,
                encoded,
                self._tokens.start_sequence(item.options),
                ids,
                max(1, min(encoded.shape[1], heard)),
                self._vocabulary,
                self._heads,
            )
