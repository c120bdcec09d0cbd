"""The tiny Llama: its shape, how it is saved and loaded, batches of text, and supervised training."""

import json
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

from data.zoo.task import HOME
from data.zoo.tokenizer import EOS_ID, PAD_ID, VOCABULARY, build, encode

Text = tuple[str, str]
"""A prompt and its completion."""
IGNORED = -100


def new_model(seed: int) -> LlamaForCausalLM:
    """A fresh model of about 0.86 million parameters."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(VOCABULARY),
        hidden_size=128,
        intermediate_size=384,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=128,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=EOS_ID,
        pad_token_id=PAD_ID,
        dtype="float32",
    )
    return LlamaForCausalLM(config)


def save_model(model: LlamaForCausalLM, folder: Path) -> None:
    """Write weights (rounded to half precision), configuration and tokenizer; they load as float32."""
    model.generation_config = GenerationConfig(
        do_sample=True, temperature=1.0, top_k=0, top_p=1.0, eos_token_id=EOS_ID, pad_token_id=PAD_ID
    )
    model.save_pretrained(folder)
    weights = folder / "model.safetensors"
    halves = {name: value.half() for name, value in load_file(weights).items()}
    save_file(halves, weights, metadata={"format": "pt"})
    weights.chmod(0o644)
    build().save_pretrained(folder)
    # The name that every version of transformers knows, not the one this version writes.
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    settings["tokenizer_class"] = "PreTrainedTokenizerFast"
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")


def load_model(name: str, home: Path = HOME) -> LlamaForCausalLM:
    """A trained model by its name, in float32."""
    return LlamaForCausalLM.from_pretrained(home / name, dtype=torch.float32)


def batch_of(texts: Sequence[Text]) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and labels, padded on the right; only completion and end count in the loss."""
    prompts = [encode(prompt) for prompt, _ in texts]
    endings = [[*encode(completion), EOS_ID] for _, completion in texts]
    width = max(len(p) + len(e) for p, e in zip(prompts, endings, strict=True))
    ids = torch.full((len(texts), width), PAD_ID)
    labels = torch.full((len(texts), width), IGNORED)
    for row, (prompt, ending) in enumerate(zip(prompts, endings, strict=True)):
        stop = len(prompt) + len(ending)
        ids[row, :stop] = torch.tensor(prompt + ending)
        labels[row, len(prompt) : stop] = torch.tensor(ending)
    return ids, labels


def train(
    model: LlamaForCausalLM,
    draw: Callable[[random.Random], Text],
    *,
    steps: int,
    peak_rate: float,
    seed: int,
    batch: int = 256,
) -> None:
    """Supervised training on drawn texts: AdamW, one cycle of the learning rate."""
    rng = random.Random(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=peak_rate, betas=(0.9, 0.95), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, peak_rate, total_steps=steps, pct_start=0.1)
    started = time.monotonic()
    model.train()
    for step in range(1, steps + 1):
        loss = _step(model, [draw(rng) for _ in range(batch)])
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        if step % 20 == 0:
            print(f"step {step} loss {loss:.4f} {time.monotonic() - started:.0f} s", flush=True)
    model.eval()


def _step(model: LlamaForCausalLM, texts: list[Text]) -> float:
    """Add up the gradient of one batch, in three parts of like length so that little is padded."""
    texts = sorted(texts, key=lambda text: len(text[0]) + len(text[1]))
    tokens = sum(len(completion) + 1 for _, completion in texts)
    total, third = 0.0, -(-len(texts) // 3)
    for start in range(0, len(texts), third):
        ids, labels = batch_of(texts[start : start + third])
        logits = model(input_ids=ids).logits[:, :-1]
        loss = torch.nn.functional.cross_entropy(
            logits.flatten(0, 1), labels[:, 1:].flatten(), ignore_index=IGNORED, reduction="sum"
        )
        (loss / tokens).backward()
        total += float(loss.detach())
    return total / tokens
