"""The claims page as a person walks it: verdicts, the way to what shows one, a plan, a narrow screen."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, settle


def test_from_a_verdict_to_the_curves_that_show_it_and_back_with_the_settings(address: str, visit: OpenPage) -> None:
    page = visit(f"{address}/claims")
    expect(page.get_by_role("heading", level=1)).to_contain_text("of 7 claims hold on sums")
    expect(page.locator(".js-plotly-plot").last).to_be_visible()
    picker = page.get_by_role("combobox", name=re.compile("True difference"))
    picker.press("ArrowDown")
    page.get_by_role("option", name="5 points").click()
    expect(page.get_by_text("5 points in pass@4")).to_be_visible()
    expect(page).to_have_url(re.compile(r"difference=0\.05"))
    settle(page)
    page.get_by_role("link", name="Curves", exact=True).nth(1).click()
    settle(page)
    assert "/curves" in page.url
    expect(page.get_by_role("heading", name=re.compile("k = 1"))).to_be_visible()
    page.go_back()
    settle(page)
    assert "difference=0.05" in page.url
    expect(page.get_by_text("5 points in pass@4")).to_be_visible()


def test_the_overview_leads_to_the_claims_on_its_two_runs(address: str, visit: OpenPage) -> None:
    page = visit(address)
    page.get_by_role("link", name="Hold the paper's claims against them").click()
    settle(page)
    expect(page).to_have_url(re.compile(r"/claims\?.*base=base"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("of 7 claims hold on sums")
    expect(page.get_by_test_id("stMultiSelect")).to_contain_text("rlvr")


def test_a_claim_opens_its_paragraph_of_the_method(address: str, visit: OpenPage) -> None:
    page = visit(f"{address}/claims")
    page.get_by_role("button", name="how").first.click()
    expect(page.get_by_text("Over several runs a claim is supported if each run supports it")).to_be_visible()


def test_nothing_on_a_narrow_screen_scrolls_sideways(address: str, visit: OpenPage) -> None:
    page = visit(f"{address}/claims", width=400, height=800)
    wide = page.evaluate(
        "() => { const m = document.querySelector('[data-testid=stMain]'); return m.scrollWidth - m.clientWidth }"
    )
    assert wide <= 0
