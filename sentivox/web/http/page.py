"""The static web page: files that browsers revalidate at each visit and fetch when changed."""

from __future__ import annotations

import os
from pathlib import Path, PurePath

from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import PathLike, StaticFiles
from starlette.types import Scope

import sentivox

_PACKAGE_FOLDER = Path(sentivox.__file__).parent
_INSTALLED_FOLDER = _PACKAGE_FOLDER / "page"
"""Where the wheel puts the page (pyproject.toml, `force-include`)."""
_CHECKOUT_FOLDER = _PACKAGE_FOLDER.parent / "clients" / "web"

PAGE_FOLDER = _INSTALLED_FOLDER if _INSTALLED_FOLDER.is_dir() else _CHECKOUT_FOLDER
"""The page's files, in an installed server as well as in a checkout."""

_MEDIA_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".vtt": "text/vtt; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
"""Media types by suffix, for those that Python reads from the machine's tables."""


class Page(StaticFiles):
    """`index.html` at `/`, `docs.html` at `/docs` and every file of the folder under `/static`."""

    def __init__(self, folder: Path = PAGE_FOLDER) -> None:
        # An installation without the page still answers the API.
        super().__init__(directory=folder, check_dir=False)

    async def index(self, request: Request) -> Response:
        """Answer `GET /`."""
        return await self.get_response("index.html", request.scope)

    async def docs(self, request: Request) -> Response:
        """Answer `GET /docs`."""
        return await self.get_response("docs.html", request.scope)

    async def check_config(self) -> None:
        """Replace Starlette's check at the first request, which fails without a folder."""

    def file_response(
        self, full_path: PathLike, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Answer with a file: an ETag, `cache-control: no-cache` and a fixed media type."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["cache-control"] = "no-cache"
        media_type = _MEDIA_TYPES.get(PurePath(full_path).suffix)
        if media_type and response.status_code == 200:
            response.headers["content-type"] = media_type
        return response
