"""The local engine as a person uses it: started by its button, drawn from, its samples on a curve."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, serving, settle
from tests.sampling.real_engine import BASE, LOUDEST, RLVR, counts, needs_vllm, run, standard_score
from tests.sampling.real_engine import database as database

pytestmark = [pytest.mark.browser, *needs_vllm]

IDS = ("cd-3-001", "cd-3-002", "cd-4-001", "cd-4-034", "cd-5-001", "cd-5-002")
SAMPLES = 256
MODELS = {"tiny-base": BASE, "tiny-rlvr-600": RLVR}
LOADED_MS = 300_000
"""How long loading a model and drawing from it may take on a busy machine."""


def test_an_engine_started_on_the_page_draws_from_both_models_what_was_shipped(database: Path, visit: OpenPage) -> None:
    total = f"{SAMPLES * len(IDS):,}"
    order = "&".join([f"samples={SAMPLES}", *(f"ids={name}" for name in IDS), *(f"model={name}" for name in MODELS)])
    with serving(database) as app:
        page = visit(f"{app}/launch?benchmark=countdown&source=list&{order}", height=1400)
        page.get_by_role("button", name="Start").click()
        page.get_by_role("button", name="Start it").click()
        expect(page.get_by_text("tiny-base is being loaded")).to_be_visible()
        expect(page.get_by_text("tiny-base on vLLM")).to_be_visible(timeout=LOADED_MS)
        page.get_by_role("button", name=re.compile("Launch 2 jobs")).click()
        expect(page.get_by_role("heading", name="1 job running, 1 waiting")).to_be_visible()
        far = re.compile(rf"[\d,]+ of {total} samples .*correct so far")
        expect(page.get_by_text(far).first).to_be_visible(timeout=LOADED_MS)
        ended = page.get_by_text(re.compile(f"finished: {total} of {total} samples")).first
        expect(ended).to_be_visible(timeout=LOADED_MS)
        expect(page.get_by_role("heading", name="Launch a sampling run")).to_be_visible()
        expect(page.get_by_text("tiny-rlvr-600 on vLLM")).to_be_visible()
        page.get_by_role("link", name="The run's curve").click()
        page.wait_for_url("**/curves**")
        settle(page)
        expect(page.get_by_text(f"n = {SAMPLES} samples a problem")).to_be_visible()
    drawn = {job["model"]: counts(database, job["key"]) for job in run(database, "jobs")}
    assert {model: set(found["n"]) for model, found in drawn.items()} == {model: {SAMPLES} for model in MODELS}
    for model, shipped in MODELS.items():
        assert abs(standard_score(drawn[model], counts(database, shipped))) < LOUDEST
    assert standard_score(drawn["tiny-rlvr-600"], counts(database, BASE)) > 2 * LOUDEST
