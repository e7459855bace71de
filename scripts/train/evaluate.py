#!/usr/bin/env python3
"""Measure a model.

evaluate.py perplexity MODEL FILE …     of running text (.txt, in windows as `variorum eval` has them) and of files of
                                        documents (.jsonl, each by itself from its first token on, its end included)
evaluate.py prompts [--json]            held-out prompts of all genres in both languages
evaluate.py sample MODEL PROMPT …       a few continuations, for a look during training
evaluate.py samples FILE --corpus …     count what `scripts/train/samples` wrote: endings, repeats, language,
                                        novelty against the training text, distinctness
"""

import argparse
import json
import math
import random
from pathlib import Path

import torch
from pipeline.bpe import Bpe
from pipeline.folder import read_model
from pipeline.gpt2 import Gpt2
from pipeline.measures import summary
from product_copy.framework import prompts


@torch.no_grad()
def score(net: Gpt2, ids: list[int]) -> float:
    """The sum of the negative log-likelihoods of all ids but the first, in nats, in float32."""
    rows = torch.tensor([ids])
    return net.loss(rows[:, :-1], rows[:, 1:]).item() * (len(ids) - 1)


def perplexity(options: argparse.Namespace) -> None:
    net, tokenizer = read_model(options.model).eval(), Bpe.load(options.model)
    context = net.shape.n_positions
    for file in options.files:
        if file.suffix == ".jsonl":
            texts = [json.loads(line)["text"] for line in file.read_text(encoding="utf-8").splitlines()[: options.documents]]
            parts = [[*tokenizer.encode(text), tokenizer.end][:context] for text in texts]
            size = sum(len(text.encode()) for text in texts)
        else:
            text = file.read_text(encoding="utf-8")
            ids = tokenizer.encode(text)
            parts = [ids[at : at + context] for at in range(0, len(ids), context)]
            size = len(text.encode())
        parts = [part for part in parts if len(part) > 1]
        nats, count = sum(score(net, part) for part in parts), sum(len(part) - 1 for part in parts)
        print(
            f"{file.name}: perplexity {math.exp(nats / count):.4g} per token over {count} tokens, {math.exp(nats / size):.4f} per byte over {size} bytes"
        )


def write_prompts(options: argparse.Namespace) -> None:
    rng = random.Random(options.seed)
    for language in ("en", "zh"):
        for prompt in prompts(rng, language, options.count):
            print(json.dumps(prompt._asdict(), ensure_ascii=False) if options.json else prompt.text.replace("\n", "\\n"))


@torch.no_grad()
def sample(options: argparse.Namespace) -> None:
    net, tokenizer = read_model(options.model).eval(), Bpe.load(options.model)
    generator = torch.Generator().manual_seed(options.seed)
    for prompt in options.prompts:
        for _ in range(options.variants):
            ids = tokenizer.encode(prompt)
            for _ in range(options.tokens):
                probabilities, order = (net(torch.tensor([ids[-net.shape.n_positions :]]))[0, -1] / 0.8).softmax(-1).sort(descending=True)
                probabilities[probabilities.cumsum(0) - probabilities >= 0.95] = 0
                chosen = int(order[torch.multinomial(probabilities, 1, generator=generator)])
                if chosen == tokenizer.end:
                    break
                ids.append(chosen)
            print("> " + tokenizer.decode(ids).replace("\n", "\n  "))


def count_samples(options: argparse.Namespace) -> None:
    samples = [json.loads(line) for line in options.file.read_text(encoding="utf-8").splitlines()]
    for name, value in summary(samples, options.corpus).items():
        print(f"{name}: {value:.1%}" if isinstance(value, float) else f"{name}: {value}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    commands = parser.add_subparsers(required=True, metavar="perplexity|prompts|sample|samples")
    command = commands.add_parser("perplexity")
    command.add_argument("model", type=Path, metavar="MODEL")
    command.add_argument("files", type=Path, nargs="+", metavar="FILE")
    command.add_argument("--documents", type=int, metavar="N", help="of a .jsonl file: the first N")
    command.set_defaults(run=perplexity)
    command = commands.add_parser("prompts")
    command.add_argument("--count", type=int, default=20, help="for each language (default %(default)s)")
    command.add_argument("--seed", type=int, default=2026)
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=write_prompts)
    command = commands.add_parser("sample")
    command.add_argument("model", type=Path, metavar="MODEL")
    command.add_argument("prompts", nargs="+", metavar="PROMPT")
    command.add_argument("--variants", type=int, default=2)
    command.add_argument("--tokens", type=int, default=120)
    command.add_argument("--seed", type=int, default=1)
    command.set_defaults(run=sample)
    command = commands.add_parser("samples")
    command.add_argument("file", type=Path, metavar="SAMPLES.jsonl")
    command.add_argument("--corpus", type=Path, nargs="+", required=True, metavar="FILE.jsonl")
    command.set_defaults(run=count_samples)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    options.run(options)


if __name__ == "__main__":
    main()
