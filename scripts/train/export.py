#!/usr/bin/env python3
"""Write a model as the Hugging Face folder that one ships: weights in BF16 or F32, tokenizer, generation defaults.

  export.py MODEL OUT [--kind bfloat16] [--generation '{"temperature": 0.8, "top_p": 0.95}']

MODEL: a folder of train.py or fine-tune.py, whose run may still be going on.
Then `scripts/variorum shard OUT DIR` makes the model directory that the page loads.
"""

import argparse
import json
from pathlib import Path

import torch
from pipeline.bpe import Bpe
from pipeline.folder import read_model, write_model

KINDS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, metavar="MODEL")
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--kind", choices=KINDS, default="bfloat16", help="of the weights (default %(default)s)")
    parser.add_argument("--generation", type=json.loads, default={}, metavar="JSON", help="fields of generation_config.json")
    parser.add_argument("--file-size", type=float, metavar="MB", help="split the weights into files of at most so many megabytes")
    options = parser.parse_args()
    net = read_model(options.model)
    write_model(
        net,
        Bpe.load(options.model),
        options.out,
        KINDS[options.kind],
        options.generation,
        int(options.file_size * 1e6) if options.file_size else None,
    )
    print(f"{sum(p.numel() for p in net.parameters())} parameters in {options.out}")


if __name__ == "__main__":
    main()
