"""Calls from the pipeline to a stage: timed, made again when a replica dies, errors translated."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar, cast

import ray
from grpc.aio import AioRpcError
from ray.exceptions import (
    ObjectLostError,
    RayActorError,
    RayError,
    RayTaskError,
    TaskCancelledError,
)
from ray.serve.exceptions import BackPressureError, DeploymentUnavailableError
from ray.serve.handle import DeploymentHandle, DeploymentResponseGenerator

from sentivox.errors import Overloaded, SpeechError, StageUnavailable

T = TypeVar("T")

logger = logging.getLogger("ray.serve")

RETRY_AFTER_SECONDS = 5.0
"""Told to clients when a queue is full and the deployment's config names no time of its own."""


class AudioLost(StageUnavailable):
    """What a stage was to read is gone, with the replica or the node that kept it: whoever has
    the file still can begin anew.
    """


def by_value(handle: DeploymentHandle[Any]) -> DeploymentHandle[Any]:
    """For small arguments and answers, without references: they travel in the call, by gRPC."""
    return handle.options(
        _by_reference=False, request_serialization="pickle", response_serialization="pickle"
    )


class StageCalls:
    """The calls of one request."""

    def __init__(self) -> None:
        self.timings: dict[str, float] = defaultdict(float)
        """Seconds in which the request waited for a stage at all, by stage."""
        self._waiting: dict[str, int] = defaultdict(int)
        self._since: dict[str, float] = {}

    async def __call__(self, stage: str, handle: DeploymentHandle[Any], *arguments: Any) -> Any:
        """The stage's answer. `handle` is bound to the method to call.

        Raises SpeechError. Stages keep no state, so a call whose replica dies is made again.
        """
        return await self._made(stage, lambda: _answer(handle, *arguments))

    def shared(self, stage: str, other: str, seconds: float) -> None:
        """So much of the time of `stage` was spent on what the `other` does else."""
        self.timings[stage] -= seconds
        self.timings[other] += seconds

    async def several(
        self, stage: str, handle: DeploymentHandle[Any], *arguments: Any
    ) -> tuple[list[ray.ObjectRef[Any]], Any]:
        """Of a stage that yields: references to all but the last, and the last itself. Raises as
        above.
        """
        return await self._made(stage, lambda: _several(handle, *arguments))

    async def _made(self, stage: str, call: Callable[[], Awaitable[T]]) -> T:
        self._begin(stage)
        try:
            try:
                return await call()
            except (RayActorError, AioRpcError):
                logger.warning("A replica of %s died; its call is made again.", stage)
                return await call()
        except BackPressureError as exc:
            raise Overloaded(
                "Too much is being transcribed right now. Try again in a few seconds.",
                None,
                exc.retry_after_s or RETRY_AFTER_SECONDS,
            ) from exc
        except (RayError, DeploymentUnavailableError, AioRpcError) as exc:
            raise _translated(stage, exc) from exc
        finally:
            self._end(stage)

    def _begin(self, stage: str) -> None:
        if not self._waiting[stage]:
            self._since[stage] = time.perf_counter()
        self._waiting[stage] += 1

    def _end(self, stage: str) -> None:
        self._waiting[stage] -= 1
        if not self._waiting[stage]:
            self.timings[stage] += time.perf_counter() - self._since[stage]


async def _answer(handle: DeploymentHandle[Any], *arguments: Any) -> Any:
    response = handle.remote(*arguments)
    try:
        return await response
    except asyncio.CancelledError:
        response.cancel()  # type: ignore[no-untyped-call]
        raise


async def _several(
    handle: DeploymentHandle[Any], *arguments: Any
) -> tuple[list[ray.ObjectRef[Any]], Any]:
    response = cast(
        "DeploymentResponseGenerator[Any]", handle.options(stream=True).remote(*arguments)
    )
    try:
        stream = await response._to_object_ref_gen()
        # To wait for the next reference reads what it refers to; to wait for the end doesn't.
        with suppress(RayError):
            await stream.completed()
        refs = [ref async for ref in stream]
        if not refs:
            raise StageUnavailable("A stage gave no answer. Try again.")
        return refs[:-1], await refs[-1]
    except TaskCancelledError as exc:
        raise asyncio.CancelledError from exc
    except asyncio.CancelledError:
        response.cancel()
        raise


def _translated(
    stage: str, exc: RayError | DeploymentUnavailableError | AioRpcError
) -> SpeechError:
    if isinstance(exc, RayTaskError) and isinstance(exc.cause, SpeechError):
        return exc.cause
    logger.exception("%s failed.", stage, exc_info=exc)
    lost = isinstance(exc, ObjectLostError)
    return (AudioLost if lost else StageUnavailable)(
        f"The {stage.replace('_', ' ')} stage failed on this request. Try again; if it goes on, "
        "look at /ready and at the server's log."
    )
