"""The contract of recognisers and of encoders for language detection, for every backend."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from sentivox.engines.language_id.detector import WhisperLanguageDetector
from sentivox.engines.loading import load_recognizer
from sentivox.engines.protocols import RecognitionItem, Recognizer, SharedEncoderOutput
from sentivox.engines.whisper.encoder import EncoderSpan, encoder_name
from sentivox.engines.whisper.fallback import DecodingPass
from sentivox.engines.whisper.hypothesis import Hypothesis
from sentivox.engines.whisper.recognizer import WhisperRecognizer
from sentivox.errors import InvalidRequest
from sentivox.settings import RecognitionSettings
from sentivox.types import (
    SAMPLE_RATE,
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
    text_of,
    tokens_of,
    words_of,
)
from tests.engines.whisper_backends import ON_GPU, Whisper, WhisperBackends
from tests.letters import random_words, spoken
from tests.voices import spoken_pcm

START = 12.5
"""Start of every window, in seconds of its clip."""
UNKNOWN = "xx"
MEAN_LOG_PROB_WITHIN = 0.15

FAST = ["ctranslate2", "cpu_int8"]
SLOW_TORCH = pytest.param("torch", marks=pytest.mark.slow)
SLOW_CTRANSLATE2 = pytest.param("ctranslate2", marks=pytest.mark.slow)
ON_CUDA = pytest.param("torch_cuda", marks=ON_GPU)
CTC = pytest.param("ctc", marks=pytest.mark.slow)
WHISPER = [*FAST, SLOW_TORCH, ON_CUDA]
RECOGNIZERS = [*WHISPER, CTC]
CPU_INT8_FIRST = [SLOW_CTRANSLATE2, "cpu_int8", SLOW_TORCH, ON_CUDA]
"""Backends of tests that concern `cpu_int8` most: the others are slow."""


@dataclass(frozen=True)
class Case:
    """A recogniser, and speech in a language that it knows."""

    recognizer: Recognizer
    language: str
    texts: tuple[str, ...]
    clips: tuple[Pcm, ...]

    def item(self, number: int, **options: Any) -> RecognitionItem:
        """The window of one text."""
        return item_of(self.clips[number], self.language, START, **options)

    def items(self, **options: Any) -> list[RecognitionItem]:
        """The windows of all texts."""
        return [self.item(number, **options) for number in range(len(self.texts))]


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Case:
    if request.param == "ctc":
        generators = [np.random.default_rng(seed) for seed in (3, 4, 5)]
        speech = [spoken(random_words(4, each), each) for each in generators]
        folder = request.getfixturevalue("letters_model")
        settings = RecognitionSettings(
            engine="ctc", model=str(folder), compute_type="float32", threads=1
        )
        texts = tuple(each.text("nl") for each in speech)
        return Case(load_recognizer(settings), "nl", texts, tuple(each.pcm for each in speech))
    whisper: Whisper = request.getfixturevalue("backends")[request.param]
    clips = tuple(spoken_pcm(sentence) for sentence in SENTENCES)
    return Case(whisper.recognizer(), "en", tuple(map(plain, SENTENCES)), clips)


@pytest.fixture
def whisper(request: pytest.FixtureRequest, backends: WhisperBackends) -> Whisper:
    return backends[request.param]


each_recognizer = pytest.mark.parametrize("case", RECOGNIZERS, indirect=True)
each_whisper = pytest.mark.parametrize("whisper", WHISPER, indirect=True)


@pytest.mark.parametrize("case", [*FAST, "torch", ON_CUDA, CTC], indirect=True)
def test_a_batch_has_one_result_per_item_in_order(case: Case) -> None:
    assert [text_of(each) for each in case.recognizer.transcribe(case.items())] == list(case.texts)


@each_recognizer
def test_a_window_has_the_same_text_alone_and_in_a_batch(case: Case) -> None:
    alone = [case.recognizer.transcribe([each])[0] for each in case.items()]
    assert [text_of(each) for each in alone] == list(case.texts)


@pytest.mark.parametrize("case", ["cpu_int8"], indirect=True)
@pytest.mark.parametrize("priority", [Priority.UPLOAD, Priority.FINAL])
def test_every_number_is_the_same_alone_and_in_a_batch(case: Case, priority: Priority) -> None:
    items = case.items(words=True, logprobs=True, priority=priority)
    alone = [case.recognizer.transcribe([each])[0] for each in items]
    assert case.recognizer.transcribe([*items, *items]) == [*alone, *alone]


@each_recognizer
def test_an_unknown_language_is_the_error_of_its_item(case: Case) -> None:
    unknown = item_of(case.clips[1], UNKNOWN)
    first, error, last = case.recognizer.transcribe([case.item(0), unknown, case.item(2)])
    assert isinstance(error, InvalidRequest)
    assert error.param == "language"
    assert [text_of(first), text_of(last)] == [case.texts[0], case.texts[2]]


@each_whisper
def test_a_task_that_the_weights_lack_is_the_error_of_its_item(whisper: Whisper) -> None:
    recognizer = whisper.recognizer(translates=False)
    translated = item_of(spoken_pcm(SENTENCES[0]), task="translate")
    _assert_only_the_second_fails(
        recognizer, [item_of(spoken_pcm(SENTENCES[1])), translated], SENTENCES[1]
    )


@pytest.mark.parametrize("case", [CTC], indirect=True)
def test_a_ctc_model_refuses_to_translate(case: Case) -> None:
    items = [case.item(1), case.item(0, task="translate")]
    _assert_only_the_second_fails(case.recognizer, items, case.texts[1])


def _assert_only_the_second_fails(
    recognizer: Recognizer, items: Sequence[RecognitionItem], text: str
) -> None:
    transcribed, error = recognizer.transcribe(items)
    assert text_of(transcribed) == plain(text)
    assert isinstance(error, InvalidRequest)
    assert "ask for a transcription" in error.detail


@each_recognizer
def test_segments_and_words_are_in_order_inside_their_window(case: Case) -> None:
    items = case.items(words=True, logprobs=True)
    for item, result in zip(items, case.recognizer.transcribe(items), strict=True):
        segments, words = segments_of(result), words_of(result)
        for spans in (
            [(segment.start, segment.end) for segment in segments],
            [(word.start, word.end) for word in words],
        ):
            assert all(start <= end for start, end in spans)
            assert all(one[1] <= other[0] for one, other in pairwise(spans))
            assert spans[0][0] >= START
            assert spans[-1][1] <= round(START + item.window.seconds, 2)
        for segment in segments:
            assert "".join(word.word for word in segment.words) == segment.text
            assert tuple(t for word in segment.words for t in word.tokens) == segment.tokens
            assert b"".join(segment.token_bytes).decode() == segment.text
            assert len(segment.token_logprobs) == len(segment.tokens)
            assert all(value <= 0 for value in segment.token_logprobs)
            assert segment.seek == round(100 * START)
        assert all(0 < word.probability <= 1 for word in words)


@each_recognizer
def test_a_prefix_is_kept_and_returned_tokens_are_left_out(case: Case) -> None:
    [whole] = case.recognizer.transcribe([case.item(0, words=True, priority=Priority.FINAL)])
    words = words_of(whole)
    prefix = tuple(token for word in words[:2] for token in word.tokens)
    live: dict[str, Any] = {"words": True, "prefix": prefix, "priority": Priority.FINAL}
    returned = {"returned_tokens": len(prefix), "returned_until": words[1].end}
    kept, other, rest = case.recognizer.transcribe(
        [
            case.item(0, **live),
            case.item(1, priority=Priority.FINAL),
            case.item(0, **live, **returned),
        ]
    )
    assert tokens_of(kept)[: len(prefix)] == prefix
    assert [text_of(kept), text_of(other)] == list(case.texts[:2])
    assert text_of(rest) == plain("".join(word.word for word in words[2:]))
    assert tokens_of(rest) == tokens_of(whole)[len(prefix) :]
    starts = [each.start for each in segments_of(rest)] + [each.start for each in words_of(rest)]
    assert min(starts) >= words[1].end


@pytest.mark.parametrize("case", [*CPU_INT8_FIRST, CTC], indirect=True)
def test_draft_tokens_change_no_word(case: Case) -> None:
    final: dict[str, Any] = {"priority": Priority.FINAL}
    tokens, wrong = map(
        tokens_of, case.recognizer.transcribe([case.item(0, **final), case.item(1, **final)])
    )
    drafts = [tokens[:right] + wrong[:4] for right in (0, 3, 7)]
    results = case.recognizer.transcribe(
        [
            *(case.item(0, draft_tokens=draft, **final) for draft in drafts),
            case.item(0, prefix=tokens[:2], draft_tokens=tokens[2:5] + wrong[:4], **final),
            case.item(2, **final),
        ]
    )
    assert [text_of(each) for each in results] == [case.texts[0]] * 4 + [case.texts[2]]


@pytest.mark.parametrize("case", [*CPU_INT8_FIRST, CTC], indirect=True)
def test_prompts_of_different_lengths_share_a_batch(case: Case) -> None:
    prompts = ("", "A report.", "A parcel service calls its customers.")
    items = [case.item(number, prompt=prompt) for number, prompt in enumerate(prompts)]
    assert [text_of(each) for each in case.recognizer.transcribe(items)] == list(case.texts)


@each_recognizer
def test_silence_that_vad_is_unsure_of_has_no_segments(case: Case) -> None:
    zeros = np.zeros(2 * SAMPLE_RATE, np.int16)
    window = SpeechWindow(0, 0.0, zeros, (SpeechSegment(0.0, 2.0, vad_confidence=0.5),))
    silence = RecognitionItem(window, RecognitionOptions(case.language))
    result, speech = case.recognizer.transcribe([silence, case.item(1)])
    assert isinstance(result, Recognition)
    assert result.segments == ()
    assert text_of(speech) == case.texts[1]


@each_recognizer
def test_interim_text_has_words_without_a_request(case: Case) -> None:
    [result] = case.recognizer.transcribe([case.item(0, priority=Priority.INTERIM)])
    assert "".join(word.word for word in words_of(result)).split() == [
        word for segment in segments_of(result) for word in segment.text.split()
    ]
    assert text_of(result) == case.texts[0]


class CountedPasses:
    """An engine that counts the decoding passes of another one."""

    def __init__(self, whisper: Whisper) -> None:
        self._engine = whisper.engine
        self.mixes_contexts = self._engine.mixes_contexts
        self.passes = 0

    def decode(
        self,
        items: Sequence[RecognitionItem],
        contexts: Sequence[float],
        decoding_pass: DecodingPass,
    ) -> list[Hypothesis]:
        self.passes += 1
        return self._engine.decode(items, contexts, decoding_pass)


@each_whisper
def test_interim_text_has_one_pass_even_if_it_is_doubtful(whisper: Whisper) -> None:
    counted = CountedPasses(whisper)
    settings = whisper.settings(log_prob_threshold=-0.001, final_log_prob_threshold=-0.001)
    recognizer = WhisperRecognizer(counted, whisper.tokenizer, settings)
    item = item_of(spoken_pcm(SENTENCES[1]), priority=Priority.INTERIM)
    recognizer.transcribe([item])
    assert counted.passes == 1


def _shared_output(whisper: Whisper, item: RecognitionItem) -> SharedEncoderOutput:
    """The item's encoder output as language detection shares it."""
    context_s = whisper.recognizer().padded_seconds(item)
    [states] = whisper.encoder.encode([item.window.pcm], context_s).states()
    shared = SharedEncoderOutput(
        encoder_name(whisper.encoder_settings), context_s, states.astype(np.float16)
    )
    shared.states.flags.writeable = False
    return shared


