"""A session with real voice activity detection and the real recogniser."""

from __future__ import annotations

import itertools
import tracemalloc
import weakref

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
from tests.streaming.conftest import Recognize
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
    vad: VadModel, recognize: Recognize, *, automatic: bool = True, **settings: object
) -> Conversation:
    session = StreamingSession(
        vad,
        TranscriptionOptions(language="en"),
        StreamingSettings.model_validate(settings),
        automatic=automatic,
    )
    return Conversation(session, recognize)


@pytest.mark.slow
def test_every_turn_has_its_text_and_language(vad: VadModel, recognize: Recognize) -> None:
    talk = conversation(vad, recognize)
    talk.feed(silence(0.5), spoken_pcm(WEATHER), silence(1.5), spoken_pcm(ORDER), silence(1.5))
    assert [plain(turn.text) for turn in talk.turns] == [plain(WEATHER), plain(ORDER)]
    assert [turn.language for turn in talk.turns] == ["en", "en"]
    assert talk.session.open_turn is None


def test_additions_are_exactly_the_final_text(vad: VadModel, recognize: Recognize) -> None:
    talk = conversation(vad, recognize)
    talk.feed(spoken_pcm(WEATHER), silence(1.0), spoken_pcm(ORDER), silence(1.0))
    assert len(talk.turns) == 2
    for turn in talk.turns:
        assert talk.added(turn.turn) == turn.text
    added_before_the_end = [
        event
        for at, event in talk.events
        if isinstance(event, InterimText) and event.added and at < talk.turns[0].end
    ]
    assert added_before_the_end


def test_events_of_a_turn_come_in_order(vad: VadModel, recognize: Recognize) -> None:
    talk = conversation(vad, recognize)
    talk.feed(silence(0.5), spoken_pcm(HOLD), silence(1.5))
    kinds = [type(event).__name__ for _, event in talk.events]
    assert list(dict.fromkeys(kinds)) == [
        "SpeechStarted",
        "InterimText",
        "SpeechStopped",
        "TurnCommitted",
        "TurnCompleted",
    ]


def test_times_count_from_the_start_of_the_session(vad: VadModel, recognize: Recognize) -> None:
    talk = conversation(vad, recognize)
    speech = spoken_pcm(HOLD)
    talk.feed(silence(10.0), speech, silence(1.5))
    [turn] = talk.turns
    assert turn.start == pytest.approx(9.8, abs=0.3)
    assert turn.end == pytest.approx(10 + len(speech) / SAMPLE_RATE, abs=0.5)
    words = [word for segment in turn.segments for word in segment.words]
    assert all(turn.start <= word.start <= word.end <= turn.end for word in words)


@pytest.mark.slow
def test_the_final_text_is_ready_when_the_pause_ends_the_turn(
    vad: VadModel, recognize: Recognize
) -> None:
    talk = conversation(vad, recognize)
    talk.feed(silence(0.5), spoken_pcm(WEATHER), silence(1.5))
    when = {type(event).__name__: at for at, event in talk.events}
    assert when["TurnCompleted"] == when["SpeechStopped"]
    assert talk.requests[-1].end < when["SpeechStopped"]


def test_stable_words_are_the_prefix_of_the_next_request(
    vad: VadModel, recognize: Recognize
) -> None:
    talk = conversation(vad, recognize)
    talk.feed(spoken_pcm(WEATHER), silence(1.0))
    prefixes = [request.prefix for request in talk.requests]
    assert prefixes[0] == ()
    assert len(prefixes[-1]) >= 5
    for shorter, longer in itertools.pairwise(prefixes):
        assert longer[: len(shorter)] == shorter


@pytest.mark.slow
def test_without_turn_detection_only_commit_ends_a_turn(
    vad: VadModel, recognize: Recognize
) -> None:
    talk = conversation(vad, recognize, automatic=False)
    talk.feed(spoken_pcm(WEATHER), silence(1.5), spoken_pcm(ORDER), silence(1.5))
    assert not talk.turns
    assert not talk.all(SpeechStarted)
    talk.commit()
    [turn] = talk.turns
    assert plain(turn.text) == f"{plain(WEATHER)} {plain(ORDER)}"
    assert talk.added(turn.turn) == turn.text
    assert turn.start == 0.0
    assert turn.end == pytest.approx(talk.session.received_s)


def test_committed_silence_is_an_empty_turn(vad: VadModel, recognize: Recognize) -> None:
    talk = conversation(vad, recognize, automatic=False)
    assert not talk.session.can_commit(0.1)
    talk.feed(silence(1.0))
    assert talk.session.can_commit(0.1)
    talk.commit()
    [turn] = talk.turns
    assert (turn.text, turn.language, turn.sentiment) == ("", None, None)
    assert not talk.requests


