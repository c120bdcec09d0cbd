"""How likely a model finds texts, from its weights alone: `python -m tests.sampling.exact MODEL` in vLLM's environment.

Reads one JSON object a line (prompt, completion, ended, temperature) and prints for each its tokens' log-probabilities
and the chance that all likelier tokens have together at each place, at that temperature.
"""

import json
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

if __name__ == "__main__":
    tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
    model = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32).eval()
    with torch.no_grad():
        for line in sys.stdin:
            said = json.loads(line)
            prompt = tokenizer(said["prompt"])["input_ids"]
            own = tokenizer(said["completion"], add_special_tokens=False)["input_ids"]
            own += [tokenizer.eos_token_id] if said["ended"] else []
            logits = model(torch.tensor([prompt + own])).logits[0, len(prompt) - 1 : -1]
            plain = torch.log_softmax(logits, dim=-1)
            sharp = torch.softmax(logits / said["temperature"], dim=-1)
            places = range(len(own))
            print(json.dumps({
                "logprobs": [float(plain[at, own[at]]) for at in places],
                "likelier": [float(sharp[at][logits[at] > logits[at, own[at]]].sum()) for at in places],
            }))  # fmt: skip
