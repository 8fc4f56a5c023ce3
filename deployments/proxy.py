"""What goes around Serve's proxy, on every node.

Serve calls `middlewares` because RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH names it.
"""

from __future__ import annotations

import os

from starlette.middleware import Middleware

from sentivox.settings import IngressSettings
from sentivox.web.edge import Edge


def middlewares() -> list[Middleware]:
    """SENTIVOX_MAX_UPLOAD_BYTES should be no less than the ingress's `max_upload_bytes`."""
    default = IngressSettings().max_upload_bytes
    limit = int(os.environ.get("SENTIVOX_MAX_UPLOAD_BYTES", default))
    return [Middleware(Edge, max_upload_bytes=limit)]