@pytest.mark.slow
def test_commit_can_end_a_turn_inside_a_word(vad: VadModel, recognize: Recognize) -> None:
    talk = conversation(vad, recognize)
    speech = spoken_pcm(WEATHER)
    half = len(speech) // 2
    talk.feed(speech[:half])
    talk.commit()
    talk.feed(speech[half:], silence(1.5))
    assert len(talk.turns) == 2
    assert talk.turns[1].start >= talk.turns[0].end
    assert [event.previous for event in talk.all(TurnCommitted)] == [None, 1]  # type: ignore[union-attr]


@pytest.mark.slow
def test_cleared_speech_has_no_text(vad: VadModel, recognize: Recognize) -> None:
    talk = conversation(vad, recognize)
    talk.feed(spoken_pcm(WEATHER))
    talk.session.clear()
    talk.feed(silence(1.5), spoken_pcm(HOLD), silence(1.5))
    assert [plain(turn.text) for turn in talk.turns] == [plain(HOLD)]


@pytest.mark.slow
def test_a_long_turn_continues_in_new_windows(vad: VadModel, recognize: Recognize) -> None:
    talk = conversation(vad, recognize, window_s=2.0)
    talk.feed(spoken_pcm(WEATHER), silence(0.3), spoken_pcm(ORDER), silence(1.5))
    [turn] = talk.turns
    assert {request.window.index for request in talk.requests} == {0, 1}
    assert plain(turn.text) == f"{plain(WEATHER)} {plain(ORDER)}"
    assert talk.added(turn.turn) == turn.text
    assert max(request.window.seconds for request in talk.requests) < 6


@pytest.mark.slow
def test_speech_without_a_pause_is_cut_at_the_maximum_length(
    vad: VadModel, recognize: Recognize
) -> None:
    talk = conversation(vad, recognize, interim_interval_s=2.0)
    talk.feed(*(without_silence(spoken_pcm(sentence)) for sentence in PASSAGE), silence(1.5))
    assert max(request.window.seconds for request in talk.requests) <= 30
    assert talk.turns[-1].end > 32
    text = plain(" ".join(turn.text for turn in talk.turns))
    assert sum(plain(sentence).split()[-1] in text for sentence in PASSAGE) >= len(PASSAGE) - 1
    assert max(text.count(plain(sentence)) for sentence in PASSAGE) == 1
    assert len(text.split()) == pytest.approx(len(plain(" ".join(PASSAGE)).split()), abs=4)


@pytest.mark.slow
def test_a_final_request_has_the_text_of_earlier_windows_for_the_sentiment(
    vad: VadModel, recognize: Recognize
) -> None:
    talk = conversation(vad, recognize, window_s=2.0)
    talk.feed(spoken_pcm(WEATHER), silence(0.3), spoken_pcm(ORDER), silence(1.5))
    finals = [request for request in talk.requests if request.final]
    assert plain(finals[-1].said) == plain(WEATHER)
    assert finals[0].said == ""


@pytest.mark.slow
def test_finished_windows_hold_no_audio(vad: VadModel, recognize: Recognize) -> None:
    talk = conversation(vad, recognize, automatic=False)
    talk.feed(spoken_pcm(WEATHER), silence(1.5), spoken_pcm(ORDER), silence(1.5))
    audio = [weakref.ref(request.window.pcm) for request in talk.requests]
    talk.requests.clear()
    assert len(audio) > 2
    assert all(reference() is None for reference in audio)


@pytest.mark.slow
def test_late_results_lose_no_text(vad: VadModel, recognize: Recognize) -> None:
    talk = conversation(vad, recognize)
    talk.delay_s = 4.0
    talk.feed(spoken_pcm(WEATHER), silence(1.0), spoken_pcm(ORDER), silence(1.0))
    talk.answer_all()
    assert [plain(turn.text) for turn in talk.turns] == [plain(WEATHER), plain(ORDER)]
    assert all(talk.added(turn.turn) == turn.text for turn in talk.turns)


def test_failed_interim_requests_do_not_affect_the_final_text(
    vad: VadModel, recognize: Recognize
) -> None:
    def recognize_final_only(request: LiveRequest) -> LiveResult | StageUnavailable:
        if request.priority is Priority.INTERIM:
            return StageUnavailable("Not now.")
        return recognize(request)

    talk = conversation(vad, recognize)
    talk.recognize = recognize_final_only
    talk.feed(spoken_pcm(WEATHER), silence(1.5))
    assert [plain(turn.text) for turn in talk.turns] == [plain(WEATHER)]


