"""Recognition by CTC models: wav2vec2, XLS-R and MMS.

Greedy decoding in a single pass, without a language model. The text has the letters that the model
was trained on, as a rule without capitals and punctuation, and a window always gives the same text.
Prompts, temperatures and draft tokens are accepted and change nothing.

The weights of MMS are licensed CC-BY-NC 4.0: they may not be used commercially. This project
doesn't include or download them; a config has to name them.
"""

from __future__ import annotations

import math
import zlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import torch

from sentivox.engines.ctc.adapters import adapters_in, names_by_language, read_adapter
from sentivox.engines.ctc.decoding import align, continue_prefix, greedy
from sentivox.engines.ctc.network import CtcNetwork, load_network
from sentivox.engines.ctc.vocabulary import CtcVocabulary, Table, read_tables, read_vocabulary
from sentivox.engines.ctc.words import (
    AlignedWord,
    without_empty_words,
    words_after,
    words_of,
)
from sentivox.engines.memory import trim_memory
from sentivox.engines.protocols import RecognitionItem, Recognizer
from sentivox.engines.refusals import refusal, unknown_language
from sentivox.errors import SpeechError, WeightsMissing
from sentivox.languages import UNSPACED
from sentivox.settings import RecognitionSettings
from sentivox.types import Priority, Recognition, TranscribedSegment, Word

STEP_SECONDS = 0.5
"""Windows cost whole multiples of this length."""
SEEKS_PER_SECOND = 100
SEGMENT_PAUSE_SECONDS = 0.7
"""Words further apart than this belong to different segments."""


def load_ctc(folder: Path, settings: RecognitionSettings) -> Recognizer:
    """The recogniser of the model in `folder`: with an adapter for each language, or for the one
    language that a model without adapters was trained on.

    Raises WeightsMissing or WeightsAltered.
    """
    network = load_network(folder, settings)
    trim_memory()
    tables = read_tables(folder)
    if "" in tables:
        vocabulary = read_vocabulary(folder, tables[""], network.outputs)
        return CtcRecognizer(network, vocabulary, settings.languages)
    return AdaptedCtcRecognizer(network, folder, tables, settings.languages)


class _WholeSteps:
    """The cost of windows, which is the same for all CTC models."""

    def padded_seconds(self, item: RecognitionItem) -> float:
        """Length of the item's window, rounded up to half seconds: the cost of encoding it."""
        return max(1, math.ceil(item.window.seconds / STEP_SECONDS)) * STEP_SECONDS


