"""What a job will draw: which problems, how many samples of each, by which settings, into which run."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from backend.config import settings as configured
from backend.errors import BadInput, NotFound
from backend.records import Problem, SamplingSettings
from backend.sampling.endpoints import endpoint_named
from backend.sampling.engine import resolved
from backend.sampling.prompts import default_template, filled, natural_words
from backend.store import benchmark_problems as stored
from backend.store.database import Store
from backend.store.jobs import NewJob, record_job
from backend.store.places import run_name
from backend.verifiers import VERIFIERS, verifier_named

DEFAULT_VERIFIER = "math_verify"
BATCH = 32
"""The most samples a request asks for: what is lost at most when it is cut off."""
CONFIRMATION = "confirmation"
BYTES_A_SAMPLE = 120
"""What a sample takes in the store beside its text."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What somebody asks for; what is None is filled in."""

    model: str
    benchmark: str
    samples: int | None = None
    """Samples of each problem."""
    allocation: Mapping[str, int] | None = None
    """Samples of single problems, instead."""
    problems: Sequence[str] | None = None
    """None: all problems of the benchmark."""
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    max_tokens: int | None = None
    stop: Sequence[str] = ()
    template: str | None = None
    chat: bool | None = None
    system: str | None = None
    seed: int | None = None
    engines: Sequence[str] = ()
    """Servers by name or address; none: the local engine."""
    verifier: str | None = None
    run: str | None = None
    """The run's name; a run that exists is added to."""
    purpose: str = "discovery"
    """`discovery`, or `confirmation`: samples that test what others showed, and so stand in a run of their own."""
    prefix: str | None = None
    """What each sample goes on from; such samples are no draws of a run."""
    prefix_run: str | None = None
    """The key of the run of which a sample begins so."""
    batch: int = BATCH
    asked_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A job as it would be written down, and what is to be known before it is."""

    new: NewJob
    sampling: SamplingSettings
    warnings: list[str]

    @property
    def samples(self) -> int:
        """How many samples it draws."""
        return sum(self.new.wanted.values())

    @property
    def requests(self) -> int:
        """How many requests it sends."""
        return sum(-(-wanted // self.new.batch) for wanted in self.new.wanted.values())


def planned(store: Store, order: Order) -> Planned:
    """Fill in what an order leaves open, and check it.

    Raises NotFound for a benchmark, problem, verifier or engine that is not there, BadInput where it cannot be done.
    """
    path, name = (
        resolved(order.model) if not order.engines else (order.model, order.model.rstrip("/").rpartition("/")[2])
    )
    for engine in order.engines:
        endpoint_named(engine)
    if "/" in order.model and not order.model.startswith((".", "/", "~")):
        name = order.model
    known = _known_run(store, order, name)
    wanted = _wanted(store, order)
    problems = stored.problems_named(store, order.benchmark, list(wanted))
    sampling = _sampling(order, known, list(problems.values()))
    prompts = {name: text + (order.prefix or "") for name, text in filled_prompts(sampling, problems).items()}
    verifier = order.verifier or _usual_verifier(store, order.benchmark, known)
    verifier_named(verifier)
    run = order.run or _run_name(order, name, sampling, known)
    settings = {
        "model": path, "sampling": asdict(sampling), "engines": list(order.engines), "seed": order.seed,
        "purpose": order.purpose, "prefix": order.prefix, "prefix_run": order.prefix_run,
    }  # fmt: skip
    columns = {
        "run": run, "model": name, "temperature": sampling.temperature, "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens, "prompt_template": sampling.prompt_template, "verifier": verifier,
    }  # fmt: skip
    new = NewJob(
        kind="samples" if order.prefix is None else "prefix", benchmark=order.benchmark, run=columns,
        settings=settings, wanted=wanted, prompts=prompts, batch=order.batch, prefix=order.prefix,
        asked_by=order.asked_by,
    )  # fmt: skip
    _check_alike(store, run, sampling)
    return Planned(new=new, sampling=sampling, warnings=_warnings(sampling, verifier, problems))


def filled_prompts(sampling: SamplingSettings, problems: Mapping[str, Problem]) -> dict[str, str]:
    """Return the prompt of each problem."""
    return {name: filled(sampling.prompt_template, problem) for name, problem in problems.items()}


def sampling_of(known: Mapping[str, Any], problems: Sequence[Problem]) -> SamplingSettings:
    """Return the settings by which a run was drawn, as far as the store knows them."""
    return _sampling(Order(model="", benchmark=""), known, problems)


def launch(store: Store, order: Order) -> int:
    """Write a job down as it is planned and return its number."""
    return record_job(store, planned(store, order).new)


def _known_run(store: Store, order: Order, model: str) -> dict[str, Any]:
    """What the store knows of the run that is named, or else of some run of this model on this benchmark."""
    return stored.run_named(store, order.run) or stored.run_of(store, model, order.benchmark) or {}


def _wanted(store: Store, order: Order) -> dict[str, int]:
    wanted = dict(order.allocation or {})
    if not wanted:
        names = order.problems
        if names is None:
            names = stored.problem_names_of(store, order.benchmark)
        if not names:
            raise NotFound(f"The store holds no problems of {order.benchmark}.", "Import them, or type one in.")
        if order.samples is None:
            raise BadInput("It is not said how many samples to draw.", "Name the samples of each problem.")
        wanted = dict.fromkeys(names, order.samples)
    if low := [name for name, count in wanted.items() if count < 1]:
        raise BadInput(f"{wanted[low[0]]} samples are asked for of {low[0]}.", "Ask for one or more.")
    total, most = sum(wanted.values()), configured().most_samples
    if total > most:
        raise BadInput(
            f"The job would draw {total:,} samples, more than the {most:,} that one may.",
            "Ask for fewer problems or samples, or raise BOUNDARY_MOST_SAMPLES.",
        )
    if order.batch < 1:
        raise BadInput(f"A request would ask for {order.batch} samples.", "Ask for one or more.")
    return wanted


def _sampling(order: Order, known: Mapping[str, Any], problems: Sequence[Problem]) -> SamplingSettings:
    """The settings: as asked, else as the run has them, else plain sampling at temperature 1."""
    before = known.get("sampling") or {}

    def chosen(name: str, asked: Any, otherwise: Any) -> Any:
        found = next((v for v in (asked, before.get(name), known.get(name)) if v is not None), None)
        return otherwise if found is None else found

    sampling = SamplingSettings(
        temperature=float(chosen("temperature", order.temperature, 1.0)),
        top_p=float(chosen("top_p", order.top_p, 1.0)),
        top_k=chosen("top_k", order.top_k, None),
        max_tokens=int(chosen("max_tokens", order.max_tokens, 512)),
        stop=tuple(order.stop or before.get("stop") or ()),
        prompt_template=chosen("prompt_template", order.template, default_template(problems)),
        chat=bool(chosen("chat", order.chat, False)),
        system=chosen("system", order.system, None),
    )
    for name, good in (
        ("temperature", 0 <= sampling.temperature <= 10), ("top_p", 0 < sampling.top_p <= 1),
        ("top_k", sampling.top_k is None or sampling.top_k >= 1), ("max_tokens", sampling.max_tokens >= 1),
    ):  # fmt: skip
        if not good:
            raise BadInput(f"{name} is {getattr(sampling, name)}.", "Sampling is not defined there.")
    if order.prefix is not None and sampling.chat:
        raise BadInput("A chat cannot be continued from within an answer.", "Use a completion template.")
    return sampling


def _usual_verifier(store: Store, benchmark: str, known: Mapping[str, Any]) -> str:
    """The verifier that judged this run, else the benchmark's other runs, where it is one of ours."""
    usual = [known.get("verifier"), *stored.verifiers_on(store, benchmark)]
    return next((str(name) for name in usual if name in VERIFIERS), DEFAULT_VERIFIER)


