"""Stage 8: load every shipped model afresh with transformers, sample with its own `generate`, compare with the files.

Nothing of the recipe's sampler is used. For each model the fresh samples' pass@1 must agree with the shipped one: the
difference, over the standard error of the fresh mean given each problem's shipped rate, must stay below 4.
"""

import argparse
import sys
import time

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from data.zoo.report import Counts, counts
from data.zoo.rl import reward
from data.zoo.runs import MODELS, RUNS
from data.zoo.samples import problems
from data.zoo.task import DEMO, HOME

LIMIT = 4.0


@torch.inference_mode()
def fresh_counts(name: str, draws: int) -> Counts:
    """Samples and correct samples of each problem, drawn by transformers itself."""
    tokenizer = AutoTokenizer.from_pretrained(HOME / name, padding_side="left")
    model = AutoModelForCausalLM.from_pretrained(HOME / name)
    found: Counts = {}
    asked = problems()
    for start in range(0, len(asked), 16):
        part = asked[start : start + 16]
        given = tokenizer([task.prompt for _, task in part for _ in range(draws)], return_tensors="pt", padding=True)
        made = model.generate(
            input_ids=given["input_ids"], attention_mask=given["attention_mask"], do_sample=True, max_new_tokens=64
        )
        texts = tokenizer.batch_decode(made[:, given["input_ids"].shape[1] :], skip_special_tokens=True)
        for place, (problem_id, task) in enumerate(part):
            right = sum(reward(task, text) for text in texts[place * draws : (place + 1) * draws])
            found[problem_id] = draws, int(right)
    return found


def deviation(shipped: Counts, fresh: Counts) -> tuple[float, float, float]:
    """Both pass@1 and their difference in standard errors."""
    rates = {key: correct / drawn for key, (drawn, correct) in shipped.items()}
    before = sum(rates.values()) / len(rates)
    after = sum(correct / drawn for drawn, correct in fresh.values()) / len(fresh)
    variance = sum(
        rates[key] * (1 - rates[key]) * (1 / drawn + 1 / shipped[key][0]) for key, (drawn, _) in fresh.items()
    )
    return before, after, (after - before) / (variance**0.5 / len(rates))


def main() -> None:
    """Check every model; exit 1 if one disagrees."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--draws", type=int, default=32, help="fresh samples a problem")
    draws, failed = options.parse_args().draws, False
    for number, model in enumerate(MODELS):
        torch.manual_seed(9000 + number)
        run = next(run for run in RUNS if run.model == model.name)
        started = time.monotonic()
        before, after, errors = deviation(counts(DEMO / run.file), fresh_counts(model.name, draws))
        failed |= abs(errors) > LIMIT
        spent = time.monotonic() - started
        print(f"{model.name}: shipped {before:.4f}, fresh {after:.4f}, {errors:+.1f} errors, {spent:.0f} s", flush=True)
    sys.exit(int(failed))


if __name__ == "__main__":
    main()
