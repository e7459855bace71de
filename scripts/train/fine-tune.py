#!/usr/bin/env python3
"""Teach a GPT-2 the voice of your own text files.

  fine-tune.py MODEL TEXTS OUT

MODEL: any GPT-2 folder as Hugging Face has it (such as openai-community/gpt2's, or the one that train.py or export.py
wrote). TEXTS: a folder of .txt and .md files, or one such file. OUT becomes a folder of the same kind.
Run the same command again to go on after a stop.
"""

import argparse
import json
import math
from pathlib import Path

import torch
from pipeline.bpe import Bpe
from pipeline.data import encoded, split
from pipeline.folder import read_model
from pipeline.loop import Plan, Trainer
from pipeline.prose import text_files


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, metavar="MODEL")
    parser.add_argument("texts", type=Path, metavar="TEXTS")
    parser.add_argument("out", type=Path, metavar="OUT")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--passes", type=float, default=6, help="over the text (default %(default)s)")
    length.add_argument("--minutes", type=float, help="of wall-clock time instead")
    length.add_argument("--steps", type=int, help="batches instead")
    parser.add_argument("--rows", type=int, default=8, help="windows in a batch (default %(default)s)")
    parser.add_argument("--length", type=int, default=256, help="tokens in a window, at most the model's context (default %(default)s)")
    parser.add_argument("--rate", type=float, default=0.15, help="of train.py's learning rates (default %(default)s)")
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if not options.texts.exists():
        parser.error(f"{options.texts} does not exist")

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    tokenizer = Bpe.load(options.model)
    net = read_model(options.model, options.dropout)
    length = min(options.length, net.shape.n_positions)

    documents = list(text_files(options.texts))
    if not documents:
        parser.error(f"{options.texts} has no text in .txt or .md files")
    options.out.mkdir(parents=True, exist_ok=True)
    corpus = options.out / "texts.jsonl"
    corpus.write_text("".join(json.dumps(document, ensure_ascii=False) + "\n" for document in documents), encoding="utf-8")
    tokens = encoded(corpus, tokenizer, options.out / "tokens")
    trained, measured = split(tokens, len(documents) // 20)
    steps = None if options.minutes else options.steps or math.ceil(options.passes * len(trained.ids) / (options.rows * length))
    print(f"{len(documents)} documents, {len(tokens.ids)} tokens" + (f", {steps} steps" if steps else ""), flush=True)

    plan = Plan(
        options.out, options.minutes, steps, options.rows, length, options.rate, options.seed, decay=0.8, log_steps=10, held_out_steps=50
    )
    held_out = {"texts": measured} if len(measured.ids) > 1 else {}
    finished = Trainer(net, tokenizer, {"texts": (trained, 1.0)}, held_out, plan).run()
    print(f"the model is in {options.out}" if finished else "stopped; the same command goes on from the checkpoint")


if __name__ == "__main__":
    main()
