"""Stage 3: reinforcement learning with the verifiable reward, from tiny-base; keeps checkpoints and a log.

Plain policy gradient in the manner of GRPO: a few prompts, a group of samples each, the reward 1 where the verifier
says correct, advantages normalised within the group, one on-policy update a step (so nothing needs clipping). The
optional penalty keeps the model near the base (the k3 estimate of the KL divergence).
"""

import argparse
import random
import time
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from transformers import LlamaForCausalLM

from backend.records import Verdict
from backend.verifiers.countdown import Countdown, grade
from data.zoo.model import IGNORED, load_model, save_model
from data.zoo.sampler import Drawn, Settings, sample
from data.zoo.task import DEMO, HOME, WORK, Task, draw_task
from data.zoo.tokenizer import PAD_ID, encode

PROMPTS, GROUP = 8, 32


def reward(task: Task, completion: str) -> float:
    """1 for a strictly correct completion, else 0."""
    problem = Countdown(numbers=task.numbers, target=task.target)
    return float(grade(problem, completion).strict is Verdict.CORRECT)


def advantages(rewards: torch.Tensor) -> torch.Tensor:
    """Rewards (prompts × group) less the group's mean, over its spread; zero where all are equal."""
    spread = rewards.std(1, keepdim=True)
    return (rewards - rewards.mean(1, keepdim=True)) / (spread + 1e-4)


def token_scores(model: LlamaForCausalLM, ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Log-probability of each token after the first, and the entropy it was drawn from (rows × width-1)."""
    chances = torch.log_softmax(model(input_ids=ids).logits[:, :-1], -1)
    entropy = -(chances.detach().exp() * chances.detach()).sum(-1)
    return chances.gather(2, ids[:, 1:, None])[:, :, 0], entropy


def batch_of(tasks: list[Task], drawn: list[Drawn]) -> tuple[torch.Tensor, torch.Tensor]:
    """Prompts with their samples, padded on the right, and where the sampled tokens stand."""
    starts = [encode(task.prompt) for task in tasks for _ in range(GROUP)]
    rows = [[*start, *one.tokens] for start, one in zip(starts, drawn, strict=True)]
    width = max(map(len, rows))
    ids = torch.tensor([row + [PAD_ID] * (width - len(row)) for row in rows])
    labels = torch.tensor(
        [
            [IGNORED] * len(start) + one.tokens + [IGNORED] * (width - len(start) - len(one.tokens))
            for start, one in zip(starts, drawn, strict=True)
        ]
    )
    return ids, (labels != IGNORED)[:, 1:].float()


def steps(
    model: LlamaForCausalLM, base: LlamaForCausalLM | None, chosen: argparse.Namespace
) -> Iterator[dict[str, float]]:
    """Train for ever, yielding one row of the log after each step."""
    rng = random.Random(1000 + chosen.seed)
    generator = torch.Generator().manual_seed(2000 + chosen.seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=chosen.rate, weight_decay=0.0)
    while True:
        tasks = [draw_task(rng) for _ in range(PROMPTS)]
        drawn = sample(model, [task.prompt for task in tasks], generator, Settings(), copies=GROUP)
        judged = [reward(tasks[i // GROUP], one.completion) for i, one in enumerate(drawn)]
        rewards = torch.tensor(judged).view(PROMPTS, GROUP)
        ids, inside = batch_of(tasks, drawn)
        chances, entropy = token_scores(model, ids)
        loss = -advantages(rewards).view(-1, 1) * chances
        if base is not None:
            with torch.inference_mode():
                gap = token_scores(base, ids)[0] - chances.detach()
            # The gradient of the k3 estimate exp(gap) - gap - 1, whose gap falls as the chance rises.
            loss = loss + chosen.kl * (1 - gap.exp()) * chances
        ((loss * inside).sum() / inside.sum()).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        yield {
            "reward": float(rewards.mean()),
            "entropy": float((entropy * inside).sum() / inside.sum()),
            "length": sum(len(one.tokens) for one in drawn) / len(drawn),
        }


def main() -> None:
    """Train one run; shipped runs save into the zoo, the other seeds into the work folder."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--run", required=True, help="name of the run, for example tiny-rlvr")
    options.add_argument("--seed", type=int, required=True)
    options.add_argument("--steps", type=int, default=600)
    options.add_argument("--every", type=int, default=150, help="steps between checkpoints")
    options.add_argument("--rate", type=float, default=3e-5)
    options.add_argument("--kl", type=float, default=0.0)
    options.add_argument("--ship", action="store_true", help="keep the checkpoints and the log in the repository")
    chosen = options.parse_args()
    model = load_model("tiny-base")
    base = load_model("tiny-base") if chosen.kl else None
    log: list[dict[str, float | int | str]] = []
    started = time.monotonic()
    for step, row in enumerate(steps(model, base, chosen), start=1):
        log.append({"run": chosen.run, "step": step, **row})
        if step % 10 == 0:
            recent = sum(float(entry["reward"]) for entry in log[-10:]) / 10
            print(f"step {step} reward {recent:.3f} {row} {time.monotonic() - started:.0f} s", flush=True)
        if step % chosen.every == 0:
            save_model(model, (HOME if chosen.ship else WORK) / f"{chosen.run}-{step}")
            home = DEMO if chosen.ship else WORK
            pq.write_table(pa.Table.from_pylist(log), home / f"training-log-{chosen.run}.parquet", compression="zstd")
        if step == chosen.steps:
            break


if __name__ == "__main__":
    main()
