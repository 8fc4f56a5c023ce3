from __future__ import annotations

from dataclasses import replace

from sentivox.models.whisper_hypothesis import DecodedText, Hypothesis, Judge
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

judge = Judge(RecognitionSettings())


def test_long_text_in_an_alphabet_of_two_bytes_is_no_loop() -> None:
    assert SOUND.compression_ratio > 2.4
    assert SOUND.repetition < 2.4
    assert judge.disbelief(SOUND) is None


def test_a_loop_is_a_loop_in_any_alphabet() -> None:
    for text in (LOOP.text, "Thank you for watching. " * 12, "ありがとうございます。" * 20):
        assert judge.disbelief(replace(LOOP, text=text)) == "repetition"


def test_nothing_is_better_than_babble() -> None:
    assert judge.rank(LOOP) > judge.rank(BABBLE)
    assert judge.rank(SOUND) > judge.rank(LOOP)


def test_a_draft_that_ran_out_of_room_is_a_loop() -> None:
    endless = replace(SOUND, decoded=ENDLESS)
    trimmed = replace(SOUND, decoded=replace(ENDLESS, trimmed=True))
    assert judge.disbelief(endless, draft=True) == "repetition"
    assert judge.disbelief(trimmed, draft=True) is None
    assert judge.disbelief(endless) is None