def test_a_failed_final_request_fails_only_its_turn(vad: VadModel, recognize: Recognize) -> None:
    talk = conversation(vad, recognize)
    talk.recognize = lambda request: StageUnavailable("Not now.")
    talk.feed(spoken_pcm(WEATHER), silence(1.5))
    talk.answer_all()
    assert len(talk.all(TurnFailed)) == 1
    talk.recognize = recognize
    talk.feed(spoken_pcm(HOLD), silence(1.5))
    assert [plain(turn.text) for turn in talk.turns] == [plain(HOLD)]
    assert talk.session.open_turn is None


def test_silence_and_faint_noise_have_no_text(vad: VadModel, recognize: Recognize) -> None:
    talk = conversation(vad, recognize)
    noise = np.random.default_rng(1).normal(0, 30, 20 * SAMPLE_RATE).astype(np.int16)
    talk.feed(silence(10.0), noise)
    assert not "".join(turn.text for turn in talk.turns)


@pytest.mark.slow
def test_the_average_sentiment_covers_all_turns(vad: VadModel, recognize: Recognize) -> None:
    talk = conversation(vad, recognize)
    talk.feed(spoken_pcm(WEATHER), silence(1.0), spoken_pcm(HOLD), silence(1.5))
    average = talk.turns[-1].average
    assert average is not None
    assert average.score == pytest.approx(0.6)


@pytest.mark.slow
def test_new_options_end_the_open_turn_and_apply_from_the_next(
    vad: VadModel, recognize: Recognize
) -> None:
    talk = conversation(vad, recognize)
    talk.feed(spoken_pcm(HOLD))
    talk.act(talk.session.update(TranscriptionOptions(language="de"), automatic=True))
    talk.feed(silence(1.0), spoken_pcm(HOLD), silence(1.5))
    assert len(talk.all(SpeechStopped)) == 2
    assert {request.language for request in talk.requests if request.turn == 2} == {"de"}


def test_memory_does_not_grow_during_silence(vad: VadModel, recognize: Recognize) -> None:
    talk = conversation(vad, recognize)
    talk.feed(silence(20.0))
    tracemalloc.start()
    try:
        talk.feed(silence(60.0))
        growth, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert growth < 2 * SAMPLE_RATE * StreamingSettings().previous_turn_context_s * 2


def last_final(talk: Conversation, turn: int) -> LiveRequest:
    return [each for each in talk.requests if each.turn == turn and each.final][-1]


@pytest.mark.slow
def test_a_short_turn_is_decoded_together_with_the_turn_before(
    vad: VadModel, recognize: Recognize
) -> None:
    talk = conversation(vad, recognize)
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


@pytest.mark.slow
def test_a_turn_too_long_ago_or_without_final_text_is_no_context(
    vad: VadModel, recognize: Recognize
) -> None:
    talk = conversation(vad, recognize, previous_turn_context_s=2.0)
    talk.feed(spoken_pcm(HOLD), silence(3.0), spoken_pcm(HOLD), silence(1.5))
    assert last_final(talk, 2).before is None
    talk = conversation(vad, recognize)
    talk.delay_s = 60.0
    talk.feed(spoken_pcm(HOLD), silence(1.0), spoken_pcm(HOLD), silence(1.5))
    assert last_final(talk, 2).before is None


def test_a_turn_in_another_language_is_no_context() -> None:
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
    window, options = request.recognition_input("fr")
    assert (window.start, window.seconds) == (10.0, 3.0)
    assert (options.prefix, options.returned_tokens, options.returned_until) == ((7, 8, 9), 2, 12.0)
    window, options = request.recognition_input("en")
    assert (window, options.prefix, options.returned_tokens) == (request.window, (9,), 0)


def test_a_request_has_the_confidence_of_voice_activity_detection(
    vad: VadModel, recognize: Recognize
) -> None:
    talk = conversation(vad, recognize)
    talk.feed(silence(0.5), spoken_pcm(HOLD), silence(1.5))
    assert talk.requests
    assert all(request.window.vad_confidence > 0.8 for request in talk.requests)


def test_a_drum_detected_as_speech_has_no_text(vad: VadModel, recognize: Recognize) -> None:
    drum = (0.5 * 32_767 * drums(8.5, np.random.default_rng((1, 0)))).astype(np.int16)
    talk = conversation(vad, recognize)
    talk.feed(silence(0.5), drum, silence(1.5))
    assert talk.requests
    assert [turn.text for turn in talk.turns] == [""] * len(talk.turns)
    assert [event for event in talk.all(InterimText) if event.added] == []  # type: ignore[union-attr]