def _run_name(order: Order, model: str, sampling: SamplingSettings, known: Mapping[str, Any]) -> str:
    """Name the run by all that tells its samples apart; confirming samples never join those they are to confirm."""
    if order.prefix is not None and known:
        return str(known["name"])
    facts = {"temperature": sampling.temperature, "top_p": sampling.top_p, "max_tokens": sampling.max_tokens}
    words = [run_name(model, order.benchmark, facts)]
    words += [] if sampling.top_k is None else [f"top-k {sampling.top_k}"]
    words += [f"stop {' '.join(map(repr, sampling.stop))}"] if sampling.stop else []
    words += ["chat"] if sampling.chat else []
    words += [CONFIRMATION] if order.purpose == CONFIRMATION else []
    return " · ".join(words)


def _check_alike(store: Store, run: str, sampling: SamplingSettings) -> None:
    """Raise BadInput where earlier jobs drew this run's samples in another way."""
    before = (stored.run_named(store, run) or {}).get("sampling")
    if before is None:
        return
    now = asdict(replace(sampling, stop=tuple(sampling.stop)))
    for name, value in before.items():
        if (tuple(value) if isinstance(value, list) else value) != now.get(name):
            raise BadInput(
                f"The samples of {run} were drawn with {name} {value!r}, not {now.get(name)!r}.",
                "Samples with other settings need a run of their own: name another run.",
            )


def _warnings(sampling: SamplingSettings, verifier: str, problems: Mapping[str, Problem]) -> list[str]:
    words = [
        f"The stop string {text!r} is a word that a text may well hold; completions would be cut there."
        for text in natural_words(sampling.stop)
    ]
    if sampling.temperature == 0:
        words += ["At temperature 0 all samples of a problem are the same, so that pass@k says nothing."]
    if not verifier.startswith("countdown") and (lacking := [n for n, p in problems.items() if not p.reference_answer]):
        words += [f"{len(lacking):,} problems have no reference answer; their samples stay without a verdict."]
    return words


def estimate(store: Store, plan: Planned) -> dict[str, Any]:
    """Return what a job will take: requests, samples, tokens, seconds, bytes; None where nothing was measured yet.

    Tokens by the mean length of the model's samples on this benchmark, else the most there can be; seconds by the speed
    at which earlier jobs drew from this model.
    """
    mean, characters = stored.mean_length(store, str(plan.new.run["model"]), plan.new.benchmark)
    speed = stored.measured_speed(store, str(plan.new.run["model"]))
    tokens = plan.samples * (mean if mean is not None else plan.sampling.max_tokens)
    text = characters if characters is not None else 4.0 * plan.sampling.max_tokens
    return {
        "requests": plan.requests, "samples": plan.samples, "tokens": round(tokens),
        "tokens_are_the_most": mean is None, "tokens_per_second": speed,
        "seconds": None if not speed else tokens / speed, "bytes": round(plan.samples * (text + BYTES_A_SAMPLE)),
    }  # fmt: skip
