"""Our own decoder beside CTranslate2's, with the embedded weights."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sentivox.engines.protocols import RecognitionItem
from sentivox.engines.whisper.backends.cpu_int8.engine import CpuInt8Engine
from sentivox.engines.whisper.backends.ctranslate2.engine import CTranslate2Engine
from sentivox.engines.whisper.fallback import DecodingPass
from sentivox.engines.whisper.hypothesis import Hypothesis
from sentivox.engines.whisper.recognizer import WhisperRecognizer
from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.errors import WeightsAltered
from sentivox.settings import RecognitionSettings
from sentivox.types import Priority, RecognitionOptions, SpeechWindow
from sentivox.weights.ctranslate2_file import read_tensors
from sentivox.weights.resolve import resolve
from tests.voices import spoken_pcm

FOLDER = resolve("embedded:whisper-base")
SENTENCES = (
    "The weather is lovely today, and I am very happy about it.",
    "Please hold the line.",
    "Your order has been shipped and will arrive tomorrow morning.",
)


CONTEXT_S = 10.0
GREEDY = DecodingPass(None, 0.0, 1)


def plain(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalpha() or c == " ").strip()


@pytest.fixture(scope="module")
def tokens() -> WhisperTokenizer:
    return WhisperTokenizer(FOLDER)


@pytest.fixture(scope="module")
def own(tokens: WhisperTokenizer) -> CTranslate2Engine:
    return CpuInt8Engine(FOLDER, tokens, RecognitionSettings(engine="cpu_int8"))


@pytest.fixture(scope="module")
def peer(tokens: WhisperTokenizer) -> CTranslate2Engine:
    return CTranslate2Engine(FOLDER, tokens, RecognitionSettings())


def item(
    text: str, prefix: Sequence[int] = (), guess: Sequence[int] = (), prompt: str = ""
) -> RecognitionItem:
    options = RecognitionOptions(
        "en",
        prompt=prompt,
        prefix=tuple(prefix),
        draft_tokens=tuple(guess),
        priority=Priority.FINAL,
    )
    return RecognitionItem(SpeechWindow(0, 0.0, spoken_pcm(text)), options)


def uploaded(text: str) -> RecognitionItem:
    return RecognitionItem(SpeechWindow(0, 0.0, spoken_pcm(text)), RecognitionOptions("en"))


def decoded(engine: CTranslate2Engine, *items: RecognitionItem) -> list[Hypothesis]:
    return engine.decode(items, [CONTEXT_S] * len(items), GREEDY)


def ids(hypothesis: Hypothesis) -> tuple[int, ...]:
    return tuple(token for segment in hypothesis.segments for token in segment.ids)


def test_it_writes_what_ctranslate2_writes(own: CTranslate2Engine, peer: CTranslate2Engine) -> None:
    for sentence in SENTENCES:
        [ours], [theirs] = decoded(own, item(sentence)), decoded(peer, item(sentence))
        assert plain(ours.text) == plain(theirs.text) == plain(sentence)
        assert ours.decoded.avg_logprob == pytest.approx(theirs.decoded.avg_logprob, abs=0.15)
        assert ours.decoded.no_speech_prob == pytest.approx(theirs.decoded.no_speech_prob, abs=0.15)
        assert not ours.decoded.cut_off


def test_windows_of_a_batch_are_as_good_as_alone(own: CTranslate2Engine) -> None:
    together = decoded(own, *(item(sentence) for sentence in SENTENCES))
    assert [plain(each.text) for each in together] == [plain(sentence) for sentence in SENTENCES]


def test_a_known_beginning_is_kept_in_a_batch_of_unequal_prompts(own: CTranslate2Engine) -> None:
    prefix = ids(decoded(own, item(SENTENCES[0]))[0])[:4]
    first, second = decoded(own, item(SENTENCES[0], prefix), item(SENTENCES[1]))
    assert ids(first)[:4] == prefix
    assert plain(first.text) == plain(SENTENCES[0])
    assert plain(second.text) == plain(SENTENCES[1])


@pytest.mark.parametrize("right", [0, 1, 5, 9])
def test_a_guess_changes_no_word(own: CTranslate2Engine, right: int) -> None:
    [alone] = decoded(own, item(SENTENCES[0]))
    said, other = ids(alone), ids(decoded(own, item(SENTENCES[2]))[0])
    for prefix in ((), said[:3]):
        guess = said[len(prefix) :][:right] + other[:4]
        [guessed] = decoded(own, item(SENTENCES[0], prefix, guess))
        assert plain(guessed.text) == plain(alone.text)
        assert guessed.decoded.avg_logprob == pytest.approx(alone.decoded.avg_logprob, abs=0.05)


def test_guesses_of_a_batch_may_be_right_and_wrong(own: CTranslate2Engine) -> None:
    said = [ids(decoded(own, item(sentence))[0]) for sentence in SENTENCES]
    guesses = (said[0], said[0][:5], said[2][:3] + said[1])
    batch = [item(sentence, (), guess) for sentence, guess in zip(SENTENCES, guesses, strict=True)]
    assert [plain(each.text) for each in decoded(own, *batch)] == [plain(s) for s in SENTENCES]


def test_earlier_text_may_stand_before_it(own: CTranslate2Engine) -> None:
    [found] = decoded(own, item(SENTENCES[2], prompt="A parcel service calls its customers."))
    assert plain(found.text) == plain(SENTENCES[2])


def test_files_are_written_with_their_times(
    own: CTranslate2Engine, peer: CTranslate2Engine
) -> None:
    for ours, theirs in zip(
        decoded(own, *map(uploaded, SENTENCES)),
        decoded(peer, *map(uploaded, SENTENCES)),
        strict=True,
    ):
        assert plain(ours.text) == plain(theirs.text)
        assert len(ours.segments) == len(theirs.segments)
        for our, their in zip(ours.segments, theirs.segments, strict=True):
            assert our.start == pytest.approx(their.start, abs=0.1)
            assert our.end == pytest.approx(their.end, abs=0.3)


def test_windows_of_unlike_context_share_a_batch(own: CTranslate2Engine) -> None:
    batch = [uploaded(sentence) for sentence in SENTENCES]
    together = own.decode(batch, [30.0, 5.0, 10.0], GREEDY)
    assert [plain(each.text) for each in together] == [plain(sentence) for sentence in SENTENCES]
    for each, sounds in zip(together, (1500, 250, 500), strict=True):
        assert each.encoder_output
        assert len(each.encoder_output().states) == sounds


def test_batches_of_several_threads_share_their_steps(own: CTranslate2Engine) -> None:
    batches = [
        [uploaded(SENTENCES[0])],
        [item(SENTENCES[1])],
        [uploaded(each) for each in SENTENCES],
    ]
    with ThreadPoolExecutor(len(batches)) as pool:
        found = list(pool.map(lambda batch: decoded(own, *batch), batches * 4))
    for heard, batch in zip(found, ([SENTENCES[0]], [SENTENCES[1]], SENTENCES) * 4, strict=True):
        assert [plain(each.text) for each in heard] == [plain(sentence) for sentence in batch]


def test_what_another_stage_heard_is_left_as_it_is(own: CTranslate2Engine) -> None:
    asked = uploaded(SENTENCES[1])
    asked = replace(asked, options=replace(asked.options, words=True))
    [alone] = own.decode([asked], [5.0], GREEDY)
    assert alone.encoder_output
    sound = alone.encoder_output()
    sound.states.flags.writeable = False
    [told] = own.decode([replace(asked, encoder_output=sound)], [5.0], GREEDY)
    assert told.text == alone.text
    assert [each.words for each in told.align()] == [each.words for each in alone.align()]


def test_engines_say_whether_they_mix_contexts(
    own: CTranslate2Engine, peer: CTranslate2Engine
) -> None:
    assert own.mixes_contexts(GREEDY)
    assert not own.mixes_contexts(DecodingPass(None, 0.0, 5))
    assert not own.mixes_contexts(DecodingPass(None, 0.4, 1))
    assert not peer.mixes_contexts(GREEDY)


def test_a_recogniser_gives_an_engine_that_mixes_them_all_at_once(
    own: CTranslate2Engine, tokens: WhisperTokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[float]] = []
    decode = own.decode

    def watched(
        items: Sequence[RecognitionItem], contexts: Sequence[float], attempt: DecodingPass
    ) -> list[Hypothesis]:
        seen.append(list(contexts))
        return decode(items, contexts, attempt)

    monkeypatch.setattr(own, "decode", watched)
    long = RecognitionItem(
        SpeechWindow(0, 0.0, np.concatenate([spoken_pcm(SENTENCES[0])] * 8)),
        RecognitionOptions("en"),
    )
    recognizer = WhisperRecognizer(own, tokens, RecognitionSettings())
    recognizer.transcribe([long, uploaded(SENTENCES[1]), uploaded(SENTENCES[2])])
    assert seen[0] == [30.0, 5.0, 6.0]


def test_tensors_are_read_with_their_shapes() -> None:
    tensors = read_tensors(FOLDER / "model.bin", "decoder/")
    assert tensors["embeddings/weight"].shape == (51865, 512)
    assert tensors["embeddings/weight"].dtype == np.float16


def test_a_file_of_another_layout_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"\x09\x00\x00\x00 something else")
    with pytest.raises(WeightsAltered, match=r"model\.bin"):
        read_tensors(tmp_path / "model.bin", "decoder/")
