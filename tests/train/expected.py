#!/usr/bin/env python3
"""Write MODEL/expected.json: greedy continuations of a few prompts and the perplexity of MODEL/eval.txt, by the plain
float32 formulas of reference.py. The engine's tests compare with it.

  scripts/train/run expected MODEL PROMPT...
"""

import argparse
import json
import math
import sys
from pathlib import Path

import torch

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "scripts" / "train")]
from pipeline.bpe import Bpe
from pipeline.folder import read_tensors
from reference import plain_logits

METHOD = "consecutive windows of n_positions tokens; in each, every token after the first is scored; exp(mean NLL)"


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, metavar="MODEL")
    parser.add_argument("prompts", nargs="+", metavar="PROMPT")
    parser.add_argument("--tokens", type=int, default=60, help="most new tokens (default %(default)s)")
    options = parser.parse_args()
    config = json.loads((options.model / "config.json").read_text())
    tokenizer = Bpe.load(options.model)
    tensors = {name: tensor.float() for name, tensor in read_tensors(options.model).items()}

    def logits(ids: list[int]) -> torch.Tensor:
        return plain_logits(tensors, torch.tensor(ids), config["n_head"])

    greedy = []
    for prompt in options.prompts:
        ids = prompt_ids = tokenizer.encode(prompt)
        while len(ids) < len(prompt_ids) + options.tokens and ids[-1] != tokenizer.end:
            ids = [*ids, int(logits(ids)[-1].argmax())]
        greedy.append({"prompt": prompt, "prompt_ids": prompt_ids, "ids": ids, "text": tokenizer.decode(ids)})

    ids = tokenizer.encode((options.model / "eval.txt").read_text(encoding="utf-8"))
    context, nats, count = config["n_positions"], 0.0, 0
    for at in range(0, len(ids) - 1, context):
        window = ids[at : at + context]
        if len(window) > 1:
            scores = logits(window)[:-1].log_softmax(-1)
            nats -= scores.gather(1, torch.tensor(window[1:])[:, None]).double().sum().item()
            count += len(window) - 1
    expected = {"greedy": greedy, "perplexity": {"value": math.exp(nats / count), "tokens": count, "method": METHOD}}
    (options.model / "expected.json").write_text(json.dumps(expected, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"perplexity {math.exp(nats / count):.4f} over {count} tokens")
    for case in greedy:
        print("> " + case["text"])


if __name__ == "__main__":
    main()
