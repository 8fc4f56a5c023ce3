"""transformers' own Whisper in float32, in this process: eight windows of 30 s at once, greedy.

What is longer than 30 s is cut straight into windows of that length.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer
from transformers import (
    GenerationConfig,
    WhisperFeatureExtractor,
    WhisperForConditionalGeneration,
)

from benchmarks.system import THREADS, WEIGHTS, Answer, Sound
from sentivox.engines.whisper.backends.torch.weights import LoadedWhisper, load_whisper_model
from sentivox.languages import LANGUAGES
from sentivox.types import SAMPLE_RATE, WINDOW_SECONDS
from sentivox.weights.resolve import resolve

BATCH = 8

Samples = npt.NDArray[np.float32]


class Transformers:
    def __init__(self) -> None:
        torch.set_num_threads(THREADS)
        folder = resolve(WEIGHTS)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._features = WhisperFeatureExtractor()
        self._model = _as_it_comes(load_whisper_model(folder, "float32", "cpu"), self._tokenizer)

    def hear(self, sounds: Sequence[Sound]) -> list[Answer]:
        size = int(WINDOW_SECONDS * SAMPLE_RATE)
        cut = [_cut(_samples(sound), size) for sound in sounds]
        windows = [window for own in cut for window in own]
        heard = iter([each for batch in batched(windows, BATCH) for each in self._batch(batch)])
        answers = []
        for own in cut:
            found = [next(heard) for _ in own]
            answers.append(Answer(" ".join(each.text for each in found), found[0].language))
        return answers

    def _batch(self, windows: Sequence[Samples]) -> list[Answer]:
        made = self._features(
            list(windows),
            sampling_rate=SAMPLE_RATE,
            return_tensors="pt",
            return_attention_mask=True,
        )
        with torch.inference_mode():
            # `generate` would do the same for itself, and not tell.
            found = self._model.detect_language(made.input_features).tolist()
            tokens = [str(self._tokenizer.id_to_token(each)) for each in found]
            ids = self._model.generate(**made, language=tokens, task="transcribe").tolist()
        texts = self._tokenizer.decode_batch(ids, skip_special_tokens=True)
        return [
            Answer(text.strip(), token.strip("<|>"))
            for text, token in zip(texts, tokens, strict=True)
        ]


def _as_it_comes(loaded: LoadedWhisper, tokenizer: Tokenizer) -> WhisperForConditionalGeneration:
    """Without what this project changes in it, and with what transformers reads from a file."""
    model = loaded.model
    words = model.model.decoder.embed_tokens.weight
    model.proj_out = torch.nn.Linear(words.shape[1], words.shape[0], bias=False)
    model.proj_out.weight = words
    start, end = (
        tokenizer.token_to_id(f"<|{name}|>") for name in ("startoftranscript", "endoftext")
    )
    names = [f"<|{code}|>" for code in LANGUAGES]
    known = tokenizer.get_vocab()
    model.generation_config = GenerationConfig(
        decoder_start_token_id=start,
        bos_token_id=end,
        eos_token_id=end,
        pad_token_id=end,
        max_length=model.config.max_target_positions,
        is_multilingual=True,
        lang_to_id={name: tokenizer.token_to_id(name) for name in names if name in known},
        task_to_id={
            name: tokenizer.token_to_id(f"<|{name}|>") for name in ("transcribe", "translate")
        },
        no_timestamps_token_id=tokenizer.token_to_id("<|notimestamps|>"),
        suppress_tokens=list(loaded.never),
        begin_suppress_tokens=list(loaded.never_first),
        return_timestamps=False,
    )
    return model


def _samples(sound: Sound) -> Samples:
    with wave.open(io.BytesIO(sound.audio)) as file:
        pcm = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    return pcm.astype(np.float32) / np.float32(-np.iinfo(np.int16).min)


def _cut(samples: Samples, size: int) -> list[Samples]:
    return [samples[at : at + size] for at in range(0, len(samples), size)]
