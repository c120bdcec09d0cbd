"""Stage 5: tiny-distilled is tiny-base trained further on the exhaustive solver's paths."""

import random

from data.zoo.model import load_model, save_model, train
from data.zoo.task import HOME
from data.zoo.teacher import traces


def main() -> None:
    """Train further and save."""
    model = load_model("tiny-base")
    endless = traces(random.Random(51))

    def draw(_: random.Random) -> tuple[str, str]:
        task, completion = next(endless)
        return task.prompt, completion

    train(model, draw, steps=800, peak_rate=1e-3, seed=52)
    save_model(model, HOME / "tiny-distilled")


if __name__ == "__main__":
    main()
