"""The seam to Ray: what this project relies on is there, and is used as Ray expects it."""

from __future__ import annotations

import pytest
import uvicorn
import yaml
from ray.serve._private.http_util import (
    _apply_middlewares,
    get_http_response_status,
    send_http_response_on_exception,
    validate_http_proxy_callback_return,
)
from ray.serve._private.utils import call_function_from_import_path
from ray.serve.exceptions import BackPressureError
from ray.serve.handle import DeploymentHandle, DeploymentResponseGenerator
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from deployments import ray_compat
from deployments.local import ENVIRONMENT
from k8s.render import BASE
from sentivox.web.edge import Edge, middlewares
from sentivox.web.http_protocol import HttpProtocol

VARIABLE = "RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH"


def test_the_installed_ray_has_everything_that_is_relied_on() -> None:
    ray_compat.check()


@pytest.mark.parametrize("switch", ray_compat.SWITCHES)
def test_a_switch_that_ray_no_longer_knows_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, switch: str
) -> None:
    value, module = ray_compat.SWITCHES[switch]
    gone = {f"{switch}_RENAMED": (value, module)}
    monkeypatch.setattr(ray_compat, "SWITCHES", gone)
    with pytest.raises(ray_compat.RayChanged, match=f"{switch}_RENAMED"):
        ray_compat.check()


@pytest.mark.parametrize(
    ("attribute", "message"),
    [
        ("MULTIPLEX_CACHE", "attribute"),
        ("ASGI_BUILDER", "attribute"),
        ("PROXY_SERVER", "server of its proxy"),
    ],
)
def test_an_attribute_that_serve_no_longer_has_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, attribute: str, message: str
) -> None:
    monkeypatch.setattr(ray_compat, attribute, "__serve_renamed__")
    with pytest.raises(ray_compat.RayChanged, match=message):
        ray_compat.check()


@pytest.mark.parametrize(
    ("owner", "attribute"),
    [(DeploymentHandle, "options"), (DeploymentResponseGenerator, "_to_object_ref_gen")],
)
def test_a_method_that_handles_no_longer_have_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, owner: type, attribute: str
) -> None:
    if attribute == "options":
        monkeypatch.setattr(owner, attribute, lambda self: self)
    else:
        monkeypatch.delattr(owner, attribute)
    with pytest.raises(ray_compat.RayChanged, match="Install the version of Ray"):
        ray_compat.check()


def test_serve_can_call_what_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTIVOX_MAX_UPLOAD_BYTES", "1000")
    monkeypatch.setenv("SENTIVOX_ALLOWED_ORIGINS", "https://a.example, https://b.example")
    returned = call_function_from_import_path(ENVIRONMENT[VARIABLE])
    [middleware] = validate_http_proxy_callback_return(returned)
    edge = middleware.cls(Starlette(), *middleware.args, **middleware.kwargs)
    assert isinstance(edge, Edge)
    assert edge.max_upload_bytes == 1000
    assert edge.allowed_origins == {"https://a.example", "https://b.example"}
    config = uvicorn.Config(edge)
    config.load()
    assert config.http_protocol_class is HttpProtocol


@pytest.mark.parametrize(
    ("error", "status", "retry_after"),
    [
        (BackPressureError(9, 8, 429, 7.0), 429, "7"),
        (BackPressureError(9, 8), 503, "5"),
        (TimeoutError(), 408, "5"),
        (ValueError("a replica died"), 503, "5"),
    ],
)
def test_what_serve_says_of_an_error_is_put_into_our_words(
    error: Exception, status: int, retry_after: str
) -> None:
    async def proxy(scope: Scope, receive: Receive, send: Send) -> None:
        serves = get_http_response_status(error, 60.0, "an-id")
        for message in send_http_response_on_exception(serves, response_started=False):
            await send(message)

    client = TestClient(_apply_middlewares(proxy, middlewares()))  # type: ignore[arg-type]
    response = client.get("/", headers={"x-request-id": "mine"})
    assert response.status_code == status
    assert set(response.json()["error"]) == {"message", "type", "param", "code"}
    assert response.headers["retry-after"] == retry_after
    assert response.headers.get_list("x-request-id") == ["mine"]
    assert "queued" not in response.text
    assert "died" not in response.text


def test_every_pod_has_the_same_proxy() -> None:
    cluster = yaml.safe_load(BASE.read_text("utf-8"))["spec"]["rayClusterConfig"]
    for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
        [container] = group["template"]["spec"]["containers"]
        values = {each["name"]: each.get("value") for each in container["env"]}
        assert values[VARIABLE] == ENVIRONMENT[VARIABLE]