@each_whisper
def test_shared_encoder_output_gives_the_same_words_and_is_left_unchanged(
    whisper: Whisper,
) -> None:
    item = item_of(spoken_pcm(SENTENCES[1]), words=True)
    shared = _shared_output(whisper, item)
    before = shared.states.copy()
    [alone], [reused] = (
        whisper.recognizer().transcribe([each])
        for each in (item, replace(item, encoder_output=shared))
    )
    assert text_of(reused) == text_of(alone) == plain(SENTENCES[1])
    assert [each.start for each in words_of(reused)] == pytest.approx(
        [each.start for each in words_of(alone)], abs=0.1
    )
    assert np.array_equal(shared.states, before)


@pytest.mark.parametrize("whisper", CPU_INT8_FIRST, indirect=True)
def test_shared_output_of_another_encoder_is_ignored(whisper: Whisper) -> None:
    item = item_of(spoken_pcm(SENTENCES[1]))
    shared = _shared_output(whisper, item)
    wrong = np.zeros_like(shared.states)
    others = [
        replace(shared, states=wrong, encoder="another model by another engine in int8"),
        replace(shared, states=wrong, context_s=shared.context_s + 1),
    ]
    results = whisper.recognizer().transcribe(
        [replace(item, encoder_output=other) for other in others]
    )
    assert [text_of(each) for each in results] == [plain(SENTENCES[1])] * 2


