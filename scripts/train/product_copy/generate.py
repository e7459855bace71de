#!/usr/bin/env python3
"""Write product-copy documents: the same seed always gives the same file.

Text output: each document is followed by <|endoftext|> and a line break. With --json: one object per line,
{"language", "genre", "prompt", "text"}, where "prompt" is the part of the text that a user would type.
"""

import argparse
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from product_copy import framework
from product_copy.measure import Measures


def documents(languages: list[str], count: int, seed: int, split: str):
    """`count` documents; with several languages they take turns."""
    for number in range(count):
        index, turn = divmod(number, len(languages))
        yield framework.document(languages[turn], split, seed, index)


def line(document: framework.Document, as_json: bool) -> str:
    if not as_json:
        return document.text + framework.END + "\n"
    record = {"language": document.language, "genre": document.genre, "prompt": document.opening, "text": document.text}
    return json.dumps(record, ensure_ascii=False) + "\n"


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--language", choices=[*framework.LANGUAGES, "both"], default="both")
    parser.add_argument("--documents", type=int, required=True, metavar="N", help="how many documents to write")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--split",
        choices=framework.SPLITS,
        default="train",
        help="held-out: only combinations of kind, audience and feature that training never sees",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: standard output")
    parser.add_argument(
        "--wordings", type=int, metavar="N", help="of what can be said in many ways, use the N shortest ways (default: all)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.add_argument(
        "--stats", action="store_true", help="print measures instead of documents (with --out: both); the last 2 %% count as fresh"
    )
    options = parser.parse_args(argv)
    if options.documents < 1:
        parser.error("--documents must be at least 1")
    if options.wordings is not None and options.wordings < 1:
        parser.error("--wordings must be at least 1")
    framework.use_wordings(options.wordings)

    languages = list(framework.LANGUAGES) if options.language == "both" else [options.language]
    measures = Measures(options.documents, max(1, options.documents // 50)) if options.stats else None
    writes = options.out is not None or not options.stats
    file = options.out.open("w", encoding="utf-8") if options.out else sys.stdout
    started = time.monotonic()
    try:
        for number, document in enumerate(documents(languages, options.documents, options.seed, options.split), 1):
            if writes:
                file.write(line(document, options.json))
            if measures:
                measures.add(document)
            if number % 10_000 == 0 and sys.stderr.isatty():
                left = (time.monotonic() - started) / number * (options.documents - number)
                print(f"\r{number} of {options.documents} documents, {left:.0f} s left ", end="", file=sys.stderr)
    finally:
        if options.out:
            file.close()
    if measures:
        print("\n".join(measures.lines()))


if __name__ == "__main__":
    main()
