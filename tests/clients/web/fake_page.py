"""The page on the real web layer with a fake service behind it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, FilePayload, Page, expect

from sentivox.web.app import create_app
from tests.clients.web.page_browser import visit
from tests.clients.web.transcripts import silence
from tests.web.fake_service import FakeService
from tests.web.live_server import serving


@contextmanager
def opened(
    browser: Browser, service: FakeService, *, refusals: int | None = 0, path: str = "/"
) -> Iterator[Page]:
    """A page of the server; `refusals` is the expected number of answers with an error status, or
    None for any.
    """
    with (
        serving(create_app(lambda: service)) as port,
        visit(browser, f"http://127.0.0.1:{port}{path}", refusals=refusals) as page,
    ):
        yield page


def wav(name: str = "memo.wav", seconds: float = 2.0) -> FilePayload:
    """A silent recording."""
    return {"name": name, "mimeType": "audio/wav", "buffer": silence(seconds)}


def transcribe(page: Page, *files: FilePayload) -> None:
    """Add recordings, by default `memo.wav`, and wait for the result of the one that is shown."""
    page.set_input_files("#files", list(files) or [wav()])
    expect(page.get_by_role("complementary", name="About this recording")).not_to_be_empty()
