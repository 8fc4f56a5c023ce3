"""What Whisper says with all 30 s of context, kept on disk: the teacher of a model with less.

For each sound the encoder's frames, the text, and for every token of it what else it might have
been. The text is taught twice, with times as uploads are written and without as live speech is.
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
from sentivox.engines.whisper.backends.torch.sampling import write
from sentivox.engines.whisper.backends.torch.weights import LoadedWhisper
from sentivox.engines.whisper.features import MAX_FRAMES, log_mel
from sentivox.engines.whisper.hypothesis import DecodedText, QualityCheck, hypothesis_of
from sentivox.engines.whisper.prompt import Prompt, Vocabulary
from sentivox.engines.whisper.token_limits import max_new_tokens
from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.settings import RecognitionSettings
from sentivox.types import WINDOW_SECONDS, Priority, RecognitionOptions, SpeechWindow
from training.whisper.audio import Sound

CHOICES = 32
"""Tokens whose likelihood is kept; those of all others together is what is left."""
LEAST_LOGPROB = -2.0
"""Of a text's tokens, on average. Below what is served: of words that it only guesses at, too, the
teacher knows where they end.
"""
AT_ONCE = 4
FRAMES_A_SECOND = 50
"""Of the encoder's output."""

Array = npt.NDArray[np.generic]


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """A text as it is taught, and what the teacher thinks of it."""

    ids: Array
    """What the decoder reads: the prompt and the text, (tokens,)."""
    choices: Array
    """What may come after each of them, (tokens, CHOICES)."""
    logprobs: Array
    """How likely, (tokens, CHOICES)."""


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    sound: Sound
    frames: Array
    """The encoder's output as long as the sound lasts, (frames, width)."""
    texts: tuple[Text, ...]
    """None where the teacher itself is in doubt."""


class Teacher:
    def __init__(self, loaded: LoadedWhisper, tokens: WhisperTokenizer, cache: Path) -> None:
        self._model: WhisperForConditionalGeneration = loaded.model
        self._tokens = tokens
        self._cache = cache
        self._judge = QualityCheck(RecognitionSettings(log_prob_threshold=LEAST_LOGPROB))
        self._vocabulary = Vocabulary.of(tokens, loaded.never, loaded.never_first)

    def lessons(self, sounds: Sequence[Sound]) -> Iterator[Lesson]:
        """One a sound, in order. What was heard before, by this call or an earlier one, is read."""
        for at in range(0, len(sounds), AT_ONCE):
            group = sounds[at : at + AT_ONCE]
            new = [sound for sound in group if not self._file(sound).is_file()]
            if new:
                with torch.inference_mode():
                    self._hear(new)
            yield from (self._read(sound) for sound in group)

    def _file(self, sound: Sound) -> Path:
        told = sound.language.encode() + (b"" if sound.spoken else b" wordless")
        key = hashlib.sha256(told + sound.pcm.tobytes()).hexdigest()
        return self._cache / f"{key[:24]}.npz"

    def _hear(self, sounds: Sequence[Sound]) -> None:
        features = np.stack([log_mel(sound.pcm, MAX_FRAMES) for sound in sounds])
        encoded = encode(self._model, torch.from_numpy(features).to(self._model.dtype))
        items = [
            RecognitionItem(SpeechWindow(0, 0.0, sound.pcm), RecognitionOptions(sound.language))
            for sound in sounds
        ]
        prompts = [
            Prompt.of(
                item.options,
                self._tokens,
                max_new_tokens(item, WINDOW_SECONDS),
                stop_on_repetition=True,
            )
            for item in items
        ]
        said = write(self._model, encoded, prompts, self._vocabulary, 0.0)
        for row, (sound, item, text) in enumerate(zip(sounds, items, said, strict=True)):
            frames = encoded[row, : int(sound.seconds * FRAMES_A_SECOND)]
            arrays: dict[str, Array] = {"frames": frames.half().numpy()}
            if self._sure(sound, item, text):
                for number, ids in enumerate(self._taught(item.options, text)):
                    arrays |= self._choices(encoded[row : row + 1], ids, number)
            self._write(self._file(sound), arrays)

    def _sure(self, sound: Sound, item: RecognitionItem, text: DecodedText) -> bool:
        """Whether it's neither a loop nor words for a sound that has none."""
        hypothesis = hypothesis_of(self._tokens, item, text, 0.0, _never_aligned)
        wordy = bool(hypothesis.text.strip())
        return wordy == sound.spoken and not self._judge.doubtful(hypothesis)

    def _taught(self, options: RecognitionOptions, text: DecodedText) -> Iterator[list[int]]:
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

    def _read(self, sound: Sound) -> Lesson:
        with np.load(self._file(sound)) as found:
            texts = tuple(
                Text(*(found[f"{name}_{number}"] for name in ("ids", "choices", "logprobs")))
                for number in range(2)
                if f"ids_{number}" in found
            )
            return Lesson(sound, found["frames"], texts)


def _never_aligned(ids: Sequence[int]) -> NoReturn:
    raise AssertionError("a text that is only judged has no words")
