"""A Ray cluster for one training run, on this machine."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import ray

ADDRESS = "RAY_API_SERVER_ADDRESS"


@contextmanager
def own_cluster() -> Iterator[None]:
    """A new Ray cluster for the duration of the block, or the one that RAY_ADDRESS names.

    Ray Train asks the dashboard whether a run's driver is alive, and ends the run otherwise. By
    default it asks the dashboard of the cluster that was started last on this machine, which may
    belong to a service.
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
