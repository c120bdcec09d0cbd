"""The Curves page as a person uses it: other intervals, another metric, both in the link and on the figure."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, settle


def test_interval_and_metric_are_picked_kept_in_the_link_and_said_in_the_subtitle(
    address: str, visit: OpenPage
) -> None:
    page = visit(f"{address}/curves")
    caption = page.get_by_text(re.compile(r"sums · 40 problems"))
    expect(caption).to_contain_text("bands: 95 %, population of problems")
    page.get_by_role("button", name="Settings").click()
    page.get_by_text("This fixed benchmark (sampling noise)").click()
    settle(page)
    page.keyboard.press("Escape")
    expect(caption).to_contain_text("95 %, sampling noise on this fixed benchmark")
    page.get_by_role("combobox", name="Metric").click()
    page.get_by_role("option", name="pass^k", exact=True).click()
    settle(page)
    expect(caption).to_contain_text("pass^k: all k samples are correct")
    assert "interval=benchmark" in page.url
    assert "metric=pass_hat_k" in page.url
    again = visit(page.url)
    expect(again.get_by_text(re.compile(r"sums · 40 problems"))).to_contain_text("pass^k: all k samples are correct")


def test_a_number_opens_its_paragraph_of_the_method(address: str, visit: OpenPage) -> None:
    page = visit(f"{address}/curves")
    crossing = page.get_by_text("Crossover", exact=True).locator("xpath=ancestor::*[.//button][1]")
    crossing.get_by_role("button", name="how").click()
    expect(page.get_by_text("The k at which the base curve first rises above the RLVR curve")).to_be_visible()


def test_nothing_on_a_narrow_screen_scrolls_sideways(address: str, visit: OpenPage) -> None:
    page = visit(f"{address}/curves?extrapolate=on&guess=9", width=400, height=800)
    wide = page.evaluate(
        "() => { const m = document.querySelector('[data-testid=stMain]'); return m.scrollWidth - m.clientWidth }"
    )
    assert wide <= 0
