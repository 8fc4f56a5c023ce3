from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, cast

import numpy as np
import pytest

from deployments.audio_decoder import AudioDecoder
from deployments.object_store import loaded
from sentivox.audio.compressed_window import CompressedWindow
from sentivox.errors import AudioError
from sentivox.pipeline.stages import DecodedFile
from sentivox.types import SAMPLE_RATE, DecodeOptions, Pcm, SpeechDetection, SpeechWindow
from tests.audio.encoding import encode
from tests.voices import spoken_pcm

PAUSE_S = 35
OPTIONS = DecodeOptions(SpeechDetection())


@pytest.fixture
async def decoder() -> AsyncIterator[Any]:
    decoder = cast("Any", AudioDecoder).func_or_class()
    await decoder.reconfigure({"processes": 1})
    yield decoder
    decoder._reader.close()


@pytest.fixture(scope="module")
def twice() -> Pcm:
    """A sentence, a pause that is longer than a window, and the sentence again."""
    sentence = spoken_pcm("The quick brown fox jumps over the lazy dog.")
    return np.concatenate([sentence, np.zeros(PAUSE_S * SAMPLE_RATE, np.int16), sentence])


async def decoded(decoder: Any, file: bytes) -> list[Any]:
    return [each async for each in decoder.decode(file, OPTIONS)]


async def test_windows_come_before_the_facts_of_the_file(decoder: Any, twice: Pcm) -> None:
    *windows, facts = await decoded(decoder, encode(twice))
    assert isinstance(facts, DecodedFile)
    assert facts.info.seconds == pytest.approx(len(twice) / SAMPLE_RATE)
    assert [each.start for each in facts.windows] == [each.start for each in windows]
    assert [each.seconds for each in facts.windows] == [each.seconds for each in windows]


async def test_a_small_file_comes_as_one_result(decoder: Any, twice: Pcm) -> None:
    *windows, facts = await decoder.decode_whole(encode(twice), OPTIONS)
    *one_by_one, same_facts = await decoded(decoder, encode(twice))
    assert facts.info == same_facts.info
    assert [each.start for each in facts.windows] == [each.start for each in same_facts.windows]
    for window, expected in zip(windows, one_by_one, strict=True):
        assert np.array_equal(window.pcm, expected.pcm)


async def test_compressed_windows_have_the_same_samples(decoder: Any, twice: Pcm) -> None:
    *plain, _ = await decoded(decoder, encode(twice))
    await decoder.reconfigure({"processes": 1, "uncompressed_windows": 1})
    *windows, _ = await decoded(decoder, encode(twice))
    assert [type(each) for each in windows] == [SpeechWindow, CompressedWindow]
    for window, expected in zip(windows, plain, strict=True):
        plain_again = await loaded(window)
        assert np.array_equal(plain_again.pcm, expected.pcm)
        assert (plain_again.start, plain_again.speech) == (expected.start, expected.speech)


async def test_a_file_that_cant_be_used_is_refused(decoder: Any) -> None:
    with pytest.raises(AudioError, match="known kind"):
        await decoded(decoder, b"Not a recording. " * 99)


async def test_half_a_file_is_decoded_with_a_warning(decoder: Any, twice: Pcm) -> None:
    file = encode(twice)
    *windows, found = await decoded(decoder, file[: len(file) // 2])
    assert windows
    assert [warning.code for warning in found.warnings] == ["truncated"]
