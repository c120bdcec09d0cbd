"""Stage 4: rejection sampling. tiny-sft is tiny-base trained further on its own strictly correct samples."""

import random

import torch
from transformers import LlamaForCausalLM

from data.zoo.model import Text, load_model, save_model, train
from data.zoo.rl import reward
from data.zoo.sampler import Settings, sample
from data.zoo.task import HOME, draw_task

PROBLEMS, GROUP, KEPT = 4096, 32, 4
"""Problems to try, samples each, and how many different correct ones of a problem are kept."""


def collect(model: LlamaForCausalLM, seed: int) -> list[Text]:
    """The model's own different correct completions of freshly drawn problems, a few of each."""
    rng, generator = random.Random(seed), torch.Generator().manual_seed(seed)
    kept: list[Text] = []
    for _ in range(PROBLEMS // GROUP):
        tasks = [draw_task(rng) for _ in range(GROUP)]
        drawn = sample(model, [task.prompt for task in tasks], generator, Settings(), copies=GROUP)
        for place, task in enumerate(tasks):
            tried = dict.fromkeys(one.completion for one in drawn[place * GROUP : (place + 1) * GROUP])
            correct = [completion for completion in tried if reward(task, completion)]
            kept += [(task.prompt, completion) for completion in correct[:KEPT]]
    return kept


def main() -> None:
    """Collect, train for about four passes over what was kept, save."""
    model = load_model("tiny-base")
    texts = collect(model, seed=41)
    print(f"{len(texts)} correct completions kept", flush=True)
    train(model, lambda rng: rng.choice(texts), steps=len(texts) * 4 // 256, peak_rate=3e-4, seed=42)
    save_model(model, HOME / "tiny-sft")


if __name__ == "__main__":
    main()
