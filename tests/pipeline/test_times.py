"""Times and subtitles of 200 recordings in ten languages keep to their rules."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest

from preprocessing.samples import decoded
from preprocessing.speech_data import is_fetched, languages, recordings, spread
from sentivox import Transcriber
from sentivox.types import SAMPLE_RATE
from sentivox.web.http.subtitles import to_srt, to_vtt
from tests.audio.encoding import wav
from tests.transcript.subtitle_rules import check_rules

pytestmark = pytest.mark.slow

RECORDINGS = 20
"""Recordings of each language."""
ROUNDING_S = 0.011


@pytest.fixture(scope="module")
def transcriber() -> Iterator[Transcriber]:
    with Transcriber() as transcriber:
        yield transcriber


@pytest.mark.parametrize("language", languages())
def test_times_are_in_order_and_subtitles_keep_to_the_rules(
    language: str, transcriber: Transcriber
) -> None:
    if not is_fetched(language):
        pytest.skip("Needs `make speech-data`.")
    pool = recordings(language, base_s=1.0)
    for recording in spread(pool, min(RECORDINGS, len(pool))):
        audio = wav(decoded(recording.path, SAMPLE_RATE))
        found = transcriber.transcribe(audio, words=True, sentiment=False)
        segments = [(each.start, each.end) for each in found.segments]
        words = [(word.start, word.end) for each in found.segments for word in each.words]
        for times in (segments, words):
            assert all(0 <= start <= end for start, end in times)
            assert all(end <= found.info.seconds + ROUNDING_S for _, end in times)
            assert all(one[1] <= two[0] + ROUNDING_S for one, two in pairwise(times))
        assert not check_rules(to_srt(found.segments), fast=True)
        assert not check_rules(to_vtt(found.segments), fast=True)
