"""Transcription of several recordings: concurrent requests, results in the order of the files."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from sentivox_client.cli.progress import Bars
from sentivox_client.cli.sources import Source
from sentivox_client.client import AsyncSentivox, Options
from sentivox_client.errors import SentivoxError
from sentivox_client.results import Transcript

Outcome = Transcript | str
"""A transcript, or the reason why there is none as a sentence."""


async def transcribe_all(
    client: AsyncSentivox,
    sources: Sequence[Source],
    options: Options,
    jobs: int,
    bars: Bars,
    deliver: Callable[[Source, Outcome], None],
) -> None:
    """Transcribe `jobs` sources at a time; call `deliver` in the order of `sources`."""
    slots = asyncio.Semaphore(jobs)

    async def transcribe(source: Source) -> Outcome:
        async with slots:
            outcome = await _transcribe(client, source, options, bars)
        bars.advance()
        return outcome

    async with client, asyncio.TaskGroup() as group:
        tasks = [group.create_task(transcribe(source)) for source in sources]
        for source, task in zip(sources, tasks, strict=True):
            deliver(source, await task)


async def _transcribe(
    client: AsyncSentivox, source: Source, options: Options, bars: Bars
) -> Outcome:
    try:
        with bars.uploading(source.path) as file:
            return await client.transcribe(file, **options)
    except IsADirectoryError:
        return "There are no recordings in this folder."
    except FileNotFoundError:
        return "There is no such file."
    except OSError as error:
        return f"This file can't be read: {error.strerror}."
    except SentivoxError as error:
        return str(error)