@pytest.mark.parametrize("whisper", ["cpu_int8", SLOW_TORCH, ON_CUDA], indirect=True)
def test_backends_agree_on_the_mean_log_probability(
    whisper: Whisper, backends: WhisperBackends
) -> None:
    items = [item_of(spoken_pcm(sentence)) for sentence in SENTENCES]
    own, reference = (
        each.recognizer().transcribe(items) for each in (whisper, backends["ctranslate2"])
    )
    for result, other in zip(own, reference, strict=True):
        assert text_of(result) == text_of(other)
        for one, two in zip(segments_of(result), segments_of(other), strict=True):
            assert one.avg_logprob == pytest.approx(two.avg_logprob, abs=MEAN_LOG_PROB_WITHIN)
            assert one.no_speech_prob == pytest.approx(two.no_speech_prob, abs=0.15)
            assert one.start == pytest.approx(two.start, abs=0.1)
            assert one.end == pytest.approx(two.end, abs=0.3)


@pytest.mark.parametrize("case", [*CPU_INT8_FIRST, CTC], indirect=True)
def test_several_threads_use_a_recognizer_at_once(case: Case) -> None:
    batches = [[0], [1], [2, 0, 1]]
    with ThreadPoolExecutor(len(batches)) as pool:
        found = list(
            pool.map(
                lambda batch: case.recognizer.transcribe([case.item(each) for each in batch]),
                batches,
            )
        )
    for results, batch in zip(found, batches, strict=True):
        assert [text_of(each) for each in results] == [case.texts[each] for each in batch]


