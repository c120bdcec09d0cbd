"""Fast batched sampling and scoring with a tiny Llama.

Samples of one prompt share their beginnings, and each different beginning is computed once: at every step there is one
row for each different text so far that is still going on, and every sample draws its own token from its row's chances.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional
from transformers import LlamaForCausalLM

from data.zoo.tokenizer import EOS_ID, PAD_ID, VOCABULARY, decode, encode

Floats = torch.Tensor


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How tokens are drawn."""

    temperature: float = 1.0
    top_p: float = 1.0
    max_tokens: int = 64


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One completion and its log-probabilities under the model itself at temperature 1, end token included."""

    tokens: list[int]
    logprobs: list[float]

    @property
    def finished(self) -> bool:
        """Whether the model ended it; otherwise it was cut at the limit."""
        return self.tokens[-1] == EOS_ID

    @property
    def completion(self) -> str:
        """The text, without special tokens."""
        return decode(self.tokens)


class Cached:
    """A forward pass that remembers keys and values of earlier positions."""

    def __init__(self, model: LlamaForCausalLM, rows: int, width: int) -> None:
        self.weights = dict(model.named_parameters())
        shape = model.config
        self.heads, self.head = shape.num_attention_heads, shape.hidden_size // shape.num_attention_heads
        self.epsilon = shape.rms_norm_eps
        nothing = torch.empty(rows, self.heads, 0, self.head)
        self.keys = [nothing] * shape.num_hidden_layers
        self.values = [nothing] * shape.num_hidden_layers
        frequencies = 10000.0 ** (-torch.arange(0, self.head, 2) / self.head)
        angles = torch.arange(width)[:, None] * frequencies
        self.cosine, self.sine = angles.cos().repeat(1, 2), angles.sin().repeat(1, 2)

    def branch(self, parents: torch.Tensor) -> None:
        """Go on with these rows, each as often as it is named."""
        self.keys = [key[parents] for key in self.keys]
        self.values = [value[parents] for value in self.values]

    def __call__(self, ids: torch.Tensor, positions: torch.Tensor, visible: torch.Tensor | None) -> Floats:
        """Logits after the last of `ids` (rows × new).

        `visible` (rows × 1 × new × all so far) says what may be seen; None: everything so far.
        """
        state = self.weights["model.embed_tokens.weight"][ids]
        cosine, sine = self.cosine[positions][:, None], self.sine[positions][:, None]
        for layer in range(len(self.keys)):
            state = state + self._attention(layer, state, cosine, sine, visible)
            inner = self._norm(state, f"model.layers.{layer}.post_attention_layernorm")
            gate = functional.silu(self._linear(inner, layer, "mlp.gate_proj"))
            state = state + self._linear(gate * self._linear(inner, layer, "mlp.up_proj"), layer, "mlp.down_proj")
        last = self._norm(state[:, -1], "model.norm")
        return last @ self.weights["model.embed_tokens.weight"].T

    def _attention(
        self, layer: int, state: Floats, cosine: Floats, sine: Floats, visible: torch.Tensor | None
    ) -> Floats:
        inner = self._norm(state, f"model.layers.{layer}.input_layernorm")
        query, key, value = (
            self._linear(inner, layer, f"self_attn.{part}_proj").unflatten(-1, (self.heads, self.head)).transpose(1, 2)
            for part in "qkv"
        )
        self.keys[layer] = torch.cat((self.keys[layer], _rotated(key, cosine, sine)), 2)
        self.values[layer] = torch.cat((self.values[layer], value), 2)
        mixed = functional.scaled_dot_product_attention(
            _rotated(query, cosine, sine), self.keys[layer], self.values[layer], attn_mask=visible
        )
        return self._linear(mixed.transpose(1, 2).flatten(2), layer, "self_attn.o_proj")

    def _linear(self, state: Floats, layer: int, name: str) -> Floats:
        return functional.linear(state, self.weights[f"model.layers.{layer}.{name}.weight"])

    def _norm(self, state: Floats, name: str) -> Floats:
        return functional.rms_norm(state, state.shape[-1:], self.weights[f"{name}.weight"], self.epsilon)


def _rotated(heads: Floats, cosine: Floats, sine: Floats) -> Floats:
    first, second = heads.chunk(2, -1)
    return heads * cosine + torch.cat((-second, first), -1) * sine


@torch.inference_mode()
def sample(
    model: LlamaForCausalLM,
    prompts: Sequence[str],
    generator: torch.Generator,
    settings: Settings,
    copies: int = 1,
) -> list[Drawn]:
    """As many completions of each prompt as asked, one prompt after the other.

    Prompts of different length are padded on the left; each is read once however many completions are drawn.
    """
    encoded = [encode(prompt) for prompt in prompts]
    longest = max(map(len, encoded))
    padding = torch.tensor([longest - len(ids) for ids in encoded])
    ids = torch.tensor([[PAD_ID] * (longest - len(part)) + part for part in encoded])
    columns = torch.arange(longest + settings.max_tokens)
    # Padding may see itself, or its softmax would divide by zero.
    before = (columns <= columns[:, None])[:longest, :longest] & (columns[:longest] >= padding[:, None, None])
    visible: torch.Tensor | None = (before | torch.eye(longest, dtype=torch.bool))[:, None]
    step = Cached(model, len(encoded), len(columns))
    logits = step(ids, (columns[:longest] - padding[:, None]).clamp(min=0), visible)
    row = torch.arange(len(encoded)).repeat_interleave(copies)
    done = torch.zeros(len(row), dtype=torch.bool)
    tokens, logprobs = [], []
    for place in columns[longest:]:
        chosen = torch.multinomial(_chances(logits, settings)[row], 1, generator=generator)[:, 0]
        tokens.append(chosen)
        logprobs.append(torch.log_softmax(logits, -1)[row, chosen])
        done |= chosen == EOS_ID
        if done.all():
            break
        row, parents, fresh = _branched(row, chosen, done)
        step.branch(parents)
        padding = padding[parents]
        visible = (columns[: place + 1] >= padding[:, None])[:, None, None] if padding.any() else None
        logits = step(fresh[:, None], (place - padding)[:, None], visible)
    return _cut(torch.stack(tokens, 1).tolist(), torch.stack(logprobs, 1).tolist())


def _branched(
    row: torch.Tensor, chosen: torch.Tensor, done: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Each sample's row from now on, and of each row the one it comes from and its new token.

    Samples that are done stay with the first row; what they draw there is cut away.
    """
    pairs = row * len(VOCABULARY) + chosen
    different, place = pairs[~done].unique(return_inverse=True)
    after = torch.zeros_like(row)
    after[~done] = place
    return after, different // len(VOCABULARY), different % len(VOCABULARY)


