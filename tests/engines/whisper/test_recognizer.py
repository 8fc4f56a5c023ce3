"""Recognition with the embedded weights; one model for the whole file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from tokenizers import Tokenizer

from preprocessing.nonspeech.synthetic import Synthesizer, applause, buzzing, drums, humming
from sentivox.engines.loading import load_recognizer
from sentivox.engines.protocols import RecognitionItem, Recognizer
from sentivox.engines.whisper.fallback import DecodingPass
from sentivox.engines.whisper.hypothesis import DecodedText, Hypothesis
from sentivox.engines.whisper.recognizer import WhisperRecognizer
from sentivox.engines.whisper.tokenizer import TimedTokens, WhisperTokenizer
from sentivox.engines.whisper.word_alignment import AlignedSegment
from sentivox.errors import InvalidRequest
from sentivox.settings import RecognitionSettings
from sentivox.types import (
    SAMPLE_RATE,
    Priority,
    Recognition,
    RecognitionOptions,
    SpeechSegment,
    SpeechWindow,
)
from sentivox.weights.resolve import resolve
from tests.voices import spoken_pcm

SENTENCES = (
    "The weather is lovely today, and I am very happy about it.",
    "Please hold the line.",
    "Your order has been shipped and will arrive tomorrow morning.",
)


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return load_recognizer(RecognitionSettings())


def window(text: str, start: float = 0.0) -> SpeechWindow:
    return SpeechWindow(0, start, spoken_pcm(text))


def item(text: str, start: float = 0.0, **options: object) -> RecognitionItem:
    return RecognitionItem(window(text, start), RecognitionOptions("en", **options))  # type: ignore[arg-type]


def recognition(answer: object) -> Recognition:
    assert isinstance(answer, Recognition)
    return answer


def plain(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalpha() or c == " ").strip()


def text_of(answer: object) -> str:
    return plain("".join(segment.text for segment in recognition(answer).segments))


def test_speech_comes_back_as_its_words(recognizer: Recognizer) -> None:
    answers = recognizer.transcribe([item(sentence) for sentence in SENTENCES])
    assert [text_of(answer) for answer in answers] == [plain(sentence) for sentence in SENTENCES]


def test_a_window_gives_the_same_text_alone_and_in_a_batch(recognizer: Recognizer) -> None:
    together = recognizer.transcribe([item(sentence) for sentence in SENTENCES])
    alone = [recognizer.transcribe([item(sentence)])[0] for sentence in SENTENCES]
    assert [text_of(answer) for answer in together] == [text_of(answer) for answer in alone]


def test_times_are_those_of_the_clip(recognizer: Recognizer) -> None:
    [answer] = recognizer.transcribe([item(SENTENCES[0], start=100.0)])
    segments = recognition(answer).segments
    seconds = window(SENTENCES[0]).seconds
    assert segments[0].start == pytest.approx(100.0, abs=0.5)
    assert segments[-1].end == pytest.approx(100.0 + seconds, abs=0.5)
    assert all(segment.seek == 10_000 for segment in segments)


def test_every_word_has_its_time_when_asked_for(recognizer: Recognizer) -> None:
    [answer] = recognizer.transcribe([item(SENTENCES[2], start=5.0, words=True)])
    words = [word for segment in recognition(answer).segments for word in segment.words]
    assert [plain(word.word) for word in words] == plain(SENTENCES[2]).split()
    times = [time for word in words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert times[0] >= 5.0
    assert times[-1] <= 5.5 + window(SENTENCES[2]).seconds
    assert all(0 < word.probability <= 1 for word in words)


def test_tokens_come_with_spelling_and_probability_when_asked_for(recognizer: Recognizer) -> None:
    [answer] = recognizer.transcribe([item(SENTENCES[1], logprobs=True)])
    segment = recognition(answer).segments[0]
    assert b"".join(segment.token_bytes).decode() == segment.text
    assert len(segment.token_logprobs) == len(segment.tokens)
    assert all(value <= 0 for value in segment.token_logprobs)


def test_confidence_figures_are_what_whisper_would_say(recognizer: Recognizer) -> None:
    [answer] = recognizer.transcribe([item(SENTENCES[0])])
    segment = recognition(answer).segments[0]
    assert -1.0 < segment.avg_logprob < 0
    assert 0 <= segment.no_speech_prob < 0.5
    assert 0.5 < segment.compression_ratio < 2.4


def test_noise_is_not_turned_into_words(recognizer: Recognizer) -> None:
    noise = np.random.default_rng(1).normal(0, 300, 8 * SAMPLE_RATE).astype(np.int16)
    [answer] = recognizer.transcribe(
        [RecognitionItem(SpeechWindow(0, 0.0, noise), RecognitionOptions("en"))]
    )
    assert len(text_of(answer)) < 20


def test_prompts_of_different_lengths_and_both_tasks_share_a_call(recognizer: Recognizer) -> None:
    answers = recognizer.transcribe(
        [
            item(SENTENCES[0], prompt="A report on the weather."),
            item(SENTENCES[1], task="translate"),
            item(SENTENCES[2]),
        ]
    )
    assert [text_of(answer) for answer in answers] == [plain(sentence) for sentence in SENTENCES]


def test_a_prompt_decides_how_a_name_is_spelled(recognizer: Recognizer) -> None:
    sentence = "I spoke to Kathryn about it."
    [answer] = recognizer.transcribe([item(sentence, prompt="Kathryn, Kathryn, Kathryn.")])
    assert "kathryn" in text_of(answer)


def test_an_unknown_language_fails_alone(recognizer: Recognizer) -> None:
    strange = RecognitionItem(window(SENTENCES[1]), RecognitionOptions("tlh"))
    answers = recognizer.transcribe([item(SENTENCES[0]), strange, item(SENTENCES[2])])
    assert isinstance(answers[1], InvalidRequest)
    assert text_of(answers[0]) == plain(SENTENCES[0])
    assert text_of(answers[2]) == plain(SENTENCES[2])


def test_a_translation_by_weights_that_cannot_translate_fails_alone() -> None:
    recognizer = load_recognizer(RecognitionSettings(translates=False))
    answers = recognizer.transcribe([item(SENTENCES[0]), item(SENTENCES[1], task="translate")])
    assert text_of(answers[0]) == plain(SENTENCES[0])
    assert isinstance(answers[1], InvalidRequest)
    assert "ask for a transcription" in answers[1].detail


def test_padding_is_counted_in_steps_up_to_whispers_context(recognizer: Recognizer) -> None:
    costs = [
        recognizer.padded_seconds(seconds, Priority.UPLOAD)
        for seconds in (0.5, 2.0, 10.0, 26.0, 30.0)
    ]
    assert costs == sorted(costs)
    assert costs[0] >= 3.5
    assert costs[-1] == 30.0


def test_a_known_beginning_is_kept_and_the_rest_is_heard(recognizer: Recognizer) -> None:
    [whole] = recognizer.transcribe([item(SENTENCES[2], words=True)])
    words = [word for segment in recognition(whole).segments for word in segment.words]
    prefix = tuple(token for word in words[:3] for token in word.tokens)
    live = {"priority": Priority.FINAL, "words": True}
    others = [item(SENTENCES[1], **live), item(SENTENCES[0], prefix=prefix[:1], **live)]
    [answer, *_] = recognizer.transcribe([item(SENTENCES[2], prefix=prefix, **live), *others])
    assert text_of(answer) == plain(SENTENCES[2])
    heard = tuple(token for segment in recognition(answer).segments for token in segment.tokens)
    assert heard[: len(prefix)] == prefix


def test_a_known_beginning_that_ends_a_sentence_doesnt_end_the_text(
    recognizer: Recognizer,
) -> None:
    passage = np.concatenate([spoken_pcm(sentence) for sentence in SENTENCES])

    def heard(prefix: tuple[int, ...] = ()) -> Recognition:
        options = RecognitionOptions("en", words=True, prefix=prefix, priority=Priority.FINAL)
        [answer] = recognizer.transcribe([RecognitionItem(SpeechWindow(0, 0.0, passage), options)])
        return recognition(answer)

    words = [word for segment in heard().segments for word in segment.words]
    ends = [number for number, word in enumerate(words, 1) if word.word.endswith(".")]
    assert len(ends) == 3
    for end in ends[:2]:
        prefix = tuple(token for word in words[:end] for token in word.tokens)
        assert text_of(heard(prefix)) == " ".join(plain(sentence) for sentence in SENTENCES)


def test_words_and_their_tokens_are_all_of_the_text(recognizer: Recognizer) -> None:
    [answer] = recognizer.transcribe([item(SENTENCES[0], words=True)])
    for segment in recognition(answer).segments:
        assert "".join(word.word for word in segment.words) == segment.text
        assert tuple(t for word in segment.words for t in word.tokens) == segment.tokens


class LoopsAtFirst:
    """An engine whose first hearing goes in circles."""

    def __init__(self) -> None:
        self.stop_on_repetition: list[bool] = []
        self.ranked: list[tuple[int, ...]] = []

    def mixes_contexts(self, attempt: DecodingPass) -> bool:
        return False

    def decode(
        self, items: Sequence[RecognitionItem], contexts: Sequence[float], attempt: DecodingPass
    ) -> list[Hypothesis]:
        self.stop_on_repetition.append(attempt.stop_on_repetition)
        self.ranked.append(items[0].options.draft_tokens)
        first = len(self.stop_on_repetition) == 1
        heard = DecodedText((7, 8, 9), avg_logprob=-0.2, no_speech_prob=0.0, cut_off=first)
        return [Hypothesis((), list, " some words", attempt.temperature, heard)]


def test_a_final_that_loops_is_given_up_early_and_guides_its_second_hearing() -> None:
    engine = LoopsAtFirst()
    settings = RecognitionSettings()
    recognizer = WhisperRecognizer(engine, WhisperTokenizer(resolve(settings.model)), settings)
    silence = SpeechWindow(0, 0.0, np.zeros(SAMPLE_RATE, np.int16))
    options = RecognitionOptions("en", prefix=(7,), draft_tokens=(5,), priority=Priority.FINAL)
    recognizer.transcribe([RecognitionItem(silence, options)])
    assert engine.stop_on_repetition == [True, False]
    assert engine.ranked == [(5,), (8, 9)]


def test_what_an_earlier_window_answered_is_left_out(recognizer: Recognizer) -> None:
    hold, order = (spoken_pcm(text) for text in SENTENCES[1:])
    told = RecognitionOptions("en", words=True, priority=Priority.FINAL)
    [first] = recognizer.transcribe([RecognitionItem(SpeechWindow(0, 5.0, hold), told)])
    [segment] = recognition(first).segments
    border = 5.0 + len(hold) / SAMPLE_RATE
    both = SpeechWindow(0, 5.0, np.concatenate([hold, order]))
    options = replace(
        told,
        prefix=segment.tokens,
        returned_tokens=len(segment.tokens),
        returned_until=border,
    )
    [second] = recognizer.transcribe([RecognitionItem(both, options)])
    assert text_of(second) == plain(SENTENCES[2])
    [segment] = recognition(second).segments
    assert segment.start == pytest.approx(border, abs=0.01)
    assert "".join(word.word for word in segment.words) == segment.text
    assert segment.words[0].start == pytest.approx(border, abs=0.3)


class Unsure:
    """An engine that is never sure, and remembers what it was given."""

    def __init__(self) -> None:
        self.contexts: list[float] = []

    def mixes_contexts(self, attempt: DecodingPass) -> bool:
        return False

    def decode(
        self, items: Sequence[RecognitionItem], contexts: Sequence[float], attempt: DecodingPass
    ) -> list[Hypothesis]:
        self.contexts.append(contexts[0])
        heard = DecodedText((7, 8), avg_logprob=-0.7, no_speech_prob=0.0, cut_off=False)
        return [Hypothesis((), list, " some words", attempt.temperature, heard)]


@pytest.mark.parametrize(("allow_final_fallback", "hearings"), [(False, 1), (True, 2)])
def test_an_unsure_final_is_heard_twice_when_nobody_waits(
    allow_final_fallback: bool, hearings: int
) -> None:
    engine = Unsure()
    settings = RecognitionSettings()
    recognizer = WhisperRecognizer(engine, WhisperTokenizer(resolve(settings.model)), settings)
    second = SpeechWindow(0, 0.0, np.zeros(SAMPLE_RATE, np.int16))
    options = RecognitionOptions(
        "en", priority=Priority.FINAL, allow_final_fallback=allow_final_fallback
    )
    recognizer.transcribe([RecognitionItem(second, options)])
    assert len(engine.contexts) == hearings
    assert engine.contexts[1:] == [1.0 + settings.final_fallback_padding_s] * (hearings - 1)


def test_a_draft_is_heard_once_with_little_context_however_quiet_it_is() -> None:
    engine = Unsure()
    settings = RecognitionSettings()
    recognizer = WhisperRecognizer(engine, WhisperTokenizer(resolve(settings.model)), settings)
    second = SpeechWindow(0, 0.0, np.zeros(SAMPLE_RATE, np.int16))
    options = RecognitionOptions("en", priority=Priority.INTERIM, allow_final_fallback=True)
    recognizer.transcribe([RecognitionItem(second, options)])
    assert engine.contexts == [1.0 + settings.interim_context_padding_s]


class Says:
    """An engine that says one text after the other, whatever it hears."""

    def __init__(self, *texts: str) -> None:
        folder = resolve(RecognitionSettings().model)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._texts = list(texts)
        self.attempts: list[DecodingPass] = []
        self.items: list[RecognitionItem] = []

    def mixes_contexts(self, attempt: DecodingPass) -> bool:
        return False

    def decode(
        self, items: Sequence[RecognitionItem], contexts: Sequence[float], attempt: DecodingPass
    ) -> list[Hypothesis]:
        self.attempts.append(attempt)
        self.items += items
        text = self._texts.pop(0)
        ids = tuple(self._tokenizer.encode(text, add_special_tokens=False).ids)
        said = (TimedTokens(0.0, 1.0, ids),)
        heard = DecodedText(ids, avg_logprob=-0.3, no_speech_prob=0.1, cut_off=False)
        aligned = [AlignedSegment((), ())]
        return [Hypothesis(said, lambda: aligned, text, attempt.temperature, heard)]


def unsure(voice: float, **options: object) -> RecognitionItem:
    """A second in which a voice may be."""
    pcm = np.zeros(SAMPLE_RATE, np.int16)
    window = SpeechWindow(0, 0.0, pcm, (SpeechSegment(0.0, 1.0, voice),))
    return RecognitionItem(window, RecognitionOptions("en", **options))  # type: ignore[arg-type]


def said_by(engine: Says, item: RecognitionItem) -> Recognition:
    settings = RecognitionSettings()
    recognizer = WhisperRecognizer(engine, WhisperTokenizer(resolve(settings.model)), settings)
    return recognition(recognizer.transcribe([item])[0])


def test_who_is_heard_once_neednt_wait_for_who_is_heard_again() -> None:
    engine = Says(" Wait, wait, wait,", " Hello.", " Wait.")
    settings = RecognitionSettings(context_padding_s=None)
    recognizer = WhisperRecognizer(engine, WhisperTokenizer(resolve(settings.model)), settings)
    sure, weak = unsure(1.0), unsure(0.5, prompt="Well.")
    # The prompt is of another length, so that the engine hears one window at a time.
    found = recognizer.transcribe_as_completed([weak, sure])
    number, answer = next(found)
    assert (number, len(engine.attempts)) == (1, 2)
    assert text_of(recognition(answer)) == "hello"
    assert [number for number, _ in found] == [0]
    assert len(engine.attempts) == 3


def test_where_hardly_a_voice_is_words_are_heard_twice_and_believed_if_they_come_back() -> None:
    engine = Says(" Hello.", " Hello!")
    assert text_of(said_by(engine, unsure(0.5))) == "hello"
    assert [attempt.context_padding_s for attempt in engine.attempts] == [3.0, None]


def test_where_hardly_a_voice_is_other_words_each_time_are_kept_out() -> None:
    engine = Says(" Thank you.", " Subtitles by nobody")
    answer = said_by(engine, unsure(0.5))
    assert answer.segments == ()
    assert [each.reason for each in answer.suppressed] == ["unlikely"]
    assert len(engine.attempts) == 2


def test_a_sure_voice_is_heard_once() -> None:
    engine = Says(" Hello.")
    assert text_of(said_by(engine, unsure(0.9))) == "hello"


def test_a_draft_waits_for_a_surer_voice() -> None:
    assert said_by(Says(" Hello."), unsure(0.5, priority=Priority.INTERIM)).segments == ()
    assert text_of(said_by(Says(" Hello."), unsure(0.9, priority=Priority.INTERIM))) == "hello"


def test_words_that_have_been_given_out_stay_however_weak_the_voice() -> None:
    engine = Says(" Hello.")
    assert text_of(said_by(engine, unsure(0.5, priority=Priority.FINAL, prefix=(7,)))) == "hello"


def test_hardly_a_voice_is_heard_without_what_was_said_before() -> None:
    pcm = np.zeros(3 * SAMPLE_RATE, np.int16)
    window = SpeechWindow(0, 4.0, pcm, (SpeechSegment(5.0, 7.0, 0.5),))
    options = RecognitionOptions(
        "en", priority=Priority.FINAL, prefix=(7, 8), returned_tokens=2, returned_until=5.0
    )
    engine = Says(" Hello.", " Hello.")
    answer = said_by(engine, RecognitionItem(window, options))
    assert text_of(answer) == "hello"
    assert [(item.window.start, item.options.prefix) for item in engine.items] == [(5.0, ())] * 2


def test_real_words_are_believed_where_voice_detection_was_unsure(recognizer: Recognizer) -> None:
    pcm = spoken_pcm(SENTENCES[1])
    seconds = len(pcm) / SAMPLE_RATE
    window = SpeechWindow(0, 0.0, pcm, (SpeechSegment(0.0, seconds, 0.4),))
    [answer] = recognizer.transcribe([RecognitionItem(window, RecognitionOptions("en"))])
    assert text_of(answer) == plain(SENTENCES[1])


@pytest.mark.parametrize("maker", [drums, humming, buzzing, applause])
def test_sounds_that_pass_for_a_voice_arent_turned_into_words(
    maker: Synthesizer, recognizer: Recognizer
) -> None:
    pcm = (0.5 * 32_767 * maker(2.0, np.random.default_rng(3))).astype(np.int16)
    window = SpeechWindow(0, 0.0, pcm, (SpeechSegment(0.0, 2.0, 0.5),))
    [answer] = recognizer.transcribe([RecognitionItem(window, RecognitionOptions("en"))])
    assert recognition(answer).segments == ()


class Likely:
    """An engine whose text is as likely as its language."""

    def __init__(self, **logprobs: float) -> None:
        self._logprobs = logprobs
        self.heard: list[tuple[str, int]] = []

    def mixes_contexts(self, attempt: DecodingPass) -> bool:
        return False

    def decode(
        self, items: Sequence[RecognitionItem], contexts: Sequence[float], attempt: DecodingPass
    ) -> list[Hypothesis]:
        language = items[0].options.language
        self.heard.append((language, attempt.beam_size))
        said = (TimedTokens(0.0, 1.0, (7, 8)),)
        heard = DecodedText((7, 8), self._logprobs[language], no_speech_prob=0.1, cut_off=False)
        aligned = [AlignedSegment((), ())]
        return [Hypothesis(said, lambda: aligned, " words", attempt.temperature, heard)]


def languages_said(engine: Likely, alternative_language: str | None) -> list[str]:
    settings = RecognitionSettings()
    recognizer = WhisperRecognizer(engine, WhisperTokenizer(resolve(settings.model)), settings)
    [answer] = recognizer.transcribe([unsure(1.0, alternative_language=alternative_language)])
    return [segment.language for segment in recognition(answer).segments]


def test_unlikely_text_is_heard_in_the_language_that_it_may_be_instead() -> None:
    engine = Likely(en=-1.2, nl=-0.4)
    assert languages_said(engine, "nl") == ["nl"]
    assert engine.heard == [("en", 1), ("nl", 1)]


def test_of_two_unlikely_languages_the_likelier_stays_without_a_wider_search() -> None:
    engine = Likely(en=-1.2, nl=-1.4)
    assert languages_said(engine, "nl") == ["en"]
    assert engine.heard == [("en", 1), ("nl", 1)]


def test_likely_text_is_heard_in_one_language() -> None:
    engine = Likely(en=-0.6, nl=-0.1)
    assert languages_said(engine, "nl") == ["en"]
    assert engine.heard == [("en", 1)]


@pytest.mark.parametrize("alternative_language", [None, "tlh"])
def test_unlikely_text_in_a_language_that_is_sure_is_searched_more_widely(
    alternative_language: str | None,
) -> None:
    engine = Likely(en=-1.2)
    assert languages_said(engine, alternative_language) == ["en"]
    assert engine.heard == [("en", 1), ("en", 5)]


class Ends:
    """An engine whose text ends at a second and a half, and then says whatever is left."""

    def __init__(self, *marks: int) -> None:
        self._marks = marks
        self.seconds: list[float] = []

    def mixes_contexts(self, attempt: DecodingPass) -> bool:
        return False

    def decode(
        self, items: Sequence[RecognitionItem], contexts: Sequence[float], attempt: DecodingPass
    ) -> list[Hypothesis]:
        self.seconds.append(items[0].window.seconds)
        heard = DecodedText((7, *self._marks), -0.3, 0.1, cut_off=False)
        said = (TimedTokens(0.0, 1.6, (7,)),)
        aligned = [AlignedSegment((), ())]
        return [Hypothesis(said, lambda: aligned, " so", attempt.temperature, heard)]


@pytest.mark.parametrize(("marks", "hearings"), [(1, [2.6]), (2, [2.6, 1.0])])
def test_a_short_rest_is_heard_where_the_text_says_that_it_goes_on(
    marks: int, hearings: list[float]
) -> None:
    timestamp = WhisperTokenizer(resolve(RecognitionSettings().model)).no_speech + 2 + 80
    engine = Ends(*[timestamp] * marks)
    settings = RecognitionSettings()
    recognizer = WhisperRecognizer(engine, WhisperTokenizer(resolve(settings.model)), settings)
    pcm = np.zeros(int(2.6 * SAMPLE_RATE), np.int16)
    window = SpeechWindow(0, 0.0, pcm, (SpeechSegment(0.0, 2.6),))
    recognizer.transcribe([RecognitionItem(window, RecognitionOptions("en"))])
    assert engine.seconds == pytest.approx(hearings)


class SkipsWhatIsSaidAgain:
    """An engine that writes half a dozen words for anything, and says that they took all of it."""

    def __init__(self) -> None:
        self.heard: list[tuple[float, float]] = []

    def mixes_contexts(self, attempt: DecodingPass) -> bool:
        return False

    def decode(
        self, items: Sequence[RecognitionItem], contexts: Sequence[float], attempt: DecodingPass
    ) -> list[Hypothesis]:
        self.heard += [(item.window.start, item.window.seconds) for item in items]
        return [self._one(item.window.seconds, attempt) for item in items]

    def _one(self, seconds: float, attempt: DecodingPass) -> Hypothesis:
        words = tuple(range(7, 14))
        heard = DecodedText(words, -0.3, 0.1, cut_off=False)
        aligned = [AlignedSegment((), ())]
        segments = (TimedTokens(0.0, seconds, words),)
        return Hypothesis(segments, lambda: aligned, " so", attempt.temperature, heard)


@pytest.mark.parametrize(
    ("speech", "starts"),
    [
        ([(0.0, 3.5), (4.0, 7.5), (8.0, 11.5)], [0.0, 3.75, 7.75]),
        ([(0.0, 3.5)], [0.0]),
        ([(0.0, 11.5)], [0.0]),
        ([(0.0, 1.0), (10.5, 11.5)], [0.0]),
    ],
    ids=["said again", "said once", "said without a pause", "said after a pause"],
)
def test_what_takes_too_long_for_its_words_is_heard_in_parts(
    speech: list[tuple[float, float]], starts: list[float]
) -> None:
    engine = SkipsWhatIsSaidAgain()
    settings = RecognitionSettings()
    recognizer = WhisperRecognizer(engine, WhisperTokenizer(resolve(settings.model)), settings)
    pcm = np.zeros(int(speech[-1][1] * SAMPLE_RATE), np.int16)
    window = SpeechWindow(0, 0.0, pcm, tuple(SpeechSegment(*each) for each in speech))
    [answer] = recognizer.transcribe([RecognitionItem(window, RecognitionOptions("en"))])
    assert [each.start for each in recognition(answer).segments] == starts
