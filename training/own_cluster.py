"""A Ray of one training run's own, on this machine."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import ray

ADDRESS = "RAY_API_SERVER_ADDRESS"


@contextmanager
def own_cluster() -> Iterator[None]:
    """Ray for as long as the block lasts; or the one that RAY_ADDRESS names.

    Ray Train asks Ray's web server whether a run is still looked after, and ends it otherwise. Left
    to itself it asks the server of whatever Ray was started last on this machine, a service's, say.
    """
    if "RAY_ADDRESS" in os.environ:
        ray.init(log_to_driver=True, configure_logging=False)
    else:
        port = _free_port()
        os.environ[ADDRESS] = f"http://127.0.0.1:{port}"
        ray.init(dashboard_port=port, log_to_driver=True, configure_logging=False)
    try:
        yield
    finally:
        ray.shutdown()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
