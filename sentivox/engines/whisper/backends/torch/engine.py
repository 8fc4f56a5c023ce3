"""The engine `torch`: a `WhisperEngine` over transformers' weights."""

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
from sentivox.engines.whisper.backends.torch.encoder import ClipEncoder
from sentivox.engines.whisper.backends.torch.sampling import sample
from sentivox.engines.whisper.backends.torch.weights import load_whisper_model
from sentivox.engines.whisper.encoder import POSITIONS_PER_SECOND
from sentivox.engines.whisper.fallback import DecodingPass
from sentivox.engines.whisper.hypothesis import DecodedText, Hypothesis, hypothesis_of
from sentivox.engines.whisper.prompt import Prompt, Vocabulary
from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.engines.whisper.word_alignment import Alignment
from sentivox.settings import RecognitionSettings


class TorchEngine:
    """Several threads may use it at the same time."""

    mixes_contexts = False

    def __init__(
        self, folder: Path, tokenizer: WhisperTokenizer, settings: RecognitionSettings
    ) -> None:
        """Raises WeightsError for a folder without a Whisper model that can be read."""
        keep_freed_memory()
        torch.set_num_threads(settings.threads)
        loaded = load_whisper_model(folder, settings.compute_type, settings.device)
        self._model = loaded.model
        self._heads = loaded.alignment_heads
        self._encode = ClipEncoder(loaded.model)
        self._tokenizer = tokenizer
        self._vocabulary = Vocabulary.of(tokenizer, loaded.suppressed, loaded.suppressed_first)
        on_gpu = settings.device == "cuda"
        self._graphs = CudaGraphDecoder(loaded.model, self._vocabulary) if on_gpu else None

    def decode(
        self,
        items: Sequence[RecognitionItem],
        contexts: Sequence[float],
        decoding_pass: DecodingPass,
    ) -> list[Hypothesis]:
        """See WhisperEngine."""
        context_s, stop = contexts[0], decoding_pass.stop_on_repetition
        prompts = [
            Prompt.of(item, context_s, self._tokenizer, stop_on_repetition=stop) for item in items
        ]
        with torch.inference_mode():
            encoded = self._encode([item.window.pcm for item in items], context_s)
            texts = self._decode_texts(encoded, prompts, decoding_pass)
        return [
            hypothesis_of(
                self._tokenizer,
                item,
                text,
                decoding_pass.temperature,
                partial(self._align, encoded[row : row + 1], item),
            )
            for row, (item, text) in enumerate(zip(items, texts, strict=True))
        ]

    def _decode_texts(
        self, encoded: torch.Tensor, prompts: Sequence[Prompt], decoding_pass: DecodingPass
    ) -> list[DecodedText]:
        model, vocabulary = self._model, self._vocabulary
        if decoding_pass.beam_size > 1:
            return search(model, encoded, prompts, vocabulary, decoding_pass.beam_size)
        if self._graphs and decoding_pass.greedy:
            return self._graphs.decode(encoded, prompts)
        return sample(model, encoded, prompts, vocabulary, decoding_pass.temperature)

    def _align(self, encoded: torch.Tensor, item: RecognitionItem, ids: Sequence[int]) -> Alignment:
        positions = int(item.window.seconds * POSITIONS_PER_SECOND)
        with torch.inference_mode():
            return align(
                self._model,
                encoded,
                self._tokenizer.start_sequence(item.options),
                ids,
                max(1, min(encoded.shape[1], positions)),
                self._vocabulary,
                self._heads,
            )
