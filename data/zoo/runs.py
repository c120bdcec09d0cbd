"""What ships: every model of the family and every run of samples, as data."""

from dataclasses import dataclass

from data.zoo.sampler import Settings

BENCHMARK = "countdown"
LAST = "tiny-rlvr-600"


@dataclass(frozen=True, kw_only=True)
class Model:
    """One model of the family."""

    name: str
    training: str
    base_model: str | None = "tiny-base"
    checkpoint_step: int | None = None
    made_by: str
    """One sentence for its card."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One model sampled on the benchmark with one set of settings."""

    model: str
    count: int
    """Samples a problem."""
    seed: int
    temperature: float = 1.0
    top_p: float = 1.0
    score_under: str | None = None
    """Another model that also scores the samples."""

    @property
    def name(self) -> str:
        """The run's name on the screen."""
        return f"{self.model} t{self.temperature}" + (f" p{self.top_p}" if self.top_p < 1 else "")

    @property
    def file(self) -> str:
        """Its file in the demo folder."""
        return self.name.replace(" ", ".") + ".parquet"

    @property
    def settings(self) -> Settings:
        """How its tokens are drawn."""
        return Settings(temperature=self.temperature, top_p=self.top_p)


def _checkpoint(step: int) -> Model:
    return Model(
        name=f"tiny-rlvr-{step}",
        training="rlvr",
        checkpoint_step=step,
        made_by=f"{step} steps of policy gradient with the verifiable reward from tiny-base, no KL term, seed 1.",
    )


MODELS = (
    Model(
        name="tiny-base",
        training="base",
        base_model=None,
        made_by="Trained from nothing on random walks with + - *, a quarter of which miss their target.",
    ),
    *(_checkpoint(step) for step in (150, 300, 450, 600)),
    Model(
        name="tiny-rlvr-kl-600",
        training="rlvr",
        checkpoint_step=600,
        made_by="The run of tiny-rlvr-600 again with one thing changed: a KL penalty of 0.05 towards tiny-base.",
    ),
    Model(
        name="tiny-sft",
        training="sft",
        made_by="tiny-base trained further on its own strictly correct samples (rejection sampling).",
    ),
    Model(
        name="tiny-distilled",
        training="distilled",
        made_by="tiny-base trained further on paths of the exhaustive solver, which divides and never misses.",
    ),
)

RUNS = (
    Run(model="tiny-base", count=1024, seed=101, score_under=LAST),
    Run(model="tiny-rlvr-150", count=256, seed=102),
    Run(model="tiny-rlvr-300", count=256, seed=103),
    Run(model="tiny-rlvr-450", count=256, seed=104),
    Run(model=LAST, count=1024, seed=105, score_under="tiny-base"),
    Run(model="tiny-rlvr-kl-600", count=1024, seed=106),
    Run(model="tiny-sft", count=256, seed=107),
    Run(model="tiny-distilled", count=1024, seed=108),
    Run(model="tiny-base", count=1024, seed=109, temperature=0.6, top_p=0.95),
    Run(model=LAST, count=1024, seed=110, temperature=0.6, top_p=0.95),
)

OTHER_SEEDS = (
    Run(model="tiny-rlvr-s2-600", count=1024, seed=112),
    Run(model="tiny-rlvr-s3-600", count=1024, seed=113),
)
"""Further training seeds of the RL run: their numbers are reported, their weights and samples do not ship."""
