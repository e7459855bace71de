#!/usr/bin/env python3
"""Learn a byte-level BPE tokenizer from files of documents, or add tokens to one.

  tokenizer.py OUT --size 8192 corpus.jsonl …
  tokenizer.py OUT --size 13312 --extend MODEL corpus.jsonl …     MODEL's tokens keep their ids

Writes Hugging Face's tokenizer.json and tokenizer_config.json to OUT.
"""

import argparse
import json
import sys
from itertools import islice
from pathlib import Path

from pipeline.bpe import Bpe


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("corpus", type=Path, nargs="+", metavar="FILE.jsonl")
    parser.add_argument("--size", type=int, required=True, help="tokens, the end-of-text token and the 256 bytes included")
    parser.add_argument("--extend", type=Path, metavar="DIR", help="begin with the tokens of this folder's tokenizer")
    parser.add_argument("--documents", type=int, metavar="N", help="read the first N documents of each file only")
    parser.add_argument("--least", type=int, default=2, help="how often a pair must occur to become a token (default %(default)s)")
    options = parser.parse_args()

    first = Bpe.load(options.extend) if options.extend else Bpe.bytes_only()
    if options.size <= len(first):
        parser.error(f"--size must be above {len(first)}, what it begins with")

    def texts():
        for file in options.corpus:
            with file.open(encoding="utf-8") as lines:
                for line in islice(lines, options.documents):
                    yield json.loads(line)["text"]

    def progress(size: int) -> None:
        if sys.stderr.isatty() and size % 100 == 0:
            print(f"\r{size} of {options.size} tokens ", end="", file=sys.stderr)

    tokenizer = first.extended(texts(), options.size, options.least, progress)
    tokenizer.save(options.out)
    print(f"{len(tokenizer)} tokens in {options.out}" + ("" if len(tokenizer) == options.size else ": the text has no more pairs to join"))


if __name__ == "__main__":
    main()
