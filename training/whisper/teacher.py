"""The teacher of short context: Whisper's outputs with the full context of 30 s, cached on disk.

For each clip: the encoder output, the text, and the most probable alternatives of each token. The
text has two forms, with timestamps as in uploads and without as in live speech.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
import numpy.typing as npt
import torch
from transformers import WhisperForConditionalGeneration

from preprocessing.atomic_files import atomic_write
from sentivox.engines.protocols import RecognitionItem
from sentivox.engines.whisper.backends.torch.layers import encode
from sentivox.engines.whisper.backends.torch.sampling import sample
from sentivox.engines.whisper.backends.torch.weights import LoadedWhisper
from sentivox.engines.whisper.features import MAX_FRAMES, log_mel
from sentivox.engines.whisper.hypothesis import DecodedText, hypothesis_of
from sentivox.engines.whisper.prompt import Prompt, Vocabulary
from sentivox.engines.whisper.quality import QualityCheck
from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.settings import RecognitionSettings
from sentivox.types import WINDOW_SECONDS, Priority, RecognitionOptions, SpeechWindow
from training.whisper.audio import AudioClip

CHOICES = 32
"""Tokens whose log-probability is stored; the others are one class with the rest."""
MIN_LOG_PROB = -2.0
"""Least mean log-probability of a text. It is lower than in the service: of an improbable text,
too, the teacher knows the end."""
BATCH_SIZE = 4
FRAMES_PER_SECOND = 50
"""Frames of the encoder output."""

Array = npt.NDArray[np.generic]


@dataclass(frozen=True, slots=True, eq=False)
class TeacherText:
    """A text and the teacher's next-token probabilities."""

    ids: Array
    """Tokens of the prompt and of the text, shape (tokens,)."""
    choices: Array
    """Most probable tokens after each token, shape (tokens, CHOICES)."""
    logprobs: Array
    """Log-probabilities of `choices`, shape (tokens, CHOICES)."""


@dataclass(frozen=True, slots=True, eq=False)
class TeacherOutput:
    """The teacher's output for a clip."""

    clip: AudioClip
    frames: Array
    """Encoder output for the length of the clip, shape (frames, width)."""
    texts: tuple[TeacherText, ...]
    """The text with and without timestamps; empty if the teacher's text is doubtful."""


class Teacher:
    """Whisper with full context, and a cache of its outputs."""

    def __init__(self, loaded: LoadedWhisper, tokens: WhisperTokenizer, cache: Path) -> None:
        self._model: WhisperForConditionalGeneration = loaded.model
        self._tokens = tokens
        self._cache = cache
        self._quality = QualityCheck(RecognitionSettings(log_prob_threshold=MIN_LOG_PROB))
        self._vocabulary = Vocabulary.of(tokens, loaded.suppressed, loaded.suppressed_first)

    def outputs(self, clips: Sequence[AudioClip]) -> Iterator[TeacherOutput]:
        """One output per clip, in order, from the cache where it is there."""
        for at in range(0, len(clips), BATCH_SIZE):
            group = clips[at : at + BATCH_SIZE]
            new = [clip for clip in group if not self._file(clip).is_file()]
            if new:
                with torch.inference_mode():
                    self._compute(new)
            yield from (self._read(clip) for clip in group)

    def _file(self, clip: AudioClip) -> Path:
        kind = clip.language.encode() + (b"" if clip.has_speech else b" wordless")
        key = hashlib.sha256(kind + clip.pcm.tobytes()).hexdigest()
        return self._cache / f"{key[:24]}.npz"

    def _compute(self, clips: Sequence[AudioClip]) -> None:
        features = np.stack([log_mel(clip.pcm, MAX_FRAMES) for clip in clips])
        encoded = encode(self._model, torch.from_numpy(features).to(self._model.dtype))
        items = [
            RecognitionItem(SpeechWindow(0, 0.0, clip.pcm), RecognitionOptions(clip.language))
            for clip in clips
        ]
        prompts = [
            Prompt.of(item, WINDOW_SECONDS, self._tokens, stop_on_repetition=True) for item in items
        ]
        texts = sample(self._model, encoded, prompts, self._vocabulary, 0.0)
        for row, (clip, item, text) in enumerate(zip(clips, items, texts, strict=True)):
            frames = encoded[row, : int(clip.seconds * FRAMES_PER_SECOND)]
            arrays: dict[str, Array] = {"frames": frames.half().numpy()}
            if self._is_reliable(clip, item, text):
                for number, ids in enumerate(self._forms(item.options, text)):
                    arrays |= self._choices(encoded[row : row + 1], ids, number)
            self._write(self._file(clip), arrays)

    def _is_reliable(self, clip: AudioClip, item: RecognitionItem, text: DecodedText) -> bool:
        """Whether the text is neither a repetition loop nor text for a clip without speech."""
        hypothesis = hypothesis_of(self._tokens, item, text, 0.0, _never_aligned)
        has_text = bool(hypothesis.text.strip())
        return has_text == clip.has_speech and not self._quality.is_doubtful(hypothesis)

    def _forms(self, options: RecognitionOptions, text: DecodedText) -> Iterator[list[int]]:
        """Prompt and text with timestamps, then without."""
        start = self._tokens.start_sequence(options)
        yield [*start, *text.ids]
        untimed = self._tokens.prompt(RecognitionOptions(options.language, priority=Priority.FINAL))
        yield [*untimed, *self._tokens.text_ids(text.ids)]

    def _choices(self, encoded: torch.Tensor, ids: list[int], number: int) -> dict[str, Array]:
        decoder = self._model.model.decoder
        states = decoder(input_ids=torch.tensor([ids]), encoder_hidden_states=encoded)
        logits = self._model.proj_out(states.last_hidden_state)[0].float()
        best = logits.log_softmax(-1).topk(CHOICES)
        return {
            f"ids_{number}": np.array(ids, np.int32),
            f"choices_{number}": best.indices.to(torch.int32).numpy(),
            f"logprobs_{number}": best.values.half().numpy(),
        }

    def _write(self, file: Path, arrays: dict[str, Array]) -> None:
        with atomic_write(file) as partial, partial.open("wb") as opened:
            np.savez(opened, **arrays)  # type: ignore[arg-type]

    def _read(self, clip: AudioClip) -> TeacherOutput:
        with np.load(self._file(clip)) as arrays:
            texts = tuple(
                TeacherText(
                    *(arrays[f"{name}_{number}"] for name in ("ids", "choices", "logprobs"))
                )
                for number in range(2)
                if f"ids_{number}" in arrays
            )
            return TeacherOutput(clip, arrays["frames"], texts)


def _never_aligned(ids: Sequence[int]) -> NoReturn:
    raise AssertionError("quality checks need no word alignment")
