#!/usr/bin/env python3
"""Train a GPT-2 on files of documents (corpus.py's, product_copy/generate.py's), from scratch or from a model.

  train.py OUT --tokenizer DIR --data product.jsonl=60 --data prose.jsonl=40 --minutes 90

OUT becomes a Hugging Face folder. Run the same command again to go on after a stop (Ctrl-C saves a checkpoint first).
With --from, a model goes on learning; a tokenizer that extends its own adds tokens to it.
"""

import argparse
from pathlib import Path

import torch
from pipeline.bpe import Bpe
from pipeline.data import encoded, split
from pipeline.folder import read_model, with_tokens
from pipeline.gpt2 import Gpt2, Shape
from pipeline.loop import Plan, Trainer


def weighted(text: str) -> tuple[Path, float]:
    name, _, weight = text.rpartition("=")
    return (Path(name), float(weight)) if name else (Path(text), 1.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument(
        "--data",
        type=weighted,
        action="append",
        required=True,
        metavar="FILE[=WEIGHT]",
        help="a file of documents; WEIGHT: its share of the batches",
    )
    parser.add_argument("--tokenizer", type=Path, metavar="DIR", help="default: the one of --from")
    parser.add_argument("--from", type=Path, dest="source", metavar="DIR", help="a GPT-2 folder to start from")
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument("--minutes", type=float, help="of wall-clock time, all runs together; the learning rate falls to 0 at their end")
    length.add_argument("--steps", type=int)
    parser.add_argument("--stop-after", type=int, metavar="STEP", help="stop there as Ctrl-C does, to go on another day")
    parser.add_argument("--layers", type=int, default=6, help="default %(default)s, as the next three without --from")
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--context", type=int, default=256)
    parser.add_argument("--rows", type=int, default=32, help="documents' windows in a batch (default %(default)s)")
    parser.add_argument("--rate", type=float, default=1.0, help="factor for both learning rates (default %(default)s)")
    parser.add_argument("--decay", type=float, default=0.4, help="share of the run over which the rate falls (default %(default)s)")
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument(
        "--held-out",
        type=int,
        default=300,
        help="documents at the end of each file that are measured, not trained on (default %(default)s)",
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if not (options.tokenizer or options.source):
        parser.error("a model from scratch needs --tokenizer")

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    tokenizer = Bpe.load(options.tokenizer or options.source)
    if options.source:
        net = read_model(options.source, options.dropout)
        if len(tokenizer) != net.shape.vocab_size:
            net = with_tokens(net, Bpe.load(options.source), tokenizer)
    else:
        net = Gpt2(Shape(len(tokenizer), options.context, options.width, options.layers, options.heads), options.dropout)
    print(f"{sum(p.numel() for p in net.parameters())} parameters, {len(tokenizer)} tokens", flush=True)

    sources, held_out = {}, {}
    for file, weight in options.data:
        tokens = encoded(file, tokenizer, options.out / "tokens", lambda line: print(line, flush=True))
        # A small file keeps most of its documents for training.
        trained, measured = split(tokens, min(options.held_out, (len(tokens.starts) - 1) // 10))
        print(f"{file.name}: {len(trained.starts) - 1} documents, {len(trained.ids)} tokens", flush=True)
        sources[file.stem] = (trained, weight)
        if len(measured.ids) > 1:
            held_out[file.stem] = measured
    plan = Plan(
        options.out,
        options.minutes,
        options.steps,
        options.rows,
        net.shape.n_positions,
        options.rate,
        options.seed,
        decay=options.decay,
        stop_after=options.stop_after,
    )
    finished = Trainer(net, tokenizer, sources, held_out, plan).run()
    print(f"the model is in {options.out}" if finished else "stopped; the same command goes on from the checkpoint")


if __name__ == "__main__":
    main()
