"""A headless Chromium on the page; errors and warnings in its console fail the test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserType, ConsoleMessage, Page, expect, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_TIMEOUT_MS = 30_000


def _chromium() -> str:
    """Path of Chromium. Without one the test is skipped, or fails in CI."""
    found = os.environ.get("SENTIVOX_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), "")
    if not found:
        reason = "No Chromium: install one, or name its program in SENTIVOX_CHROMIUM."
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@contextmanager
def started_browser(*arguments: str) -> Iterator[Browser]:
    """Start Chromium with additional `arguments`.

    It must be closed before any asyncio test runs: Playwright's event loop occupies the thread.
    """
    expect.set_options(timeout=_TIMEOUT_MS)
    with sync_playwright() as playwright, _launched(playwright.chromium, arguments) as browser:
        yield browser


@contextmanager
def another_browser(browser: Browser, *arguments: str) -> Iterator[Browser]:
    """A second Chromium; Playwright itself can be started only once at a time."""
    with _launched(browser.browser_type, arguments) as other:
        yield other


@contextmanager
def _launched(kind: BrowserType, arguments: Sequence[str]) -> Iterator[Browser]:
    browser = kind.launch(executable_path=_chromium(), args=[*_ARGUMENTS, *arguments])
    yield browser
    browser.close()


@contextmanager
def visit(
    browser: Browser, url: str, *, refusals: int | None = 0, **context: Any
) -> Iterator[Page]:
    """Open a URL in a new context; fails on errors of scripts, the content policy and loading.

    `refusals` is the expected number of responses with an error status, or None for any.
    """
    complaints: list[str] = []

    def keep(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    visitor = browser.new_context(**context)
    page = visitor.new_page()
    page.set_default_timeout(_TIMEOUT_MS)
    page.on("console", keep)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(url)
    yield page
    refused = [each for each in complaints if each.startswith("Failed to load resource")]
    visitor.close()
    assert [each for each in complaints if each not in refused] == []
    assert refusals in (None, len(refused)), refused


def scrolls_sideways(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))
