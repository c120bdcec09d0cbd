"""Stage 2: train tiny-base on broad random walks with + - *, a quarter of which miss their target."""

import argparse
import random

from data.zoo.model import Text, new_model, save_model, train
from data.zoo.task import HOME, draw_walk

MISS_RATE = 0.25


def draw(rng: random.Random) -> Text:
    """One walk as a prompt and its completion."""
    task, completion = draw_walk(rng, "+-*", MISS_RATE)
    return task.prompt, completion


def main() -> None:
    """Train from nothing and save."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--steps", type=int, default=2400)
    options.add_argument("--name", default="tiny-base")
    chosen = options.parse_args()
    model = new_model(seed=1)
    train(model, draw, steps=chosen.steps, peak_rate=2e-3, seed=11)
    save_model(model, HOME / chosen.name)


if __name__ == "__main__":
    main()
