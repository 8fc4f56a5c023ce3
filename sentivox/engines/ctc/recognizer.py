"""wav2vec2, XLS-R and MMS as recognisers.

One pass, the likeliest output of every frame, no language model: the text has the letters that the
model was trained to write, as a rule without capitals and marks. The same window always gives the
same text. Prompts, temperatures and guesses mean nothing to it.

The weights of MMS are licensed CC-BY-NC 4.0: they may not be used commercially. Nothing here comes
with them or asks for them; whoever names them in a config chooses that.
"""

from __future__ import annotations

import math
import zlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import torch

from sentivox.engines.ctc.adapters import adapters_in, names_by_language, read_adapter
from sentivox.engines.ctc.decoding import align, continued, greedy
from sentivox.engines.ctc.network import CtcNetwork, load_network
from sentivox.engines.ctc.vocabulary import CtcVocabulary, Table, read_tables, read_vocabulary
from sentivox.engines.ctc.words import HeardWord, behind, letters_in, tidy, words
from sentivox.engines.memory import give_back_freed_memory
from sentivox.engines.protocols import RecognitionItem, Recognizer
from sentivox.errors import InvalidRequest, SpeechError, WeightsMissing
from sentivox.languages import UNSPACED
from sentivox.settings import RecognitionSettings
from sentivox.types import Priority, Recognition, TranscribedSegment, Word

STEP_SECONDS = 0.5
SEEKS_PER_SECOND = 100
SEGMENT_PAUSE_SECONDS = 0.7
"""Words further apart than this belong to different segments."""


def load_ctc(folder: Path, settings: RecognitionSettings) -> Recognizer:
    """A recogniser of every language that has an adapter in `folder`, or of the one that a model
    without adapters was trained on.

    Raises WeightsMissing or WeightsAltered.
    """
    network = load_network(folder, settings)
    give_back_freed_memory()
    tables = read_tables(folder)
    if "" in tables:
        vocabulary = read_vocabulary(folder, tables[""], network.outputs)
        return CtcRecognizer(network, vocabulary, settings.languages)
    return AdaptedCtcRecognizer(network, folder, tables, settings.languages)


class CtcRecognizer:
    def __init__(
        self, network: CtcNetwork, vocabulary: CtcVocabulary, languages: Collection[str] = ()
    ) -> None:
        """`languages` are those that it was trained on; none means whichever it is given."""
        self._network = network
        self._vocabulary = vocabulary
        self._languages = languages
        self._never = torch.ones(network.outputs, dtype=torch.bool)
        self._never[[vocabulary.blank, *vocabulary.written]] = False

    def padded_seconds(self, seconds: float, priority: Priority) -> float:
        """How much audio a window of `seconds` costs once padded."""
        return _padded_seconds(seconds)

    def transcribe(self, items: Sequence[RecognitionItem]) -> list[Recognition | SpeechError]:
        """One answer an item, in order; a language or a task that the weights don't know is that
        item's error. A window without a letter is a Recognition without segments.
        """
        refusals = [_refusal(item, self._languages) for item in items]
        heard = [item for item, refusal in zip(items, refusals, strict=True) if refusal is None]
        log_probs = iter(self._network.hear([item.window.pcm for item in heard]) if heard else [])
        return [
            refusal or self._recognition(item, next(log_probs))
            for item, refusal in zip(items, refusals, strict=True)
        ]

    def _recognition(self, item: RecognitionItem, log_probs: torch.Tensor) -> Recognition:
        heard = self._words(item, log_probs.masked_fill(self._never, -torch.inf))
        return Recognition(tuple(self._segment(item, some) for some in self._between_pauses(heard)))

    def _words(self, item: RecognitionItem, log_probs: torch.Tensor) -> list[HeardWord]:
        vocabulary, blank = self._vocabulary, self._vocabulary.blank
        spaced = item.options.language not in UNSPACED
        prefix = [token for token in item.options.prefix if token in set(vocabulary.written)]
        known, heard = (
            tidy(tokens, vocabulary, spaced=spaced) for tokens in (prefix, greedy(log_probs, blank))
        )
        spans = align(log_probs, continued(known, heard, vocabulary.delimiter), blank)
        answered = letters_in(item.options.prefix[: item.options.returned_tokens], vocabulary)
        return list(behind(words(spans, vocabulary, spaced=spaced), answered, vocabulary))

    def _between_pauses(self, heard: Iterable[HeardWord]) -> Iterator[list[HeardWord]]:
        some: list[HeardWord] = []
        for word in heard:
            if some and self._pause(some[-1], word) > SEGMENT_PAUSE_SECONDS:
                yield some
                some = []
            some.append(word)
        if some:
            yield some

    def _pause(self, before: HeardWord, after: HeardWord) -> float:
        return self._seconds(after.start) - self._seconds(before.end)

    def _segment(self, item: RecognitionItem, heard: Sequence[HeardWord]) -> TranscribedSegment:
        """`avg_logprob` is the mean over letters of the log-probability in their frames.

        `no_speech_prob` is 0: a CTC model has no output for it, and the share of blanks says no
        more than how slowly somebody speaks.
        """
        told, window = item.options, item.window
        spans = [span for word in heard for span in word.spans]
        scores = [span.score for word in heard for span in word.letters]
        text = "".join(word.text for word in heard)
        in_words = told.words or told.priority is Priority.INTERIM
        return TranscribedSegment(
            start=self._time(heard[0].start, item),
            end=self._time(heard[-1].end, item),
            text=text,
            language=told.language,
            tokens=tuple(span.token for span in spans),
            token_logprobs=tuple(span.score for span in spans) if told.logprobs else (),
            token_bytes=tuple(self._vocabulary.spelled(span.token) for span in spans)
            if told.logprobs
            else (),
            avg_logprob=sum(scores) / len(scores),
            compression_ratio=len(text.encode()) / len(zlib.compress(text.encode())),
            seek=int(window.start * SEEKS_PER_SECOND),
            words=tuple(self._word(word, item) for word in heard) if in_words else (),
        )

    def _word(self, word: HeardWord, item: RecognitionItem) -> Word:
        probability = sum(math.exp(span.score) for span in word.letters) / len(word.letters)
        return Word(
            word=word.text,
            start=self._time(word.start, item),
            end=self._time(word.end, item),
            probability=round(probability, 4),
            tokens=tuple(span.token for span in word.spans),
        )

    def _time(self, frame: int, item: RecognitionItem) -> float:
        """In seconds of the clip, and no earlier than what was answered before."""
        time = item.window.start + self._seconds(frame)
        return round(max(time, item.options.returned_until), 2)

    def _seconds(self, frame: int) -> float:
        return self._network.frames.seconds(frame)


