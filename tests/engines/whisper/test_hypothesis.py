from __future__ import annotations

from dataclasses import replace

from sentivox.engines.whisper.hypothesis import (
    DecodedText,
    Hypothesis,
    without_repeats,
)
from sentivox.engines.whisper.quality import QualityCheck, agreement
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
LIKELY, UNLIKELY = replace(DECODED, avg_logprob=-0.1), replace(DECODED, avg_logprob=-5.9)
ENDLESS = replace(DECODED, cut_off=True)
SOUND = Hypothesis((), list, RUSSIAN, 0.0, DECODED)
LOOP = replace(SOUND, text="Спасибо за внимание. " * 12, decoded=LIKELY)
BABBLE = replace(SOUND, text="v almost fique mach redundant spoon", decoded=UNLIKELY)

judge = QualityCheck(RecognitionSettings())


def test_long_text_in_an_alphabet_of_two_bytes_is_no_loop() -> None:
    assert SOUND.compression_ratio > 2.4
    assert SOUND.repetition < 2.4
    assert judge.suppression_reason(SOUND) is None


def test_a_loop_is_a_loop_in_any_alphabet() -> None:
    for text in (LOOP.text, "Thank you for watching. " * 12, "ありがとうございます。" * 20):
        assert judge.suppression_reason(replace(LOOP, text=text)) == "repetition"


def test_what_is_said_again_is_a_loop_where_nobody_seems_to_speak() -> None:
    again = replace(LOOP, text_without_repeats="Спасибо за внимание.")
    assert judge.suppression_reason(again) is None
    silent = replace(again, decoded=replace(LIKELY, no_speech_prob=0.84))
    assert judge.suppression_reason(silent) == "repetition"


def test_nothing_is_better_than_babble() -> None:
    assert judge.rank(LOOP) > judge.rank(BABBLE)
    assert judge.rank(SOUND) > judge.rank(LOOP)


def test_a_draft_that_ran_out_of_room_is_a_loop() -> None:
    endless = replace(SOUND, decoded=ENDLESS)
    trimmed = replace(SOUND, decoded=replace(ENDLESS, trimmed=True))
    assert judge.suppression_reason(endless, interim=True) == "repetition"
    assert judge.suppression_reason(trimmed, interim=True) is None
    assert judge.suppression_reason(endless) is None


def test_texts_agree_by_their_letters_alone() -> None:
    assert agreement(" Folder six", "folder, six.") == 1.0
    assert agreement(" Cuarenta", " Quarenta!") > 0.8
    assert agreement(" I am", " Eeeeee") == 0.0


VOICE = 0.5


def heard(text: str, avg_logprob: float = -0.6, no_speech_prob: float = 0.2) -> Hypothesis:
    decoded = replace(DECODED, avg_logprob=avg_logprob, no_speech_prob=no_speech_prob)
    return replace(SOUND, text=text, decoded=decoded)


def test_where_hardly_a_voice_is_two_hearings_have_to_agree() -> None:
    assert judge.low_vad_suppression_reason([heard(" time"), heard(" Time.")], VOICE) is None
    assert judge.low_vad_suppression_reason([heard(" I am"), heard(" Eeeeee")], VOICE) == "unlikely"


def test_where_hardly_a_voice_is_unlikely_words_arent_believed_though_they_agree() -> None:
    twice = [heard(" Music", -1.5), heard(" Music", -1.4)]
    assert judge.low_vad_suppression_reason(twice, VOICE) == "unlikely"
    assert judge.low_vad_suppression_reason([twice[0], heard(" Music", -0.8)], VOICE) is None


def test_the_fainter_the_voice_the_likelier_the_words_have_to_be() -> None:
    twice = [heard(" Hey!", -0.8), heard(" Hey!", -0.9)]
    assert judge.low_vad_suppression_reason(twice, vad_confidence=0.4) is None
    assert judge.low_vad_suppression_reason(twice, vad_confidence=0.2) == "unlikely"
    assert judge.low_vad_suppression_reason([heard(" Hey!", -0.4)], vad_confidence=0.0) is None


def test_where_hardly_a_voice_is_silence_is_believed_sooner() -> None:
    twice = [heard(" Thank you.", -0.9, 0.6), heard(" Thank you.", -0.9, 0.75)]
    assert judge.low_vad_suppression_reason(twice, VOICE) == "no_speech"
    assert judge.suppression_reason(twice[1]) is None


def test_no_voice_is_weak_once_the_setting_says_so() -> None:
    assert judge.is_low_vad(0.5)
    assert not judge.is_low_vad(0.9)
    assert not QualityCheck(RecognitionSettings(low_vad_confidence=0)).is_low_vad(0.0)


FIRST, SECOND = tuple(range(100, 120)), tuple(range(200, 220))


def sentences(*ids: tuple[int, ...], seconds: float = 4.0) -> list[TimedTokens]:
    return [
        TimedTokens(seconds * place, seconds * (place + 1), each) for place, each in enumerate(ids)
    ]


def said(segments: list[TimedTokens]) -> list[tuple[int, ...]]:
    return [segment.ids for segment in without_repeats(segments)]


def test_a_sentence_may_be_said_twice_or_thrice() -> None:
    nearly = (*FIRST[:-1], 7)
    assert said(sentences(FIRST, nearly, SECOND, SECOND, SECOND)) == [FIRST, SECOND]
    assert said(sentences(FIRST, SECOND, FIRST)) == [FIRST, SECOND, FIRST]


def test_a_loop_says_it_more_often_or_in_no_time() -> None:
    assert len(said(sentences(*[FIRST] * 8))) == 6
    assert len(said(sentences(FIRST, FIRST, FIRST, seconds=1.0))) == 3


def test_repetition_is_measured_without_what_may_be_said_again() -> None:
    repeated = replace(LOOP, text_without_repeats="Спасибо за внимание. ")
    assert judge.suppression_reason(repeated) is None