@each_recognizer
def test_the_cost_of_a_window_grows_with_its_length(case: Case) -> None:
    lengths = (0.5, 2.0, 10.0, 26.0, 30.0)
    items = [item_of(np.zeros(int(each * SAMPLE_RATE), np.int16)) for each in lengths]
    costs = [case.recognizer.padded_seconds(each) for each in items]
    assert costs == sorted(costs)
    assert all(cost >= each for cost, each in zip(costs, lengths, strict=True))
    assert costs[-1] == 30.0


@pytest.mark.parametrize("whisper", [*FAST, "torch", ON_CUDA], indirect=True)
def test_an_encoder_detects_english_with_probabilities_that_sum_to_1(whisper: Whisper) -> None:
    clips = [spoken_pcm(sentence) for sentence in SENTENCES[:2]]
    output = whisper.encoder.encode(clips, 7.5)
    assert output.states().shape == (2, 375, 512)
    for probabilities in output.languages():
        assert len(probabilities) == 99
        assert sum(probabilities.values()) == pytest.approx(1, abs=1e-3)
        assert max(probabilities, key=probabilities.__getitem__) == "en"


@each_whisper
def test_languages_of_parts_of_the_encoder_output(whisper: Whisper) -> None:
    clips = [spoken_pcm(sentence) for sentence in SENTENCES[:2]]
    output = whisper.encoder.encode(clips, 7.5)
    parts = [EncoderSpan(1, 0, 375), EncoderSpan(0, 0, 100), EncoderSpan(0, 100, 180)]
    whole, *some = output.languages_of(parts)
    assert whole["en"] == pytest.approx(output.languages()[1]["en"], abs=0.05)
    for probabilities in some:
        assert sum(probabilities.values()) == pytest.approx(1, abs=1e-3)
        assert max(probabilities, key=probabilities.__getitem__) == "en"


@each_whisper
def test_encoders_agree_on_their_output(whisper: Whisper, backends: WhisperBackends) -> None:
    clips = [spoken_pcm(SENTENCES[1])]
    own, reference = (
        each.encoder.encode(clips, 5.0).states() for each in (whisper, backends["ctranslate2"])
    )
    cosine = (own * reference).sum(-1) / np.linalg.norm(own, axis=-1)
    assert (cosine / np.linalg.norm(reference, axis=-1)).mean() > 0.95


@pytest.mark.parametrize("whisper", CPU_INT8_FIRST, indirect=True)
def test_a_detector_ranks_the_languages_of_windows_and_segments(whisper: Whisper) -> None:
    detector = WhisperLanguageDetector(whisper.encoder, whisper.encoder_settings)
    clip = spoken_pcm(SENTENCES[0])
    half = len(clip) / SAMPLE_RATE / 2
    windows = [
        SpeechWindow(0, 0.0, clip, (SpeechSegment(0.0, half), SpeechSegment(half, 2 * half))),
        SpeechWindow(1, 0.0, spoken_pcm(SENTENCES[1])),
    ]
    uploaded = detector.detect_upload(windows)
    assert [len(each.segments) for each in uploaded] == [2, 0]
    rankings = [*detector.detect_live(windows), *(each.ranked for each in uploaded)]
    assert [ranked[0].language for ranked in rankings] == ["en"] * 4
    for ranked in [*rankings, *uploaded[0].segments]:
        confidences = [each.confidence for each in ranked]
        assert len(confidences) == 99
        assert confidences == sorted(confidences, reverse=True)
        assert sum(confidences) == pytest.approx(1, abs=1e-3)
    for each in uploaded:
        assert each.encoder_output
        assert each.encoder_output.encoder == encoder_name(whisper.encoder_settings)


@pytest.mark.parametrize("whisper", CPU_INT8_FIRST, indirect=True)
def test_several_threads_use_an_encoder_at_once(whisper: Whisper) -> None:
    clips = [spoken_pcm(sentence) for sentence in SENTENCES]
    with ThreadPoolExecutor(3) as pool:
        outputs = list(pool.map(lambda clip: whisper.encoder.encode([clip], 6.0), clips))
        detected = list(pool.map(lambda output: output.languages()[0], outputs))
    expected = [whisper.encoder.encode([clip], 6.0).languages()[0] for clip in clips]
    for one, other in zip(detected, expected, strict=True):
        assert one["en"] == pytest.approx(other["en"], abs=0.01)