class AdaptedCtcRecognizer:
    """Many languages over one large model, each with an adapter of its own."""

    def __init__(
        self,
        network: CtcNetwork,
        folder: Path,
        tables: Mapping[str, Table],
        languages: Collection[str] = (),
    ) -> None:
        """Only some of its `languages`, if any are given. Adapters are read when they are needed:
        whoever wants to keep one keeps what `adapted` returns.

        Raises WeightsMissing when there is none at all.
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
        """See AdapterRecognizer: whether there are an adapter and a vocabulary."""
        return language in self._names

    def with_adapter(self, language: str) -> CtcRecognizer:
        """See AdapterRecognizer; it takes the memory of its adapter alone.

        Raises InvalidRequest for a language without an adapter, and WeightsAltered.
        """
        if not self.has_adapter(language):
            raise _unknown_language(language)
        name = self._names[language]
        tensors = read_adapter(self._folder, name, self._network.adapter_tensors())
        network = self._network.adapted(tensors)
        vocabulary = read_vocabulary(self._folder, self._tables[name], network.outputs)
        return CtcRecognizer(network, vocabulary, (language,))

    def padded_seconds(self, seconds: float, priority: Priority) -> float:
        """How much audio a window of `seconds` costs once padded."""
        return _padded_seconds(seconds)

    def transcribe(self, items: Sequence[RecognitionItem]) -> list[Recognition | SpeechError]:
        """One answer an item, in order, those of one language heard together."""
        by_language: dict[str, list[int]] = defaultdict(list)
        for row, item in enumerate(items):
            by_language[item.options.language].append(row)
        answers: dict[int, Recognition | SpeechError] = {}
        for language, rows in by_language.items():
            some = [items[row] for row in rows]
            answers |= zip(rows, self._transcribe_in(language, some), strict=True)
        return [answers[row] for row in range(len(items))]

    def _transcribe_in(
        self, language: str, items: Sequence[RecognitionItem]
    ) -> list[Recognition | SpeechError]:
        try:
            recognizer = self.with_adapter(language)
        except SpeechError as exc:
            return [exc for _ in items]
        return recognizer.transcribe(items)


def _padded_seconds(seconds: float) -> float:
    return max(1, math.ceil(seconds / STEP_SECONDS)) * STEP_SECONDS


def _refusal(item: RecognitionItem, languages: Collection[str]) -> InvalidRequest | None:
    language = item.options.language
    if languages and language not in languages:
        return _unknown_language(language)
    if item.options.task == "translate":
        return InvalidRequest(
            f"The model that serves '{language}' wasn't trained to translate; ask for a "
            "transcription instead."
        )
    return None


def _unknown_language(language: str) -> InvalidRequest:
    return InvalidRequest(
        f"The model that serves '{language}' has nothing for that language. Send another "
        "`language`, or ask whoever runs this service for one.",
        "language",
    )