def _chances(logits: Floats, settings: Settings) -> Floats:
    chances = torch.softmax(logits / settings.temperature, -1)
    if settings.top_p < 1:
        ordered, order = chances.sort(-1, descending=True)
        beyond = ordered.cumsum(-1) - ordered >= settings.top_p
        chances = chances.masked_fill(torch.zeros_like(beyond).scatter(1, order, beyond), 0)
    return chances


def _cut(tokens: list[list[int]], logprobs: list[list[float]]) -> list[Drawn]:
    ends = [row.index(EOS_ID) + 1 if EOS_ID in row else len(row) for row in tokens]
    return [
        Drawn(tokens=row[:end], logprobs=chance[:end]) for row, chance, end in zip(tokens, logprobs, ends, strict=True)
    ]


@torch.inference_mode()
def score(model: LlamaForCausalLM, prompt: str, drawn: Sequence[Drawn]) -> list[float]:
    """The summed log-probability of completions of one prompt under another model, at temperature 1."""
    start = encode(prompt)
    different = list({tuple(one.tokens) for one in drawn})
    width = max(map(len, different))
    ids = torch.tensor([[*start, *tokens, *[PAD_ID] * (width - len(tokens))] for tokens in different])
    logits = model(input_ids=ids).logits[:, len(start) - 1 : -1]
    chances = torch.log_softmax(logits, -1).gather(2, ids[:, len(start) :, None])[:, :, 0]
    inside = torch.arange(width) < torch.tensor([len(tokens) for tokens in different])[:, None]
    sums = (chances * inside).sum(1).tolist()
    known = dict(zip(different, sums, strict=True))
    return [known[tuple(one.tokens)] for one in drawn]
