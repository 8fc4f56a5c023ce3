"""A session with the real voice detection and the real recogniser."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from preprocessing.nonspeech.synthetic import drums
from sentivox.audio.vad import VadModel
from sentivox.errors import StageUnavailable
from sentivox.pipeline.live_requests import LiveRequest, LiveResult, PreviousTurn
from sentivox.settings import StreamingSettings
from sentivox.streaming.events import (
    InterimText,
    SpeechStarted,
    SpeechStopped,
    TurnCommitted,
    TurnFailed,
)
from sentivox.streaming.session import StreamingSession
from sentivox.types import SAMPLE_RATE, Pcm, Priority, SpeechWindow, TranscriptionOptions
from tests.streaming.conftest import Ears
from tests.streaming.conversation import Conversation, silence
from tests.voices import spoken_pcm

WEATHER = "The weather is lovely today, and I am very happy about it."
ORDER = "Your order has been shipped and will arrive tomorrow morning."
HOLD = "Please hold the line."


PASSAGE = (
    WEATHER,
    ORDER,
    "We walked along the river until the bridge came into view.",
    "My brother works in a hospital near the railway station.",
    "She bought three apples and a loaf of bread for breakfast.",
    "The meeting was moved from Tuesday to Thursday afternoon.",
    "There is a small garden with roses behind the old library.",
    "He learned to play the piano when he was seven years old.",
    "The last train to the city leaves at half past eleven.",
    "They painted the kitchen yellow and the bedroom blue.",
    "Nobody expected that the game would end in the second minute.",
    "In winter the lake is covered with a thick layer of ice.",
)


def without_silence(pcm: Pcm) -> Pcm:
    loud = np.flatnonzero(np.abs(pcm.astype(np.int32)) > 500)
    return pcm[loud[0] : loud[-1]]


def plain(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalpha() or c == " ").strip()


def conversation(
    voices: VadModel, ears: Ears, *, automatic: bool = True, **settings: object
) -> Conversation:
    session = StreamingSession(
        voices,
        TranscriptionOptions(language="en"),
        StreamingSettings.model_validate(settings),
        automatic=automatic,
    )
    return Conversation(session, ears)


def test_what_is_said_comes_back_turn_by_turn(voices: VadModel, ears: Ears) -> None:
    talk = conversation(voices, ears)
    talk.feed(silence(0.5), spoken_pcm(WEATHER), silence(1.5), spoken_pcm(ORDER), silence(1.5))
    assert [plain(turn.text) for turn in talk.turns] == [plain(WEATHER), plain(ORDER)]
    assert [turn.language for turn in talk.turns] == ["en", "en"]
    assert talk.session.idle


@pytest.mark.parametrize("stability", ["agreement", "attention"])
def test_additions_are_exactly_the_final_text(voices: VadModel, ears: Ears, stability: str) -> None:
    talk = conversation(voices, ears, stability=stability)
    talk.feed(spoken_pcm(WEATHER), silence(1.0), spoken_pcm(ORDER), silence(1.0))
    assert len(talk.turns) == 2
    for turn in talk.turns:
        assert talk.added(turn.turn) == turn.text
    before_the_end = [
        event
        for at, event in talk.events
        if isinstance(event, InterimText) and event.added and at < talk.turns[0].end
    ]
    assert before_the_end


def test_events_come_in_their_order(voices: VadModel, ears: Ears) -> None:
    talk = conversation(voices, ears)
    talk.feed(silence(0.5), spoken_pcm(HOLD), silence(1.5))
    kinds = [type(event).__name__ for _, event in talk.events]
    assert list(dict.fromkeys(kinds)) == [
        "SpeechStarted",
        "InterimText",
        "SpeechStopped",
        "TurnCommitted",
        "TurnCompleted",
    ]


def test_times_are_those_of_the_stream(voices: VadModel, ears: Ears) -> None:
    talk = conversation(voices, ears)
    speech = spoken_pcm(HOLD)
    talk.feed(silence(10.0), speech, silence(1.5))
    [turn] = talk.turns
    assert turn.start == pytest.approx(9.8, abs=0.3)
    assert turn.end == pytest.approx(10 + len(speech) / SAMPLE_RATE, abs=0.5)
    words = [word for segment in turn.segments for word in segment.words]
    assert all(turn.start <= word.start <= word.end <= turn.end for word in words)


def test_the_final_text_is_there_when_the_pause_has_lasted(voices: VadModel, ears: Ears) -> None:
    talk = conversation(voices, ears)
    talk.feed(silence(0.5), spoken_pcm(WEATHER), silence(1.5))
    when = {type(event).__name__: at for at, event in talk.events}
    assert when["TurnCompleted"] == when["SpeechStopped"]
    assert talk.requests[-1].end < when["SpeechStopped"]


def test_words_that_stay_are_given_to_the_next_hearing(voices: VadModel, ears: Ears) -> None:
    talk = conversation(voices, ears)
    talk.feed(spoken_pcm(WEATHER), silence(1.0))
    prefixes = [request.prefix for request in talk.requests]
    assert prefixes[0] == ()
    assert len(prefixes[-1]) >= 5
    for shorter, longer in itertools.pairwise(prefixes):
        assert longer[: len(shorter)] == shorter


def test_a_session_by_hand_ends_its_turn_when_told(voices: VadModel, ears: Ears) -> None:
    talk = conversation(voices, ears, automatic=False)
    talk.feed(spoken_pcm(WEATHER), silence(1.5), spoken_pcm(ORDER), silence(1.5))
    assert not talk.turns
    assert not talk.all(SpeechStarted)
    talk.commit()
    [turn] = talk.turns
    assert plain(turn.text) == f"{plain(WEATHER)} {plain(ORDER)}"
    assert talk.added(turn.turn) == turn.text
    assert turn.start == 0.0
    assert turn.end == pytest.approx(talk.session.heard_s)


def test_committed_silence_is_an_empty_turn(voices: VadModel, ears: Ears) -> None:
    talk = conversation(voices, ears, automatic=False)
    assert not talk.session.can_commit(0.1)
    talk.feed(silence(1.0))
    assert talk.session.can_commit(0.1)
    talk.commit()
    [turn] = talk.turns
    assert (turn.text, turn.language, turn.sentiment) == ("", None, None)
    assert not talk.requests


def test_a_turn_can_be_ended_in_the_middle_of_a_word(voices: VadModel, ears: Ears) -> None:
    talk = conversation(voices, ears)
    speech = spoken_pcm(WEATHER)
    half = len(speech) // 2
    talk.feed(speech[:half])
    talk.commit()
    talk.feed(speech[half:], silence(1.5))
    assert len(talk.turns) == 2
    assert talk.turns[1].start >= talk.turns[0].end
    assert [event.previous for event in talk.all(TurnCommitted)] == [None, 1]  # type: ignore[union-attr]


def test_cleared_speech_is_forgotten(voices: VadModel, ears: Ears) -> None:
    talk = conversation(voices, ears)
    talk.feed(spoken_pcm(WEATHER))
    talk.session.clear()
    talk.feed(silence(1.5), spoken_pcm(HOLD), silence(1.5))
    assert [plain(turn.text) for turn in talk.turns] == [plain(HOLD)]


def test_a_long_turn_goes_on_in_new_windows(voices: VadModel, ears: Ears) -> None:
    talk = conversation(voices, ears, window_s=2.0)
    talk.feed(spoken_pcm(WEATHER), silence(0.3), spoken_pcm(ORDER), silence(1.5))
    [turn] = talk.turns
    assert {request.window.index for request in talk.requests} == {0, 1}
    assert plain(turn.text) == f"{plain(WEATHER)} {plain(ORDER)}"
    assert talk.added(turn.turn) == turn.text
    assert max(request.window.seconds for request in talk.requests) < 6


def test_speech_without_a_pause_is_cut_before_it_is_too_long(voices: VadModel, ears: Ears) -> None:
    talk = conversation(voices, ears, interim_interval_s=2.0)
    talk.feed(*(without_silence(spoken_pcm(sentence)) for sentence in PASSAGE), silence(1.5))
    assert max(request.window.seconds for request in talk.requests) <= 30
    assert talk.turns[-1].end > 32
    text = plain(" ".join(turn.text for turn in talk.turns))
    assert sum(plain(sentence).split()[-1] in text for sentence in PASSAGE) >= len(PASSAGE) - 1
    assert max(text.count(plain(sentence)) for sentence in PASSAGE) == 1
    assert len(text.split()) == pytest.approx(len(plain(" ".join(PASSAGE)).split()), abs=4)


def test_sentiment_is_asked_of_every_word_once(voices: VadModel, ears: Ears) -> None:
    talk = conversation(voices, ears, window_s=2.0)
    talk.feed(spoken_pcm(WEATHER), silence(0.3), spoken_pcm(ORDER), silence(1.5))
    finals = [request for request in talk.requests if request.final]
    assert plain(finals[-1].said) == plain(WEATHER)
    assert finals[0].said == ""


def test_windows_that_are_done_keep_no_audio(voices: VadModel, ears: Ears) -> None:
    talk = conversation(voices, ears, automatic=False)
    talk.feed(spoken_pcm(WEATHER), silence(1.5), spoken_pcm(ORDER), silence(1.5))
    [turn] = talk.session._turns.values()
    assert [window.asked for window in turn.windows if window.done] == [None, None]


def test_slow_stages_lose_nothing(voices: VadModel, ears: Ears) -> None:
    talk = conversation(voices, ears)
    talk.delay_s = 4.0
    talk.feed(spoken_pcm(WEATHER), silence(1.0), spoken_pcm(ORDER), silence(1.0))
    talk.settle()
    assert [plain(turn.text) for turn in talk.turns] == [plain(WEATHER), plain(ORDER)]
    assert all(talk.added(turn.turn) == turn.text for turn in talk.turns)


def test_a_draft_that_fails_is_made_up_for(voices: VadModel, ears: Ears) -> None:
    def hard_of_hearing(request: LiveRequest) -> LiveResult | StageUnavailable:
        if request.priority is Priority.INTERIM:
            return StageUnavailable("Not now.")
        return ears(request)

    talk = conversation(voices, ears)
    talk.ears = hard_of_hearing
    talk.feed(spoken_pcm(WEATHER), silence(1.5))
    assert [plain(turn.text) for turn in talk.turns] == [plain(WEATHER)]


def test_a_turn_whose_final_hearing_fails_is_lost_alone(voices: VadModel, ears: Ears) -> None:
    talk = conversation(voices, ears)
    talk.ears = lambda request: StageUnavailable("Not now.")
    talk.feed(spoken_pcm(WEATHER), silence(1.5))
    talk.settle()
    assert len(talk.all(TurnFailed)) == 1
    talk.ears = ears
    talk.feed(spoken_pcm(HOLD), silence(1.5))
    assert [plain(turn.text) for turn in talk.turns] == [plain(HOLD)]
    assert talk.session.idle


def test_silence_and_faint_noise_say_nothing(voices: VadModel, ears: Ears) -> None:
    talk = conversation(voices, ears)
    noise = np.random.default_rng(1).normal(0, 30, 20 * SAMPLE_RATE).astype(np.int16)
    talk.feed(silence(10.0), noise)
    assert not "".join(turn.text for turn in talk.turns)


def test_the_average_mood_weighs_turns_by_their_length(voices: VadModel, ears: Ears) -> None:
    talk = conversation(voices, ears)
    talk.feed(spoken_pcm(WEATHER), silence(1.0), spoken_pcm(HOLD), silence(1.5))
    average = talk.turns[-1].average
    assert average is not None
    assert average.score == pytest.approx(0.6)


def test_new_options_end_the_open_turn_and_hold_from_the_next(voices: VadModel, ears: Ears) -> None:
    talk = conversation(voices, ears)
    talk.feed(spoken_pcm(HOLD))
    talk.act(talk.session.update(TranscriptionOptions(language="de"), automatic=True))
    talk.feed(silence(1.0), spoken_pcm(HOLD), silence(1.5))
    assert len(talk.all(SpeechStopped)) == 2
    assert {request.language for request in talk.requests if request.turn == 2} == {"de"}


def test_memory_is_that_of_the_speech_that_is_waited_for(voices: VadModel, ears: Ears) -> None:
    talk = conversation(voices, ears)
    talk.feed(silence(60.0))
    kept = talk.session._audio
    assert kept.end_s == pytest.approx(60)
    assert (
        len(kept.between(0, 60)) < (StreamingSettings().previous_turn_context_s + 2) * SAMPLE_RATE
    )


def last_final(talk: Conversation, turn: int) -> LiveRequest:
    return [each for each in talk.requests if each.turn == turn and each.final][-1]


def test_last_words_are_heard_along_with_what_was_said_before(voices: VadModel, ears: Ears) -> None:
    talk = conversation(voices, ears)
    talk.feed(spoken_pcm(HOLD), silence(1.0), spoken_pcm(WEATHER), silence(1.5))
    assert last_final(talk, 1).before is None
    request = last_final(talk, 2)
    assert request.before
    assert request.before.language == "en"
    seconds = len(request.before.pcm) / SAMPLE_RATE
    assert request.window.start - seconds == pytest.approx(talk.turns[0].start, abs=0.5)
    assert plain(talk.turns[1].text) == plain(WEATHER)
    [segment] = talk.turns[1].segments
    assert plain(segment.text) == plain(WEATHER)
    assert segment.start == pytest.approx(talk.turns[1].start, abs=0.01)
    assert all(word.start >= segment.start for word in segment.words)


def test_words_longer_ago_or_not_yet_understood_are_left_out(voices: VadModel, ears: Ears) -> None:
    talk = conversation(voices, ears, previous_turn_context_s=2.0)
    talk.feed(spoken_pcm(HOLD), silence(3.0), spoken_pcm(HOLD), silence(1.5))
    assert last_final(talk, 2).before is None
    talk = conversation(voices, ears)
    talk.delay_s = 60.0
    talk.feed(spoken_pcm(HOLD), silence(1.0), spoken_pcm(HOLD), silence(1.5))
    assert last_final(talk, 2).before is None


def test_what_was_said_in_another_language_is_no_help() -> None:
    before = PreviousTurn(silence(2.0), (7, 8), "fr")
    request = LiveRequest(
        turn=2,
        window=SpeechWindow(0, 12.0, silence(1.0)),
        priority=Priority.FINAL,
        language=None,
        expected="fr",
        prefix=(9,),
        draft_tokens=(),
        word_times=True,
        said="",
        before=before,
    )
    window, options = request.to_recognize("fr")
    assert (window.start, window.seconds) == (10.0, 3.0)
    assert (options.prefix, options.returned_tokens, options.returned_until) == ((7, 8, 9), 2, 12.0)
    window, options = request.to_recognize("en")
    assert (window, options.prefix, options.returned_tokens) == (request.window, (9,), 0)


def test_a_request_tells_how_sure_its_voice_is(voices: VadModel, ears: Ears) -> None:
    talk = conversation(voices, ears)
    talk.feed(silence(0.5), spoken_pcm(HOLD), silence(1.5))
    assert talk.requests
    assert all(request.window.voice > 0.8 for request in talk.requests)


def test_a_drum_that_passes_for_a_voice_says_nothing(voices: VadModel, ears: Ears) -> None:
    drum = (0.5 * 32_767 * drums(8.5, np.random.default_rng((1, 0)))).astype(np.int16)
    talk = conversation(voices, ears)
    talk.feed(silence(0.5), drum, silence(1.5))
    assert talk.requests
    assert [turn.text for turn in talk.turns] == [""] * len(talk.turns)
    assert [event for event in talk.all(InterimText) if event.added] == []  # type: ignore[union-attr]
