#!/usr/bin/env python3
"""Collect text into one file of documents, one JSON object {"language", "source", "text"} per line.

  corpus.py OUT.jsonl --texts FOLDER       a user's own .txt and .md files
  corpus.py OUT.jsonl --prose FOLDER       what scripts/train/fetch fetched (FOLDER is its directory)

Product copy has a generator of its own: product_copy/generate.py --json. The documents come in an order that the
seed decides; those that share a paragraph with the text of --without (a held-out text) are left out.
"""

import argparse
import json
import random
import sys
from collections import Counter
from pathlib import Path

from pipeline.prose import Fresh, debian_descriptions, pages, text_files


def prose(folder: Path):
    fresh = Fresh()
    # Debian 13 first: of two versions of a paragraph the newer one stays.
    for file in sorted((folder / "descriptions").iterdir(), reverse=True):
        yield from debian_descriptions(file, fresh)
    for package in sorted((folder / "documents").iterdir()):
        yield from pages(package, package.name, fresh)


def paged(documents: list[dict], share: float, rng: random.Random) -> list[dict]:
    """Some documents of one source, three to six at a time, become one; all others stay as they are."""
    waiting: dict[str, list[dict]] = {}
    found = []
    for document in documents:
        if rng.random() >= share:
            found.append(document)
            continue
        page = waiting.setdefault(f"{document['language']} {document['source']}", [])
        page.append(document)
        if len(page) >= rng.randint(3, 6):
            found.append({**page[0], "text": "\n\n".join(d["text"] for d in page)})
            page.clear()
    return found + [document for page in waiting.values() for document in page]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, metavar="OUT.jsonl")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--texts", type=Path, metavar="FOLDER")
    source.add_argument("--prose", type=Path, metavar="FOLDER")
    parser.add_argument("--language", choices=["en", "zh"], help="this language only")
    parser.add_argument("--without", type=Path, metavar="FILE", help="a held-out text")
    parser.add_argument(
        "--pages",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="join this share of the documents to pages, with blank lines between, for a model that will read running text",
    )
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    folder = options.texts or options.prose
    if not folder.exists():
        parser.error(f"{folder} does not exist")

    documents = list(text_files(folder) if options.texts else prose(folder))
    if options.language:
        documents = [d for d in documents if d["language"] == options.language]
    if options.without:
        held_out = {line for line in options.without.read_text(encoding="utf-8").split("\n") if len(line) > 20}
        documents = [d for d in documents if not held_out.intersection(d["text"].split("\n"))]
    random.Random(options.seed).shuffle(documents)
    if not documents:
        parser.error(f"{folder} has no text that could be used")
    documents = paged(documents, options.pages, random.Random(options.seed))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with options.out.open("w", encoding="utf-8") as file:
        for document in documents:
            file.write(json.dumps(document, ensure_ascii=False) + "\n")
    counts, sizes = Counter(), Counter()
    for document in documents:
        key = f"{document['language']} {document['source']}"
        counts[key] += 1
        sizes[key] += len(document["text"].encode())
    for key in sorted(counts):
        print(f"{key}: {counts[key]} documents, {sizes[key] / 1e6:.2f} MB", file=sys.stderr)


if __name__ == "__main__":
    main()
