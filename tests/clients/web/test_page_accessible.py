"""The page for people who use a screen reader: headings, and the rules of axe."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from sentivox.errors import InvalidRequest
from tests.clients.web.fake_page import opened, transcribe, wav
from tests.clients.web.scripted_live import answer_live, finished_session, stream_file, turn
from tests.clients.web.transcripts import BILINGUAL
from tests.web.fake_service import CALL, FakeService

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe isn't installed: `make test` installs it."
)

pytestmark = pytest.mark.browser

TURNS = (turn(0, "Guten Morgen.", "de"), turn(1, "Good morning.", "en", "mixed"))


def landing(page: Page) -> None:
    expect(page.locator("#limits")).to_contain_text("up to")


def kept_results(page: Page) -> None:
    transcribe(page)
    page.reload()
    expect(page.get_by_role("region", name="Kept on this device")).to_be_visible()


def failed(page: Page) -> None:
    page.set_input_files("#files", [wav()])
    expect(page.get_by_role("alert")).to_be_visible()


def live_landing(page: Page) -> None:
    page.get_by_role("link", name="Live").click()


def live_session(page: Page) -> None:
    answer_live(page, TURNS)
    live_landing(page)
    stream_file(page, 30.0)
    expect(page.get_by_role("region", name="Live captions")).to_contain_text("Good morning.")


def live_result(page: Page) -> None:
    finished_session(page, TURNS)


def partial(page: Page) -> None:
    page.set_input_files("#files", [wav()])
    expect(page.get_by_text("So far")).to_be_visible()


STATES: dict[str, tuple[Callable[[], FakeService], Callable[[Page], None]]] = {
    "landing": (FakeService, landing),
    "result": (lambda: FakeService(BILINGUAL), transcribe),
    "speakers": (lambda: FakeService(CALL), transcribe),
    "partial": (lambda: FakeService(hangs=True), partial),
    "failed": (lambda: FakeService(error=InvalidRequest("No.")), failed),
    "kept": (FakeService, kept_results),
    "live_landing": (FakeService, live_landing),
    "live_session": (FakeService, live_session),
    "live_result": (FakeService, live_result),
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(browser: Browser, state: str, theme: str) -> None:
    service, reach = STATES[state]
    with opened(browser, service(), refusals=None) as page:
        # Without motion, since a fading text has too little contrast for a moment.
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        reach(page)
        found = axe.Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("state", STATES)
def test_the_page_has_one_heading_of_the_first_level(browser: Browser, state: str) -> None:
    service, reach = STATES[state]
    with opened(browser, service(), refusals=None) as page:
        reach(page)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        assert page.locator("h1").count() == 1
