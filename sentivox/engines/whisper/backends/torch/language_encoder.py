"""Whisper's ear, run by torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from transformers import WhisperForConditionalGeneration

from sentivox.engines.language_id.head import Floats
from sentivox.engines.whisper.backends.torch.encoder import SECONDS_AT_ONCE, BatchEncoder
from sentivox.engines.whisper.backends.torch.layers import first_states
from sentivox.engines.whisper.backends.torch.weights import load_whisper_model
from sentivox.engines.whisper.encoder import EncoderSpan, LanguageProbabilities
from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.settings import LanguageIdSettings
from sentivox.types import Pcm

POSITIONS_AT_ONCE = round(50 * SECONDS_AT_ONCE)


class TorchEncoder:
    def __init__(self, folder: Path, settings: LanguageIdSettings) -> None:
        """Raises WeightsError for a folder without a Whisper model that it can read."""
        torch.set_num_threads(settings.threads)
        tokens = WhisperTokenizer(folder)
        self._model = load_whisper_model(folder, settings.compute_type, settings.device).model
        self._encode = BatchEncoder(self._model)
        self._start = tokens.start
        self._languages = tokens.languages()

    def hear(self, clips: Sequence[Pcm], context_s: float) -> _Heard:
        with torch.inference_mode():
            encoded = self._encode(clips, context_s)
        return _Heard(self._model, encoded, self._start, self._languages)


class _Heard:
    def __init__(
        self,
        model: WhisperForConditionalGeneration,
        encoded: torch.Tensor,
        start: int,
        languages: Mapping[str, int],
    ) -> None:
        self._model = model
        self._encoded = encoded
        self._start = start
        self._languages = languages

    def languages(self) -> list[LanguageProbabilities]:
        return self._told(self._encoded, None)

    def languages_of(self, parts: Sequence[EncoderSpan]) -> list[LanguageProbabilities]:
        """Those of like length together, as much at once as is encoded at once."""
        by_length = sorted(range(len(parts)), key=lambda at: parts[at].end - parts[at].first)
        told: dict[int, LanguageProbabilities] = {}
        while by_length:
            longest = parts[by_length[-1]].end - parts[by_length[-1]].first
            some = by_length[-max(1, POSITIONS_AT_ONCE // max(1, longest)) :]
            del by_length[-len(some) :]
            told |= zip(some, self._told_alike([parts[at] for at in some]), strict=True)
        return [told[at] for at in range(len(parts))]

    def _told_alike(self, parts: Sequence[EncoderSpan]) -> list[LanguageProbabilities]:
        with torch.inference_mode():
            own = [self._encoded[clip, first:end] for clip, first, end in parts]
            padded = torch.nn.utils.rnn.pad_sequence(own, batch_first=True)
        return self._told(padded, [len(each) for each in own])

    def states(self) -> Floats:
        states: Floats = self._encoded.float().cpu().numpy()
        return states

    def _told(
        self, encoded: torch.Tensor, lengths: Sequence[int] | None
    ) -> list[LanguageProbabilities]:
        with torch.inference_mode():
            states = first_states(self._model, encoded, self._start, lengths)
            logits = self._model.proj_out(states)[:, list(self._languages.values())].float()
            told = logits.softmax(-1).tolist()
        return [dict(zip(self._languages, row, strict=True)) for row in told]
