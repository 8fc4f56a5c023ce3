"""What a replica does without Serve's multiplexing, which only runs inside one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from deployments.recognizers import Recognizers
from sentivox.engines.protocols import RecognitionItem, Recognizer
from sentivox.errors import SpeechError
from sentivox.types import Recognition


class OneForAll:
    def transcribe(self, items: Sequence[RecognitionItem]) -> list[Recognition | SpeechError]:
        return [Recognition(()) for _ in items]

    def padded_seconds(self, item: RecognitionItem) -> float:
        return item.window.seconds


class OneForEach(OneForAll):
    def has_adapter(self, language: str) -> bool:
        return language == "nl"

    def with_adapter(self, language: str) -> Recognizer:
        return OneForAll()


async def recognizer_of(language: str, shared: Recognizer, adapters: int) -> Recognizer:
    recognizers = Recognizers(adapters)
    await recognizers.use(shared)
    return await recognizers.of(language)


@pytest.mark.parametrize("adapters", [0, 2])
async def test_a_model_without_adapters_serves_every_language_itself(adapters: int) -> None:
    shared = OneForAll()
    assert await recognizer_of("nl", shared, adapters) is shared


async def test_where_none_are_kept_ready_the_model_reads_its_adapters_itself() -> None:
    shared = OneForEach()
    assert await recognizer_of("nl", shared, 0) is shared


async def test_a_language_that_is_not_there_takes_no_other_languages_place() -> None:
    shared = OneForEach()
    assert await recognizer_of("fr", shared, 2) is shared
    with pytest.raises(RuntimeError, match="within a deployment"):
        await recognizer_of("nl", shared, 2)
