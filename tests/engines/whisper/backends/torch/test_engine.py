"""The engine of torch beside CTranslate2's, with the embedded weights in single precision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from pydantic import ValidationError

from sentivox.engines.loading import load_recognizer
from sentivox.engines.protocols import RecognitionItem
from sentivox.engines.whisper.backends.ctranslate2.engine import CTranslate2Engine
from sentivox.engines.whisper.backends.torch.engine import TransformersEngine
from sentivox.engines.whisper.fallback import DecodingPass
from sentivox.engines.whisper.hypothesis import Hypothesis
from sentivox.engines.whisper.recognizer import WhisperEngine
from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.settings import RecognitionSettings
from sentivox.types import Priority, Recognition, RecognitionOptions, SpeechWindow, Word
from sentivox.weights.resolve import resolve
from tests.voices import spoken_pcm

FOLDER = resolve("embedded:whisper-base")
SENTENCES = (
    "The weather is lovely today, and I am very happy about it.",
    "Please hold the line.",
    "Your order has been shipped and will arrive tomorrow morning.",
)
GREEDY = DecodingPass(None, 0.0, 1)
BEAM = DecodingPass(None, 0.0, 5)
SHORT_S = 7.5


def settings(compute_type: str = "float32") -> RecognitionSettings:
    return RecognitionSettings(engine="torch", compute_type=compute_type, threads=1)


@pytest.fixture(scope="module")
def tokens() -> WhisperTokenizer:
    return WhisperTokenizer(FOLDER)


@pytest.fixture(scope="module")
def own(tokens: WhisperTokenizer) -> TransformersEngine:
    return TransformersEngine(FOLDER, tokens, settings())


@pytest.fixture(scope="module")
def peer(tokens: WhisperTokenizer) -> CTranslate2Engine:
    return CTranslate2Engine(FOLDER, tokens, RecognitionSettings(compute_type="float32", threads=1))


def item(text: str, language: str = "en", **options: Any) -> RecognitionItem:
    window = SpeechWindow(0, 10.0, spoken_pcm(text))
    return RecognitionItem(window, RecognitionOptions(language, **options))


def items(**options: Any) -> list[RecognitionItem]:
    return [item(sentence, **options) for sentence in SENTENCES]


def decoded(
    engine: WhisperEngine, batch: Sequence[RecognitionItem], context_s: float, attempt: DecodingPass
) -> list[Hypothesis]:
    return engine.decode(batch, [context_s] * len(batch), attempt)


def plain(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalpha() or c == " ").strip()


def words(hypothesis: Hypothesis) -> list[Word]:
    return [word for segment in hypothesis.align() for word in segment.words]


def assert_alike(ours: Sequence[Hypothesis], theirs: Sequence[Hypothesis]) -> None:
    for our, their in zip(ours, theirs, strict=True):
        assert our.decoded.ids == their.decoded.ids
        assert our.segments == their.segments
        assert our.decoded.avg_logprob == pytest.approx(their.decoded.avg_logprob, abs=1e-3)
        assert our.decoded.no_speech_prob == pytest.approx(their.decoded.no_speech_prob, abs=1e-3)
        assert our.decoded.cut_off == their.decoded.cut_off


@pytest.mark.parametrize("attempt", [GREEDY, BEAM], ids=["greedy", "beam"])
@pytest.mark.parametrize("context_s", [SHORT_S, 30.0])
def test_it_writes_token_for_token_what_ctranslate2_writes(
    own: WhisperEngine, peer: WhisperEngine, attempt: DecodingPass, context_s: float
) -> None:
    batch = items()
    ours = decoded(own, batch, context_s, attempt)
    assert_alike(ours, decoded(peer, batch, context_s, attempt))
    assert [plain(each.text) for each in ours] == [plain(sentence) for sentence in SENTENCES]


@pytest.mark.parametrize("attempt", [GREEDY, BEAM], ids=["greedy", "beam"])
def test_a_window_gives_the_same_text_alone_and_in_a_batch(
    own: WhisperEngine, attempt: DecodingPass
) -> None:
    together = decoded(own, items(), SHORT_S, attempt)
    alone = [decoded(own, [each], SHORT_S, attempt)[0] for each in items()]
    assert_alike(together, alone)


@pytest.mark.parametrize("attempt", [GREEDY, BEAM], ids=["greedy", "beam"])
def test_text_without_times_is_the_same_too(
    own: WhisperEngine, peer: WhisperEngine, attempt: DecodingPass
) -> None:
    live = items(priority=Priority.FINAL)
    assert_alike(decoded(own, live, SHORT_S, attempt), decoded(peer, live, SHORT_S, attempt))


@pytest.mark.parametrize("attempt", [GREEDY, BEAM], ids=["greedy", "beam"])
def test_known_beginnings_of_unequal_length_are_kept(
    own: WhisperEngine, peer: WhisperEngine, attempt: DecodingPass
) -> None:
    said = [
        each.decoded.ids for each in decoded(own, items(priority=Priority.FINAL), SHORT_S, GREEDY)
    ]
    batch = [
        item(sentence, prefix=ids[:known], priority=Priority.FINAL)
        for sentence, ids, known in zip(SENTENCES, said, (5, 0, 2), strict=True)
    ]
    ours = decoded(own, batch, SHORT_S, attempt)
    assert [each.decoded.ids for each in ours] == said
    assert_alike(ours, decoded(peer, batch, SHORT_S, attempt))


def test_a_known_text_may_be_all_there_is(own: WhisperEngine) -> None:
    live = item(SENTENCES[1], priority=Priority.FINAL)
    said = decoded(own, [live], SHORT_S, GREEDY)[0].decoded.ids
    told = item(SENTENCES[1], prefix=said, priority=Priority.FINAL)
    assert decoded(own, [told], SHORT_S, GREEDY)[0].decoded.ids == said


def test_earlier_text_may_stand_before_it(own: WhisperEngine, peer: WhisperEngine) -> None:
    told = [item(SENTENCES[2], prompt="A parcel service calls its customers.")]
    assert_alike(decoded(own, told, SHORT_S, GREEDY), decoded(peer, told, SHORT_S, GREEDY))


def test_prompts_of_unequal_length_share_a_batch(own: WhisperEngine) -> None:
    prompts = ("", "The weather.", "A parcel service calls its customers.")
    batch = [item(each, prompt=told) for each, told in zip(SENTENCES, prompts, strict=True)]
    alone = [decoded(own, [each], SHORT_S, GREEDY)[0] for each in batch]
    assert_alike(decoded(own, batch, SHORT_S, GREEDY), alone)


def test_languages_and_tasks_share_a_batch(own: WhisperEngine, peer: WhisperEngine) -> None:
    batch = [
        item(SENTENCES[0], "de"),
        item(SENTENCES[1], "fr"),
        item(SENTENCES[2], "es", task="translate"),
    ]
    ours = decoded(own, batch, SHORT_S, GREEDY)
    assert_alike(ours, decoded(peer, batch, SHORT_S, GREEDY))
    assert plain(ours[0].text) != plain(SENTENCES[0])


def test_text_that_runs_out_of_room_is_cut_off(own: WhisperEngine, peer: WhisperEngine) -> None:
    long = [item(" ".join(SENTENCES * 2))]
    ours, theirs = (decoded(engine, long, 0.5, GREEDY) for engine in (own, peer))
    drafts = [item(SENTENCES[0], priority=Priority.INTERIM, prefix=tuple(range(1000, 1009)))]
    assert_alike(ours, theirs)
    assert decoded(own, drafts, SHORT_S, GREEDY)[0].decoded.ids[:9] == tuple(range(1000, 1009))


def test_words_have_the_times_that_ctranslate2_gives_them(
    own: WhisperEngine, peer: WhisperEngine
) -> None:
    batch = items(words=True)
    ours, theirs = (decoded(engine, batch, SHORT_S, GREEDY) for engine in (own, peer))
    for our, their in zip(ours, theirs, strict=True):
        assert [word.word for word in words(our)] == [word.word for word in words(their)]
        for one, other in zip(words(our), words(their), strict=True):
            assert one.start == pytest.approx(other.start, abs=0.04)
            assert one.end == pytest.approx(other.end, abs=0.04)
            assert one.probability == pytest.approx(other.probability, abs=0.01)


def test_a_hasty_hearing_of_sound_text_is_no_other(own: WhisperEngine) -> None:
    stop_on_repetition = decoded(
        own, items(), SHORT_S, DecodingPass(None, 0.0, 1, stop_on_repetition=True)
    )
    assert_alike(stop_on_repetition, decoded(own, items(), SHORT_S, GREEDY))


def test_a_low_temperature_is_nearly_greedy(own: WhisperEngine) -> None:
    cold = decoded(own, items(), SHORT_S, DecodingPass(None, 0.001, 1))
    assert_alike(cold, decoded(own, items(), SHORT_S, GREEDY))
    assert {each.temperature for each in cold} == {0.001}


def test_text_is_drawn_at_random_when_it_is_hot(own: WhisperEngine) -> None:
    hot = DecodingPass(None, 1.0, 1)

    def drawn() -> tuple[int, ...]:
        return decoded(own, [item(SENTENCES[0])], SHORT_S, hot)[0].decoded.ids

    with torch.random.fork_rng():
        torch.manual_seed(7)
        first, second = drawn(), drawn()
        torch.manual_seed(7)
        assert first == drawn()
    assert first != second


@pytest.mark.parametrize("compute_type", ["bfloat16", "int8"])
def test_fewer_bits_hear_the_same_words(tokens: WhisperTokenizer, compute_type: str) -> None:
    engine = TransformersEngine(FOLDER, tokens, settings(compute_type))
    heard = decoded(engine, items(words=True), SHORT_S, GREEDY)
    assert [plain(each.text) for each in heard] == [plain(sentence) for sentence in SENTENCES]
    for each in heard:
        assert plain("".join(word.word for word in words(each))) == plain(each.text)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"compute_type": "float16"}, "set compute_type to one of float32, bfloat16, int8"),
        ({"compute_type": "int8_float16"}, "doesn't compute in int8_float16 on cpu"),
        ({"device": "cuda", "compute_type": "int8"}, "one of float32, bfloat16, float16"),
        ({"decoder": "torch_int8"}, "leave decoder out"),
    ],
)
def test_what_does_not_go_together_is_refused_with_a_sentence(
    wrong: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ValidationError, match=sentence):
        RecognitionSettings.model_validate({"engine": "torch", **wrong})


def test_a_recogniser_of_this_engine_answers() -> None:
    strange = item(SENTENCES[1], "tlh")
    answers = load_recognizer(settings()).transcribe([*items(words=True, logprobs=True), strange])
    for answer, sentence in zip(answers[:3], SENTENCES, strict=True):
        assert isinstance(answer, Recognition)
        [segment] = answer.segments
        assert plain(segment.text) == plain(sentence)
        assert "".join(word.word for word in segment.words) == segment.text
        assert segment.words[0].start >= 10.0
        assert len(segment.token_logprobs) == len(segment.tokens)
    assert not isinstance(answers[3], Recognition)
