"""The static page: files of one folder, asked about again at every visit and sent when changed."""

from __future__ import annotations

import os
from pathlib import Path, PurePath

from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import PathLike, StaticFiles
from starlette.types import Scope

PAGE_FOLDER = Path(__file__).parents[3] / "clients" / "web"

_MEDIA_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".vtt": "text/vtt; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
"""Where what Python guesses depends on the machine's own tables."""


class Page(StaticFiles):
    def __init__(self, folder: Path = PAGE_FOLDER) -> None:
        # An installation without the page still answers the API.
        super().__init__(directory=folder, check_dir=False)

    async def index(self, request: Request) -> Response:
        return await self.get_response("index.html", request.scope)

    async def docs(self, request: Request) -> Response:
        return await self.get_response("docs.html", request.scope)

    async def check_config(self) -> None:
        pass

    def file_response(
        self, full_path: PathLike, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["cache-control"] = "no-cache"
        media_type = _MEDIA_TYPES.get(PurePath(full_path).suffix)
        if media_type and response.status_code == 200:
            response.headers["content-type"] = media_type
        return response
