"""Widgets that say what to sample and how; each knows its key, which is also its name in the link."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from backend.errors import AppError
from backend.verifiers import VERIFIERS
from pages.shared import cache, link, messages

LOCAL = "the local engine"
PUT = {"completion": "Completion", "chat": "Chat"}
LARGEST_SEED = 2**31 - 1


def pick_number(key: str, label: str, default: str | None, low: float, high: float, **shown: Any) -> float | None:
    """Pick a number between two ends; None where the field is empty. With float ends it is a fraction."""
    kind = type(low)
    asked = link.seed(key, [default] if default else [], allowed=lambda text: _fits(text, kind, low, high))
    st.session_state[key] = None if asked is None else kind(asked)
    value: float | None = st.number_input(label, low, high, key=key, **shown)
    link.note(key, value)
    return value


def _fits(text: str, kind: type[Any], low: float, high: float) -> bool:
    try:
        return bool(low <= kind(text) <= high)
    except ValueError:
        return False


def pick_text(key: str, label: str, placeholder: str, *, area: bool = False, **shown: Any) -> str | None:
    """Type a text; None where nothing is typed."""
    if link.seed(key) is None:
        st.session_state[key] = ""
    draw = st.text_area if area else st.text_input
    value = draw(label, key=key, placeholder=placeholder, **shown)
    link.note(key, value)
    return value or None


def pick_engines(key: str = "engine") -> list[str]:
    """Pick the servers to draw from, by name or address; none stands for the local engine."""
    names = [str(server["name"]) for server in cache.engine()["engines"]]
    link.seed(key, several=True)
    chosen = st.multiselect(
        "Drawn on", list(dict.fromkeys([*names, *st.session_state[key]])), key=key, accept_new_options=True,
        placeholder=LOCAL, help="A configured server, or the address of an OpenAI-compatible one, http://host:port; "
        "several share one job. Empty: the local engine.",
    )  # fmt: skip
    link.note(key, chosen)
    return list(chosen)


def served_by(engines: Sequence[str]) -> list[str]:
    """The models that all of these servers serve; says which of them cannot be asked."""
    common: list[str] | None = None
    for name in engines:
        try:
            served = cache.served(name)["models"]
        except AppError as error:
            messages.show_error(error)
        else:
            common = served if common is None else [model for model in common if model in served]
    return common or []


def pick_models(engines: Sequence[str]) -> list[str]:
    """Pick the models to draw from."""
    if link.just_picked("engine"):
        link.forget("model")
    options = served_by(engines) if engines else [*cache.engine()["family"], *_ids_in_store()]
    default = options[:1] if engines else [name for name in ("tiny-base",) if name in options]
    link.seed("model", default, several=True)
    chosen = st.multiselect(
        "Models", list(dict.fromkeys([*options, *st.session_state["model"]])), key="model", accept_new_options=True,
        placeholder="a folder, or a Hugging Face id",
        help="One of the tiny family, a folder with a config.json, or a Hugging Face id such as Qwen/Qwen2.5-7B; of a "
        "server, what it serves. Each model is a job of its own.",
    )  # fmt: skip
    link.note("model", chosen)
    return list(chosen)


def _ids_in_store() -> list[str]:
    return [str(name) for name in cache.models()["model"] if str(name).count("/") == 1]


def pick_samples() -> dict[str, Any]:
    """Pick samples a problem and how tokens are drawn, in one row; return them as an order names them."""
    columns = st.columns([3, 3, 3, 3, 3])
    with columns[0]:
        samples = pick_number("samples", "Samples", "32", 1, 1_000_000, step=1, help="Of each problem.")
    with columns[1]:
        temperature = pick_number("temperature", "Temperature", "1.0", 0.0, 10.0, step=0.1, format="%g")
    with columns[2]:
        top_p = pick_number("top_p", "Top-p", "1.0", 0.01, 1.0, step=0.05, format="%g")
    with columns[3]:
        top_k = pick_number(
            "top_k", "Top-k", None, 1, 1_000_000, step=1, placeholder="all", help="Of how many tokens; all unless said."
        )
    with columns[4]:
        max_tokens = pick_number(
            "max_tokens", "Max tokens", None, 1, 1_000_000, step=1, placeholder="usual",
            help="Of a completion; as in the model's runs on this benchmark unless said.",
        )  # fmt: skip
    return {"samples": samples, "temperature": temperature, "top_p": top_p, "top_k": top_k, "max_tokens": max_tokens}


def pick_prompt() -> dict[str, Any]:
    """Pick how a problem is put to the model, what ends a completion, the seed and the run's name."""
    left, right = st.columns(2)
    with left:
        put = _pick_put()
        template = pick_text(
            "template", "Prompt template", "as the model's runs on this benchmark, else {question}", area=True,
            help="In braces: question, level, topic, or any other fact that the benchmark states of its problems.",
        )  # fmt: skip
        system = pick_text("system", "System message", "none", area=True) if put == "chat" else None
    with right:
        stop = _pick_stop()
        seed = pick_number(
            "seed", "Seed", None, 0, LARGEST_SEED, step=1, placeholder="a fresh one",
            help="The local engine is started with it, unless it was used before, which would repeat its draws; a "
            "server is sent it with each request where it is known to bear that.",
        )  # fmt: skip
        name = pick_text("run_name", "Run", "named by model and settings", help="A run that is there is added to.")
    return {"chat": put == "chat", "template": template, "system": system, "stop": stop, "seed": seed,
            "run": name}  # fmt: skip


def _pick_put() -> str:
    link.seed("put", ["completion"], allowed=PUT.__contains__)
    chosen = st.segmented_control(
        "Put as", list(PUT), key="put", required=True, format_func=PUT.__getitem__,
        help="Completion: the model goes on from the prompt. Chat: the prompt is a user's message, put into the "
        "model's own chat template by the server.",
    )  # fmt: skip
    link.note("put", chosen)
    return chosen or "completion"


def _pick_stop() -> list[str]:
    link.seed("stop", several=True)
    chosen = st.multiselect(
        "Stop strings", list(st.session_state["stop"]), key="stop", accept_new_options=True, placeholder="none",
        help="A completion ends before any of these. Write \\n for a new line.",
    )  # fmt: skip
    link.note("stop", chosen)
    return [text.replace("\\n", "\n").replace("\\t", "\t") for text in chosen]


def pick_verifier() -> str | None:
    """Pick who judges the samples; None for whoever judged the benchmark's runs."""
    link.seed("verifier", allowed=VERIFIERS.__contains__)
    chosen = st.selectbox(
        "Verifier", list(VERIFIERS), index=None, key="verifier", placeholder="as usual",
        help="Who judges each sample. Empty: as this model's or the benchmark's runs, else math_verify.",
    )  # fmt: skip
    link.note("verifier", chosen)
    return chosen


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be sampled."""

    models: list[str]
    engines: list[str]
    benchmark: str
    which: dict[str, Any]
    """Which problems, as an order names them; empty for all."""
    how: dict[str, Any]

    def order(self, model: str) -> dict[str, Any]:
        """Return the arguments of the command that plans or launches the job of one model."""
        return {"model": model, "engines": self.engines, "benchmark": self.benchmark, **self.which, **self.how}
