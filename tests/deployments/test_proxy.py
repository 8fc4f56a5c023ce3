"""Serve's proxy finds what goes around it, wherever the service runs."""

from __future__ import annotations

import pytest
import yaml
from ray.serve._private.http_util import validate_http_proxy_callback_return
from ray.serve._private.utils import call_function_from_import_path
from starlette.applications import Starlette

from deployments.local import ENVIRONMENT
from k8s.render import BASE
from sentivox.web.edge import Edge

VARIABLE = "RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH"


def test_serve_can_call_what_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTIVOX_MAX_UPLOAD_BYTES", "1000")
    returned = call_function_from_import_path(ENVIRONMENT[VARIABLE])
    [middleware] = validate_http_proxy_callback_return(returned)
    edge = middleware.cls(Starlette(), *middleware.args, **middleware.kwargs)
    assert isinstance(edge, Edge)
    assert edge.max_upload_bytes == 1000


def test_every_pod_has_the_same_proxy() -> None:
    cluster = yaml.safe_load(BASE.read_text("utf-8"))["spec"]["rayClusterConfig"]
    for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
        [container] = group["template"]["spec"]["containers"]
        values = {each["name"]: each.get("value") for each in container["env"]}
        assert values[VARIABLE] == ENVIRONMENT[VARIABLE]
