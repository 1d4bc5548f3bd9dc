"""A real browser before the real pages, each served by a process of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from playwright.async_api import Browser, Page, Route, async_playwright


def chromium() -> str:
    """Where Chromium is; ``make browser`` has looked before."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "install Chromium, for example: apt-get install chromium"
    return found


@dataclass
class Window:
    """A page, and what it asked of addresses that are not ours."""

    page: Page
    strange: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium without a window."""
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-gpu", "--no-first-run"]
        )
        yield launched
        await launched.close()


@pytest.fixture
async def window(browser: Browser) -> Window:
    """A window that lets nothing leave this machine, and remembers what tried to."""
    page = await browser.new_page(viewport={"width": 1200, "height": 900})
    made = Window(page)

    async def look(route: Route) -> None:
        if route.request.url.startswith(("http://127.0.0.1", "data:", "file:")):
            await route.continue_()
        else:
            made.strange.append(route.request.url)
            await route.abort()

    await page.route("**/*", look)
    page.on("pageerror", lambda error: made.errors.append(str(error)))
    return made
