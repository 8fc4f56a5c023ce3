"""Serve a config on this machine alone, on a Ray cluster that lives and dies with the command.

python -m deployments.local serve_config.local.yaml
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

ENVIRONMENT = {
    # Never join a cluster that somebody else runs on this machine.
    "RAY_ADDRESS": "local",
    "RAY_USAGE_STATS_ENABLED": "0",
    # Ray's ports on the loopback address, where no other machine reaches them. Ray has this under
    # the name of the systems for which it is the default.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    # Replicas still open a port for each other on every address, and run what they are sent: a
    # token that Ray keeps in the user's home folder closes it to others.
    "RAY_AUTH_MODE": "token",
    # Without it the proxy obeys headers from anyone, and refuses in a shape of its own.
    "RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH": "deployments.proxy:middlewares",
    # A request alone waits for threads that wake one another, and the proxy for a replica that asks
    # it for the body: a third of what the graph adds then (docs/performance.md).
    "RAY_SERVE_RUN_USER_CODE_IN_SEPARATE_THREAD": "0",
    "RAY_SERVE_RUN_ROUTER_IN_SEPARATE_LOOP": "0",
    "RAY_SERVE_PROXY_USE_GRPC": "1",
    # Otherwise each process of Serve adds up its counters ten times a second, whether anyone came
    # or not: a quarter of what it takes at rest (docs/log.md).
    "RAY_SERVE_METRICS_EXPORT_INTERVAL_MS": "1000",
    # Windows and sentences come in all lengths, and torch keeps something for each product of them:
    # where 1,024 are kept, as is usual, 600 lengths take 250 MB more (docs/log.md).
    "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "128",
    # What is freed in other arenas than the first stays with the process, up to 64 MB in each: it
    # grew by a megabyte with every window of a long file (docs/log.md).
    "MALLOC_ARENA_MAX": "1",
    # Two busy cores take longer to start a proxy than Serve's 5 s.
    "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60",
    "RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S": "30",
    # The controller looks at every deployment in turn; with one a family, ten times a second takes
    # a tenth of a core.
    "RAY_SERVE_CONTROL_LOOP_INTERVAL_S": "0.5",
    # How often load is reported: work here lasts seconds, and a sleeping stage should wake at once.
    "RAY_SERVE_REPLICA_AUTOSCALING_METRIC_PUSH_INTERVAL_S": "1",
    "RAY_SERVE_HANDLE_AUTOSCALING_METRIC_PUSH_INTERVAL_S": "1",
}


def main(argv: Sequence[str]) -> None:
    """Replaces this process by `serve run`."""
    [config] = argv
    serve = Path(sys.executable).with_name("serve")
    os.execve(serve, [str(serve), "run", config], os.environ | ENVIRONMENT)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
