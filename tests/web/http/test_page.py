"""The files of the static page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from sentivox.web.app import create_app
from tests.web.fake_service import FakeService


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    page = tmp_path / "page"
    page.mkdir()
    for name in ("index.html", "docs.html", "app.js", "look.css", "mark.svg", "font.woff2"):
        (page / name).write_text(name)
    (tmp_path / "secret.txt").write_text("secret")
    return TestClient(create_app(FakeService, page_folder=page))


@pytest.mark.parametrize(
    ("path", "name", "media_type"),
    [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/docs", "docs.html", "text/html; charset=utf-8"),
        ("/static/app.js", "app.js", "text/javascript; charset=utf-8"),
        ("/static/look.css", "look.css", "text/css; charset=utf-8"),
        ("/static/mark.svg", "mark.svg", "image/svg+xml"),
        ("/static/font.woff2", "font.woff2", "font/woff2"),
    ],
)
def test_files_have_a_media_type_and_are_revalidated(
    client: TestClient, path: str, name: str, media_type: str
) -> None:
    first = client.get(path)
    assert (first.status_code, first.text) == (200, name)
    assert first.headers["content-type"] == media_type
    assert first.headers["cache-control"] == "no-cache"
    again = client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/static/%2e%2e/secret.txt", "/static//etc/passwd", "/static/"])
def test_files_outside_the_folder_are_not_found(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert "secret" not in response.json()["error"]["code"]


def test_without_the_page_the_api_still_answers(tmp_path: Path) -> None:
    client = TestClient(create_app(FakeService, page_folder=tmp_path / "nowhere"))
    assert client.get("/").status_code == 404
    assert client.get("/health").status_code == 200


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_the_repositorys_page_finds_its_files(path: str) -> None:
    client = TestClient(create_app(FakeService))
    page = client.get(path)
    assert page.status_code == 200
    files = set(re.findall(r'"(/static/[^"]+)"', page.text))
    assert files
    assert {name for name in files if client.get(name).status_code != 200} == set()
