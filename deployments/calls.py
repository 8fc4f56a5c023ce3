"""Calls to a stage over a Serve handle: repeated when a replica dies, with translated errors."""

from __future__ import annotations

import asyncio
import logging
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

from deployments.ray_compat import object_refs
from sentivox.errors import AudioLost, Overloaded, SpeechError, StageUnavailable

T = TypeVar("T")

logger = logging.getLogger("ray.serve")

RETRY_AFTER_SECONDS = 5.0
"""Sent to clients when a queue is full and the deployment's config names no time of its own."""


async def call(stage: str, handle: DeploymentHandle[Any], *arguments: Any) -> Any:
    """The stage's result. `handle` is bound to the method to call.

    Raises SpeechError. Stages keep no state, so a call whose replica dies is repeated once.
    """
    return await _repeated(stage, lambda: _result(handle, *arguments))


async def call_streaming(
    stage: str, handle: DeploymentHandle[Any], *arguments: Any
) -> tuple[list[ray.ObjectRef[Any]], Any]:
    """For a stage that yields: references to all values but the last, and the last value itself.

    Raises SpeechError, as `call`.
    """
    return await _repeated(stage, lambda: _results(handle, *arguments))


async def _repeated(stage: str, attempt: Callable[[], Awaitable[T]]) -> T:
    try:
        try:
            return await attempt()
        except (RayActorError, AioRpcError):
            logger.warning("A replica of %s died; its call is repeated.", stage)
            return await attempt()
    except BackPressureError as exc:
        raise Overloaded(
            "Too much is being transcribed right now. Try again in a few seconds.",
            None,
            exc.retry_after_s or RETRY_AFTER_SECONDS,
        ) from exc
    except (RayError, DeploymentUnavailableError, AioRpcError) as exc:
        raise _translated(stage, exc) from exc


async def _result(handle: DeploymentHandle[Any], *arguments: Any) -> Any:
    response = handle.remote(*arguments)
    try:
        return await response
    except asyncio.CancelledError:
        response.cancel()  # type: ignore[no-untyped-call]
        raise


async def _results(
    handle: DeploymentHandle[Any], *arguments: Any
) -> tuple[list[ray.ObjectRef[Any]], Any]:
    response = cast(
        "DeploymentResponseGenerator[Any]", handle.options(stream=True).remote(*arguments)
    )
    try:
        stream = await object_refs(response)
        # Waiting for the next reference fetches its value; waiting for the end doesn't.
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
