"""Quality checks of hypotheses: repetition, low VAD confidence, repeated sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sentivox.engines.whisper.hypothesis import DecodedText, Hypothesis
from sentivox.engines.whisper.quality import QualityCheck, agreement
from sentivox.engines.whisper.repetition import without_repeats
from sentivox.engines.whisper.tokenizer import TimedTokens
from sentivox.settings import RecognitionSettings

RUSSIAN = (
    "Нажмите один, чтобы включить или выключить свой микрофон. Два, чтобы заблокировать или "
    "разблокировать конференцию. Три, чтобы удалить из конференции последнего вошедшего. Четыре "
    "или шесть для уменьшения или увеличения уровня громкости звука. Пять, чтобы расширить "
    "конференцию. Семь или девять для уменьшения или увеличения громкости вашего голоса. Или "
    "восемь для выхода из конференции."
)
DECODED = DecodedText((), avg_logprob=-0.3, no_speech_prob=0.1, cut_off=False)
PROBABLE, IMPROBABLE = replace(DECODED, avg_logprob=-0.1), replace(DECODED, avg_logprob=-5.9)
CUT_OFF = replace(DECODED, cut_off=True)
PLAUSIBLE = Hypothesis((), list, RUSSIAN, 0.0, DECODED)
LOOP = replace(PLAUSIBLE, text="Спасибо за внимание. " * 12, decoded=PROBABLE)
NONSENSE = replace(PLAUSIBLE, text="v almost fique mach redundant spoon", decoded=IMPROBABLE)

quality = QualityCheck(RecognitionSettings())


def test_long_text_in_a_script_of_two_bytes_per_letter_is_no_repetition() -> None:
    assert PLAUSIBLE.compression_ratio > 2.4
    assert PLAUSIBLE.repetition < 2.4
    assert quality.suppression_reason(PLAUSIBLE) is None


def test_repetition_is_suppressed_in_any_script() -> None:
    for text in (LOOP.text, "Thank you for watching. " * 12, "ありがとうございます。" * 20):
        assert quality.suppression_reason(replace(LOOP, text=text)) == "repetition"


def test_a_repeated_sentence_is_repetition_where_the_no_speech_probability_is_high() -> None:
    repeated = replace(LOOP, text_said_once="Спасибо за внимание.")
    assert quality.suppression_reason(repeated) is None
    silent = replace(repeated, decoded=replace(PROBABLE, no_speech_prob=0.84))
    assert quality.suppression_reason(silent) == "repetition"


def test_a_repetition_loop_ranks_above_very_improbable_text() -> None:
    assert quality.rank(LOOP) > quality.rank(NONSENSE)
    assert quality.rank(PLAUSIBLE) > quality.rank(LOOP)


def test_interim_text_at_its_limit_of_tokens_is_repetition() -> None:
    cut_off = replace(PLAUSIBLE, decoded=CUT_OFF)
    trimmed = replace(PLAUSIBLE, decoded=replace(CUT_OFF, trimmed=True))
    assert quality.suppression_reason(cut_off, interim=True) == "repetition"
    assert quality.suppression_reason(trimmed, interim=True) is None
    assert quality.suppression_reason(cut_off) is None


def test_agreement_counts_letters_alone() -> None:
    assert agreement(" Folder six", "folder, six.") == 1.0
    assert agreement(" Cuarenta", " Quarenta!") > 0.8
    assert agreement(" I am", " Eeeeee") == 0.0


LOW_VAD = 0.5


def hypothesis(text: str, avg_logprob: float = -0.6, no_speech_prob: float = 0.2) -> Hypothesis:
    decoded = replace(DECODED, avg_logprob=avg_logprob, no_speech_prob=no_speech_prob)
    return replace(PLAUSIBLE, text=text, decoded=decoded)


def low_vad_reason(passes: Sequence[Hypothesis], vad_confidence: float) -> str | None:
    return quality.low_vad_suppression_reason(passes, vad_confidence)


def test_with_low_vad_confidence_two_passes_have_to_agree() -> None:
    assert low_vad_reason([hypothesis(" time"), hypothesis(" Time.")], LOW_VAD) is None
    differing = [hypothesis(" I am"), hypothesis(" Eeeeee")]
    assert low_vad_reason(differing, LOW_VAD) == "low_probability"


def test_with_low_vad_confidence_improbable_text_is_suppressed_even_if_passes_agree() -> None:
    twice = [hypothesis(" Music", -1.5), hypothesis(" Music", -1.4)]
    assert low_vad_reason(twice, LOW_VAD) == "low_probability"
    assert low_vad_reason([twice[0], hypothesis(" Music", -0.8)], LOW_VAD) is None


def test_text_has_to_be_more_probable_at_lower_vad_confidence() -> None:
    twice = [hypothesis(" Hey!", -0.8), hypothesis(" Hey!", -0.9)]
    assert low_vad_reason(twice, 0.4) is None
    assert low_vad_reason(twice, 0.2) == "low_probability"
    assert low_vad_reason([hypothesis(" Hey!", -0.4)], 0.0) is None


def test_with_low_vad_confidence_the_no_speech_threshold_is_lower() -> None:
    twice = [hypothesis(" Thank you.", -0.9, 0.6), hypothesis(" Thank you.", -0.9, 0.75)]
    assert low_vad_reason(twice, LOW_VAD) == "no_speech"
    assert quality.suppression_reason(twice[1]) is None


def test_no_vad_confidence_is_low_with_a_threshold_of_0() -> None:
    assert quality.is_low_vad(0.5)
    assert not quality.is_low_vad(0.9)
    assert not QualityCheck(RecognitionSettings(low_vad_confidence=0)).is_low_vad(0.0)


FIRST, SECOND = tuple(range(100, 120)), tuple(range(200, 220))


def sentences(*ids: tuple[int, ...], seconds: float = 4.0) -> list[TimedTokens]:
    return [
        TimedTokens(seconds * place, seconds * (place + 1), each) for place, each in enumerate(ids)
    ]


def kept(segments: list[TimedTokens]) -> list[tuple[int, ...]]:
    return [segment.ids for segment in without_repeats(segments)]


def test_a_sentence_may_be_repeated_twice() -> None:
    nearly = (*FIRST[:-1], 7)
    assert kept(sentences(FIRST, nearly, SECOND, SECOND, SECOND)) == [FIRST, SECOND]
    assert kept(sentences(FIRST, SECOND, FIRST)) == [FIRST, SECOND, FIRST]


def test_more_repeats_or_faster_ones_are_kept_as_a_loop() -> None:
    assert len(kept(sentences(*[FIRST] * 8))) == 6
    assert len(kept(sentences(FIRST, FIRST, FIRST, seconds=1.0))) == 3


def test_repetition_is_measured_without_sentences_that_a_speaker_may_repeat() -> None:
    repeated = replace(LOOP, text_said_once="Спасибо за внимание. ")
    assert quality.suppression_reason(repeated) is None
