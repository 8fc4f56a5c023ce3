"""The seam to Ray: every private API and environment switch of Ray that this project uses.

Each has its reason here. `check` fails at start-up, with a sentence, when an upgrade of Ray has
removed one; docs/decisions/0029-one-seam-to-ray.md says why they are used at all.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar

import ray
from ray.serve.handle import DeploymentHandle, DeploymentResponseGenerator

C = TypeVar("C", bound=type)

SERVE_CONSTANTS = "ray.serve._private.constants"

SWITCHES: dict[str, tuple[str, str]] = {
    # Usage reports are sent to Ray's authors: off.
    "RAY_USAGE_STATS_ENABLED": ("0", "ray._common.usage.usage_constants"),
    # Ray listens on the loopback address only, where no other machine reaches it. The name is that
    # of the systems for which this is the default.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": ("0", "ray._private.ray_constants"),
    # Replicas still open a port for each other on every address, and run what is sent there: a
    # token in the user's home folder closes it to others.
    "RAY_AUTH_MODE": ("token", "ray._private.authentication.authentication_token_setup"),
    # Without this middleware the proxy obeys headers of Serve from any client, buffers bodies of
    # any size, and refuses requests in a shape of its own.
    "RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH": (
        "sentivox.web.edge:middlewares",
        SERVE_CONSTANTS,
    ),
    # A lone request waits for threads that wake each other: a third of what the graph adds to its
    # latency (docs/performance.md).
    "RAY_SERVE_RUN_USER_CODE_IN_SEPARATE_THREAD": ("0", SERVE_CONSTANTS),
    "RAY_SERVE_RUN_ROUTER_IN_SEPARATE_LOOP": ("0", SERVE_CONSTANTS),
    "RAY_SERVE_PROXY_USE_GRPC": ("1", SERVE_CONSTANTS),
    # By default each process of Serve adds up its counters ten times a second, with or without
    # requests: a quarter of the load of an idle server (docs/log.md).
    "RAY_SERVE_METRICS_EXPORT_INTERVAL_MS": ("1000", SERVE_CONSTANTS),
    # On two busy cores the proxy takes longer to start than Serve's 5 s.
    "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": ("60", SERVE_CONSTANTS),
    "RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S": ("30", SERVE_CONSTANTS),
    # The controller looks at every deployment in turn; with one per family the default, ten times a
    # second, takes a tenth of a core.
    "RAY_SERVE_CONTROL_LOOP_INTERVAL_S": ("0.5", SERVE_CONSTANTS),
    # How often load is reported: work here lasts seconds, and a sleeping stage should wake at once.
    "RAY_SERVE_REPLICA_AUTOSCALING_METRIC_PUSH_INTERVAL_S": ("1", SERVE_CONSTANTS),
    "RAY_SERVE_HANDLE_AUTOSCALING_METRIC_PUSH_INTERVAL_S": ("1", SERVE_CONSTANTS),
}
"""Environment variable -> its value here, and the module of Ray that reads it."""

MULTIPLEX_CACHE = "__serve_multiplex_wrapper"
"""Attribute in which Serve keeps the models of a multiplexed function, and by which it unloads them
when a replica ends. Needed to unload adapters when the weights below them are replaced."""

ASGI_BUILDER = "__serve_build_asgi_app__"
"""Method of an ingress class that Serve calls for the ASGI app, once a replica exists."""


PROXY_SERVER = "ray.serve._private.http_util"
"""Module that starts the proxy's uvicorn, without naming a protocol class: so uvicorn's table of
classes has `sentivox.web.http_protocol`, which keeps the body of a request that offers HTTP/2."""


class RayChanged(RuntimeError):
    """The installed Ray lacks something that this project relies on."""


def environment() -> dict[str, str]:
    """The switches, for a process that starts Ray."""
    return {name: value for name, (value, _) in SWITCHES.items()}


def by_value(handle: DeploymentHandle[Any]) -> DeploymentHandle[Any]:
    """The handle for small arguments and results: they travel in the call, by gRPC, rather than
    through the object store.
    """
    return handle.options(
        _by_reference=False, request_serialization="pickle", response_serialization="pickle"
    )


async def object_refs(response: DeploymentResponseGenerator[Any]) -> Any:
    """References to what a streaming call yields, an async iterator with `completed()`.

    The public iterator fetches each value to the caller; audio must stay where it is.
    """
    return await response._to_object_ref_gen()


async def unload_multiplexed(function: Any) -> None:
    """Unloads all models that a function decorated with `serve.multiplexed` has loaded."""
    loaded = getattr(function, "__wrapped__", None)
    if cache := getattr(loaded, MULTIPLEX_CACHE, None):
        await cache.shutdown()


def asgi_app(build: Callable[[Any], Any]) -> Callable[[C], C]:
    """Class decorator below `serve.ingress()`: Serve calls `build(replica)` for the ASGI app.

    `serve.ingress(app)` would pickle the app with the class, before there are settings.
    """

    def decorate(cls: C) -> C:
        setattr(cls, ASGI_BUILDER, build)
        return cls

    return decorate


def check() -> None:
    """Raises RayChanged for the first switch or private API that the installed Ray lacks."""
    for name, (_, module) in SWITCHES.items():
        if name not in _source(module):
            raise _changed(f"the environment switch {name}")
    if "_by_reference" not in inspect.signature(DeploymentHandle.options).parameters:
        raise _changed("DeploymentHandle.options(_by_reference=...)")
    if not hasattr(DeploymentResponseGenerator, "_to_object_ref_gen"):
        raise _changed("DeploymentResponseGenerator._to_object_ref_gen")
    if "uvicorn.Config(" not in _source(PROXY_SERVER):
        raise _changed("uvicorn as the server of its proxy")
    for name in (MULTIPLEX_CACHE, ASGI_BUILDER):
        if name not in _source("ray.serve.api"):
            raise _changed(f"the attribute {name}")


def _source(module: str) -> str:
    try:
        return inspect.getsource(import_module(module))
    except ImportError:
        return ""


def _changed(what: str) -> RayChanged:
    return RayChanged(
        f"Ray {ray.__version__} has no longer {what}. Install the version of Ray that "
        "pyproject.toml names, or adapt deployments/ray_compat.py."
    )