class CtcRecognizer(_WholeSteps):
    """A `Recognizer` for one vocabulary."""

    def __init__(
        self, network: CtcNetwork, vocabulary: CtcVocabulary, languages: Collection[str] = ()
    ) -> None:
        """`languages` are the codes that it accepts; empty for any."""
        self._network = network
        self._vocabulary = vocabulary
        self._languages = languages
        self._not_text = torch.ones(network.outputs, dtype=torch.bool)
        self._not_text[[vocabulary.blank, *vocabulary.text_tokens]] = False

    def transcribe(self, items: Sequence[RecognitionItem]) -> list[Recognition | SpeechError]:
        """See Recognizer. An unknown language or task is that item's error; a window without
        letters has a Recognition without segments.
        """
        errors = [
            refusal(item.options, has_language=self._has(item.options.language), translates=False)
            for item in items
        ]
        clips = [item.window.pcm for item, error in zip(items, errors, strict=True) if not error]
        log_probs = iter(self._network.encode(clips) if clips else [])
        return [
            error or self._recognition(item, next(log_probs))
            for item, error in zip(items, errors, strict=True)
        ]

    def _has(self, language: str) -> bool:
        return not self._languages or language in self._languages

    def _recognition(self, item: RecognitionItem, log_probs: torch.Tensor) -> Recognition:
        words = self._words(item, log_probs.masked_fill(self._not_text, -torch.inf))
        return Recognition(tuple(self._segment(item, some) for some in self._between_pauses(words)))

    def _words(self, item: RecognitionItem, log_probs: torch.Tensor) -> list[AlignedWord]:
        """The words of a window after those that were returned for an earlier window."""
        vocabulary, blank = self._vocabulary, self._vocabulary.blank
        spaced = item.options.language not in UNSPACED
        prefix = [token for token in item.options.prefix if token in set(vocabulary.text_tokens)]
        known, decoded = (
            without_empty_words(tokens, vocabulary, spaced=spaced)
            for tokens in (prefix, greedy(log_probs, blank))
        )
        tokens = continue_prefix(known, decoded, vocabulary.delimiter)
        words = words_of(align(log_probs, tokens, blank), vocabulary, spaced=spaced)
        returned = item.options.prefix[: item.options.returned_tokens]
        letters = sum(token in vocabulary.letters for token in returned)
        return list(words_after(words, letters, vocabulary))

    def _between_pauses(self, words: Iterable[AlignedWord]) -> Iterator[list[AlignedWord]]:
        some: list[AlignedWord] = []
        for word in words:
            seconds = self._network.frames.seconds
            if some and seconds(word.start) - seconds(some[-1].end) > SEGMENT_PAUSE_SECONDS:
                yield some
                some = []
            some.append(word)
        if some:
            yield some

    def _segment(self, item: RecognitionItem, words: Sequence[AlignedWord]) -> TranscribedSegment:
        """A segment of words; `avg_logprob` is the mean log-probability of the letters.

        `no_speech_prob` is 0: a CTC model has no output for silence, and the share of blanks
        depends on the speaking rate.
        """
        options = item.options
        spans = [span for word in words for span in word.spans]
        scores = [span.score for word in words for span in word.letters]
        text = "".join(word.text for word in words)
        logged = spans if options.logprobs else []
        has_words = options.words or options.priority is Priority.INTERIM
        return TranscribedSegment(
            start=self._time(words[0].start, item),
            end=self._time(words[-1].end, item),
            text=text,
            language=options.language,
            tokens=tuple(span.token for span in spans),
            token_logprobs=tuple(span.score for span in logged),
            token_bytes=tuple(self._vocabulary.token_bytes(span.token) for span in logged),
            avg_logprob=sum(scores) / len(scores),
            compression_ratio=len(text.encode()) / len(zlib.compress(text.encode())),
            seek=int(item.window.start * SEEKS_PER_SECOND),
            words=tuple(self._word(word, item) for word in words) if has_words else (),
        )

    def _word(self, word: AlignedWord, item: RecognitionItem) -> Word:
        probability = sum(math.exp(span.score) for span in word.letters) / len(word.letters)
        return Word(
            word=word.text,
            start=self._time(word.start, item),
            end=self._time(word.end, item),
            probability=round(probability, 4),
            tokens=tuple(span.token for span in word.spans),
        )

    def _time(self, frame: int, item: RecognitionItem) -> float:
        """Seconds of the clip at a frame, not before the end of the earlier window's text."""
        time = item.window.start + self._network.frames.seconds(frame)
        return round(max(time, item.options.returned_until), 2)


class AdaptedCtcRecognizer(_WholeSteps):
    """An `AdapterRecognizer`: an adapter for each language over shared weights."""

    def __init__(
        self,
        network: CtcNetwork,
        folder: Path,
        tables: Mapping[str, Table],
        languages: Collection[str] = (),
    ) -> None:
        """`languages` are the codes to serve; empty for all that have an adapter.

        Adapters are read when they are needed, and stay loaded while the result of `with_adapter`
        is held. Raises WeightsMissing when no language to serve has one.
        """
        named = names_by_language(name for name in adapters_in(folder) if name in tables)
        self._names = {code: named[code] for code in named if code in languages or not languages}
        if not self._names:
            raise WeightsMissing(
                f"There is no adapter of a wanted language in '{folder.name}', a file such as "
                "'adapter.nld.safetensors' with a table 'nld' in 'vocab.json'. Copy it there."
            )
        self._network = network
        self._folder = folder
        self._tables = tables

    def has_adapter(self, language: str) -> bool:
        """See AdapterRecognizer."""
        return language in self._names

    def with_adapter(self, language: str) -> CtcRecognizer:
        """See AdapterRecognizer: a recogniser that shares all weights but the adapter's.

        Raises InvalidRequest for a language without an adapter, and WeightsAltered.
        """
        if not self.has_adapter(language):
            raise unknown_language(language)
        name = self._names[language]
        tensors = read_adapter(self._folder, name, self._network.adapter_tensors())
        network = self._network.with_adapter(tensors)
        vocabulary = read_vocabulary(self._folder, self._tables[name], network.outputs)
        return CtcRecognizer(network, vocabulary, (language,))

    def transcribe(self, items: Sequence[RecognitionItem]) -> list[Recognition | SpeechError]:
        """See Recognizer: items of one language are a batch."""
        by_language: dict[str, list[int]] = defaultdict(list)
        for row, item in enumerate(items):
            by_language[item.options.language].append(row)
        results: dict[int, Recognition | SpeechError] = {}
        for language, rows in by_language.items():
            try:
                recognizer = self.with_adapter(language)
            except SpeechError as exc:
                results |= dict.fromkeys(rows, exc)
            else:
                found = recognizer.transcribe([items[row] for row in rows])
                results |= zip(rows, found, strict=True)
        return [results[row] for row in range(len(items))]
