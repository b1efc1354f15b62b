"""The report as people see it: in a real browser, on a laptop, on a phone and on paper."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from analysis.synthetic import three_runners
from playwright.sync_api import Browser, Page, sync_playwright
from runslate.analysis.take import analyse
from runslate.report import write_report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = ["--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: install the package `chromium` to look at the report in a browser")
    # Chromium's sandbox refuses to run as root, as in a container.
    sandbox = hasattr(os, "geteuid") and os.geteuid() != 0
    with sync_playwright() as driver:
        shown = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET, chromium_sandbox=sandbox)
        yield shown
        shown.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    data = three_runners()
    path: Path = write_report(data, analyse(data), tmp_path_factory.mktemp("take") / "report.html")
    return path.as_uri()


def shown_page(browser: Browser, report: str, width: int) -> tuple[Page, list[str]]:
    """The opened report, and everything that it asked for or complained about."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: request.url != report and complaints.append(request.url))
    page.goto(report)
    return page, complaints


@pytest.mark.parametrize("width", [1200, 420])
def test_it_fits_the_screen_and_asks_for_nothing(browser: Browser, report: str, width: int) -> None:
    page, complaints = shown_page(browser, report, width)
    assert complaints == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_the_words_of_pictures_can_be_read_on_a_phone(browser: Browser, report: str) -> None:
    page, _ = shown_page(browser, report, 420)
    heights = page.evaluate("[...document.querySelectorAll('svg text')].map(t => t.getBoundingClientRect().height)")
    assert min(heights) >= 10
    page.close()


def test_the_verdict_is_seen_first_and_the_pictures_are_there(browser: Browser, report: str) -> None:
    page, _ = shown_page(browser, report, 1200)
    verdict = page.locator("h2, h1, p", has_text="did not run alone").first.bounding_box()
    assert verdict is not None
    assert verdict["y"] < 300
    drawn = [box for svg in page.locator("svg").all() if (box := svg.bounding_box())]
    assert len(drawn) >= 4
    assert all(box["width"] > 100 and box["height"] > 20 for box in drawn if box["width"] > 30)
    page.close()


def test_no_words_of_a_picture_lie_on_each_other(browser: Browser, report: str) -> None:
    page, _ = shown_page(browser, report, 1200)
    overlaps = page.evaluate(
        """() => [...document.querySelectorAll("svg")].flatMap(svg => {
            const texts = [...svg.querySelectorAll("text")].filter(t => t.textContent.trim());
            const boxes = texts.map(t => [t.textContent, t.getBoundingClientRect()]);
            return boxes.flatMap(([word, a], i) => boxes.slice(i + 1).filter(([, b]) =>
                a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1
            ).map(([other]) => word + " / " + other));
        })"""
    )
    assert overlaps == []
    page.close()
