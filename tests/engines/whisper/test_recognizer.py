"""Fallback, suppression and missed speech, with scripted engines and with CTranslate2."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from preprocessing.nonspeech.synthetic import Synthesizer, applause, buzzing, drums, humming
from sentivox.engines.protocols import RecognitionItem, Recognizer
from sentivox.engines.whisper.fallback import DecodingPass
from sentivox.engines.whisper.hypothesis import DecodedText, Hypothesis
from sentivox.engines.whisper.recognizer import WhisperRecognizer
from sentivox.engines.whisper.tokenizer import TimedTokens, WhisperTokenizer
from sentivox.engines.whisper.word_alignment import AlignedSegment
from sentivox.settings import RecognitionSettings
from sentivox.types import (
    SAMPLE_RATE,
    WINDOW_SECONDS,
    Pcm,
    Priority,
    Recognition,
    RecognitionOptions,
    SpeechSegment,
    SpeechWindow,
)
from tests.engines.speech import (
    SENTENCES,
    item_of,
    plain,
    segments_of,
    spoken_item,
    text_of,
    words_of,
)
from tests.engines.whisper_backends import WhisperBackends
from tests.voices import spoken_pcm

SETTINGS = RecognitionSettings()
SECOND = np.zeros(SAMPLE_RATE, np.int16)


@pytest.fixture
def recognizer(backends: WhisperBackends) -> Recognizer:
    return backends["ctranslate2"].recognizer()


def test_a_segment_has_whispers_confidence_figures(recognizer: Recognizer) -> None:
    [result] = recognizer.transcribe([spoken_item(SENTENCES[0], start=100.0)])
    [segment] = segments_of(result)
    assert -1.0 < segment.avg_logprob < 0
    assert 0 <= segment.no_speech_prob < 0.5
    assert 0.5 < segment.compression_ratio < 2.4
    assert segment.start == pytest.approx(100.0, abs=0.5)
    assert segment.end == pytest.approx(100.0 + len(spoken_pcm(SENTENCES[0])) / 16_000, abs=0.5)


def test_a_prompt_decides_the_spelling_of_a_name(recognizer: Recognizer) -> None:
    item = spoken_item("I spoke to Kathryn about it.", prompt="Kathryn, Kathryn, Kathryn.")
    assert "kathryn" in text_of(recognizer.transcribe([item])[0])


def test_a_prefix_that_ends_a_sentence_does_not_end_the_text(recognizer: Recognizer) -> None:
    passage = np.concatenate([spoken_pcm(sentence) for sentence in SENTENCES[1:]])

    def recognized(prefix: tuple[int, ...] = ()) -> object:
        item = item_of(passage, words=True, prefix=prefix, priority=Priority.FINAL)
        return recognizer.transcribe([item])[0]

    words = words_of(recognized())
    end = next(number for number, word in enumerate(words, 1) if word.word.endswith("."))
    prefix = tuple(token for word in words[:end] for token in word.tokens)
    assert text_of(recognized(prefix)) == " ".join(plain(sentence) for sentence in SENTENCES[1:])


def test_noise_has_hardly_any_text(recognizer: Recognizer) -> None:
    noise = np.random.default_rng(1).normal(0, 300, 8 * SAMPLE_RATE).astype(np.int16)
    assert len(text_of(recognizer.transcribe([item_of(noise)])[0])) < 20


@pytest.mark.slow
@pytest.mark.parametrize("maker", [drums, humming, buzzing, applause])
def test_sounds_with_low_vad_confidence_are_suppressed(
    maker: Synthesizer, recognizer: Recognizer
) -> None:
    pcm = (0.5 * 32_767 * maker(2.0, np.random.default_rng(3))).astype(np.int16)
    [result] = recognizer.transcribe([low_vad_item(pcm, 0.5)])
    assert segments_of(result) == ()


def test_speech_with_low_vad_confidence_is_kept(recognizer: Recognizer) -> None:
    [result] = recognizer.transcribe([low_vad_item(spoken_pcm(SENTENCES[1]), 0.4)])
    assert text_of(result) == plain(SENTENCES[1])


def low_vad_item(pcm: Pcm, vad_confidence: float, **options: Any) -> RecognitionItem:
    """A window whose whole length is a speech segment of that VAD confidence."""
    speech = SpeechSegment(0.0, len(pcm) / SAMPLE_RATE, vad_confidence)
    window = SpeechWindow(0, 0.0, pcm, (speech,))
    return RecognitionItem(window, RecognitionOptions("en", **options))


Script = Callable[[RecognitionItem, int], Hypothesis]
"""The hypothesis of an item, given the number of passes before."""


@dataclass
class ScriptedEngine:
    """An engine that decodes by a script and records its passes."""

    script: Script
    items: list[RecognitionItem] = field(default_factory=list)
    contexts: list[float] = field(default_factory=list)
    passes: list[DecodingPass] = field(default_factory=list)
    mixes_contexts: bool = False

    def decode(
        self,
        items: Sequence[RecognitionItem],
        contexts: Sequence[float],
        decoding_pass: DecodingPass,
    ) -> list[Hypothesis]:
        number = len(self.passes)
        self.passes.append(decoding_pass)
        self.contexts.append(contexts[0])
        self.items += items
        return [self.script(item, number) for item in items]


def hypothesis(
    text: str,
    ids: Sequence[int] = (7, 8),
    *,
    end: float = 1.0,
    avg_logprob: float = -0.3,
    cut_off: bool = False,
    marks: Sequence[int] = (),
) -> Hypothesis:
    """A hypothesis of one segment from 0 to `end` seconds, with `marks` after its tokens."""
    decoded = DecodedText((*ids, *marks), avg_logprob, no_speech_prob=0.1, cut_off=cut_off)
    segments = (TimedTokens(0.0, end, tuple(ids)),)
    return Hypothesis(segments, lambda: [AlignedSegment((), ())], text, 0.0, decoded)


def texts(tokenizer: WhisperTokenizer, *each: str) -> ScriptedEngine:
    """An engine with one text after the other."""
    hypotheses = [hypothesis(text, tokenizer.ids(text)) for text in each]
    return ScriptedEngine(lambda item, number: hypotheses[number])


def transcribe(
    engine: ScriptedEngine,
    tokenizer: WhisperTokenizer,
    item: RecognitionItem,
    settings: RecognitionSettings = SETTINGS,
) -> Recognition:
    [result] = WhisperRecognizer(engine, tokenizer, settings).transcribe([item])
    assert isinstance(result, Recognition)
    return result


def test_a_looping_final_text_stops_early_and_is_the_draft_of_its_fallback_pass(
    tokenizer: WhisperTokenizer,
) -> None:
    engine = ScriptedEngine(
        lambda item, number: hypothesis(
            " some words", (7, 8, 9), avg_logprob=-0.2, cut_off=number == 0
        )
    )
    live = item_of(SECOND, prefix=(7,), draft_tokens=(5,), priority=Priority.FINAL)
    transcribe(engine, tokenizer, live)
    assert [each.stop_on_repetition for each in engine.passes] == [True, False]
    assert [each.options.draft_tokens for each in engine.items] == [(5,), (8, 9)]


@pytest.mark.parametrize(("log_prob", "passes"), [(-0.4, 1), (-0.7, 2)])
def test_a_doubtful_final_text_has_a_fallback_pass(
    log_prob: float, passes: int, tokenizer: WhisperTokenizer
) -> None:
    engine = ScriptedEngine(lambda item, number: hypothesis(" some words", avg_logprob=log_prob))
    transcribe(engine, tokenizer, item_of(SECOND, priority=Priority.FINAL))
    assert len(engine.contexts) == passes
    assert engine.contexts[1:] == [1.0 + SETTINGS.final_fallback_padding_s] * (passes - 1)


def test_interim_text_has_one_pass_with_short_context(tokenizer: WhisperTokenizer) -> None:
    engine = ScriptedEngine(lambda item, number: hypothesis(" some words", avg_logprob=-0.7))
    item = item_of(SECOND, priority=Priority.INTERIM)
    transcribe(engine, tokenizer, item)
    assert engine.contexts == [1.0 + SETTINGS.interim_context_padding_s]


@pytest.mark.parametrize("priority", Priority)
@pytest.mark.parametrize(("language", "full"), [("en", False), ("ko", True)])
def test_only_languages_with_short_context_have_it(
    language: str, full: bool, priority: Priority, tokenizer: WhisperTokenizer
) -> None:
    engine = ScriptedEngine(lambda item, number: hypothesis(" some words"))
    settings = RecognitionSettings(short_context_languages=("en", "de"))
    item = item_of(SECOND, language, priority=priority)
    transcribe(engine, tokenizer, item, settings)
    long = WINDOW_SECONDS
    if priority is Priority.INTERIM:
        long = 1.0 + settings.final_fallback_padding_s
    assert (engine.contexts == [long]) == full
    cost = WhisperRecognizer(engine, tokenizer, settings).padded_seconds(item)
    assert cost == engine.contexts[0]


@pytest.mark.parametrize(
    ("options", "beam_size"),
    [({}, 5), ({"temperature": 0.4}, 1), ({"priority": Priority.FINAL}, 1)],
    ids=["an upload", "a temperature", "live speech"],
)
def test_only_uploads_without_a_temperature_have_a_beam(
    options: dict[str, Any], beam_size: int, tokenizer: WhisperTokenizer
) -> None:
    engine = ScriptedEngine(lambda item, number: hypothesis(" some words"))
    settings = RecognitionSettings(beam_size=5)
    transcribe(engine, tokenizer, item_of(SECOND, **options), settings)
    assert [each.beam_size for each in engine.passes] == [beam_size]


def test_an_uncertain_language_has_short_context(tokenizer: WhisperTokenizer) -> None:
    engine = ScriptedEngine(lambda item, number: hypothesis(" some words"))
    settings = RecognitionSettings(short_context_languages=("en",))
    transcribe(engine, tokenizer, item_of(SECOND, "ko", alternative_language="ja"), settings)
    assert engine.contexts == [4.0]


def test_a_window_with_one_pass_is_completed_before_others_have_their_second(
    tokenizer: WhisperTokenizer,
) -> None:
    engine = texts(tokenizer, " Wait, wait, wait,", " Hello.", " Wait.")
    settings = RecognitionSettings(context_padding_s=None)
    recognizer = WhisperRecognizer(engine, tokenizer, settings)
    # The prompts differ in length, so each window is a batch.
    low_vad = low_vad_item(SECOND, 0.5, prompt="Well.")
    results = recognizer.transcribe_as_completed([low_vad, low_vad_item(SECOND, 1.0)])
    number, result = next(results)
    assert (number, len(engine.passes)) == (1, 2)
    assert text_of(result) == "hello"
    assert [number for number, _ in results] == [0]
    assert len(engine.passes) == 3


def test_text_with_low_vad_confidence_is_kept_if_two_passes_agree(
    tokenizer: WhisperTokenizer,
) -> None:
    engine = texts(tokenizer, " Hello.", " Hello!")
    assert text_of(transcribe(engine, tokenizer, low_vad_item(SECOND, 0.5))) == "hello"
    assert [each.context_padding_s for each in engine.passes] == [3.0, None]


def test_text_with_low_vad_confidence_is_suppressed_if_two_passes_differ(
    tokenizer: WhisperTokenizer,
) -> None:
    engine = texts(tokenizer, " Thank you.", " Subtitles by nobody")
    result = transcribe(engine, tokenizer, low_vad_item(SECOND, 0.5))
    assert result.segments == ()
    assert [each.reason for each in result.suppressed] == ["low_probability"]
    assert len(engine.passes) == 2


def test_text_with_high_vad_confidence_has_one_pass(tokenizer: WhisperTokenizer) -> None:
    engine = texts(tokenizer, " Hello.")
    assert text_of(transcribe(engine, tokenizer, low_vad_item(SECOND, 0.9))) == "hello"


@pytest.mark.parametrize(("vad_confidence", "text"), [(0.5, ""), (0.9, "hello")])
def test_interim_text_with_low_vad_confidence_is_suppressed(
    vad_confidence: float, text: str, tokenizer: WhisperTokenizer
) -> None:
    item = low_vad_item(SECOND, vad_confidence, priority=Priority.INTERIM)
    assert text_of(transcribe(texts(tokenizer, " Hello."), tokenizer, item)) == text


def test_text_after_a_prefix_is_kept_at_any_vad_confidence(tokenizer: WhisperTokenizer) -> None:
    item = low_vad_item(SECOND, 0.5, priority=Priority.FINAL, prefix=(7,))
    assert text_of(transcribe(texts(tokenizer, " Hello."), tokenizer, item)) == "hello"


def test_a_turn_with_low_vad_confidence_is_decoded_without_the_turn_before(
    tokenizer: WhisperTokenizer,
) -> None:
    pcm = np.zeros(3 * SAMPLE_RATE, np.int16)
    window = SpeechWindow(0, 4.0, pcm, (SpeechSegment(5.0, 7.0, 0.5),))
    options = RecognitionOptions(
        "en", priority=Priority.FINAL, prefix=(7, 8), returned_tokens=2, returned_until=5.0
    )
    engine = texts(tokenizer, " Hello.", " Hello.")
    assert text_of(transcribe(engine, tokenizer, RecognitionItem(window, options))) == "hello"
    assert [(item.window.start, item.options.prefix) for item in engine.items] == [(5.0, ())] * 2


def log_probs_by_language(**log_probs: float) -> ScriptedEngine:
    """An engine whose text has a mean log-probability for each language."""
    return ScriptedEngine(
        lambda item, number: hypothesis(" words", avg_logprob=log_probs[item.options.language])
    )


@pytest.mark.parametrize(
    ("log_probs", "alternative", "languages", "passes"),
    [
        ({"en": -1.2, "nl": -0.4}, "nl", ["nl"], [("en", 1), ("nl", 1)]),
        ({"en": -1.2, "nl": -1.4}, "nl", ["en"], [("en", 1), ("nl", 1)]),
        ({"en": -0.6, "nl": -0.1}, "nl", ["en"], [("en", 1)]),
        ({"en": -1.2}, None, ["en"], [("en", 1), ("en", 5)]),
        ({"en": -1.2}, "tlh", ["en"], [("en", 1), ("en", 5)]),
    ],
    ids=["better", "worse", "not needed", "none", "unknown"],
)
def test_improbable_greedy_text_is_decoded_in_the_alternative_language_or_with_a_wider_beam(
    log_probs: dict[str, float],
    alternative: str | None,
    languages: list[str],
    passes: list[tuple[str, int]],
    tokenizer: WhisperTokenizer,
) -> None:
    engine = log_probs_by_language(**log_probs)
    item = low_vad_item(SECOND, 1.0, alternative_language=alternative)
    result = transcribe(engine, tokenizer, item, RecognitionSettings(beam_size=1))
    assert [segment.language for segment in result.segments] == languages
    decoded = zip(engine.items, engine.passes, strict=True)
    assert [(item.options.language, each.beam_size) for item, each in decoded] == passes


@pytest.mark.parametrize(("marks", "windows"), [(1, [2.6]), (2, [2.6, 1.0])])
def test_a_short_rest_is_decoded_where_the_text_continues(
    marks: int, windows: list[float], tokenizer: WhisperTokenizer
) -> None:
    timestamp = tokenizer.first_timestamp + 80
    engine = ScriptedEngine(
        lambda item, number: hypothesis(" so", (7,), end=1.6, marks=[timestamp] * marks)
    )
    pcm = np.zeros(int(2.6 * SAMPLE_RATE), np.int16)
    transcribe(engine, tokenizer, low_vad_item(pcm, 1.0))
    assert [item.window.seconds for item in engine.items] == pytest.approx(windows)


@pytest.mark.parametrize(
    ("speech", "starts"),
    [
        ([(0.0, 3.5), (4.0, 7.5), (8.0, 11.5)], [0.0, 3.75, 7.75]),
        ([(0.0, 3.5)], [0.0]),
        ([(0.0, 7.0)], [0.0, 1.85]),
        ([(0.0, 1.0), (10.5, 11.5)], [0.0]),
    ],
    ids=["three segments", "one segment", "no pause", "little speech"],
)
def test_speech_with_too_few_tokens_is_decoded_in_parts(
    speech: list[tuple[float, float]], starts: list[float], tokenizer: WhisperTokenizer
) -> None:
    engine = ScriptedEngine(
        lambda item, number: hypothesis(" so", range(7, 14), end=item.window.seconds)
    )
    pcm = np.zeros(int(speech[-1][1] * SAMPLE_RATE), np.int16)
    window = SpeechWindow(0, 0.0, pcm, tuple(SpeechSegment(*each) for each in speech))
    result = transcribe(engine, tokenizer, RecognitionItem(window, RecognitionOptions("en")))
    assert [each.start for each in result.segments] == starts
