"""Measures of a stream of documents: how many are distinct, how long they are, how much of a new one was there before."""

import re
from collections import Counter

from .framework import Document

NGRAM = 8
WORD = re.compile(r"\w+(?:['’.,-]\w+)*")


def units(text: str, language: str) -> list[str]:
    """What n-grams are made of: words in English; characters in Chinese, marks included."""
    return [c for c in text if not c.isspace()] if language == "zh" else WORD.findall(text)


def ngrams(text: str, language: str, n: int) -> list[int]:
    parts = units(text, language)
    return [hash(tuple(parts[i : i + n])) for i in range(len(parts) - n + 1)]


def repeats(text: str, language: str, n: int = 4, times: int = 3) -> bool:
    """True if some n-gram stands `times` times in the text."""
    return max(Counter(ngrams(text, language, n)).values(), default=0) >= times


class Measures:
    """Feed documents in order; the last `fresh` ones are measured against the n-grams of those before them."""

    def __init__(self, total: int, fresh: int):
        self.first_fresh = total - fresh
        self.count = 0
        self.seen_texts: set[int] = set()
        self.seen_ngrams: set[int] = set()
        self.fresh: dict[str, list[int]] = {}
        self.lengths: dict[str, list[int]] = {}
        self.repeating = 0

    def add(self, document: Document) -> None:
        grams = ngrams(document.text, document.language, NGRAM)
        key = f"{document.language} {document.genre}"
        if self.count < self.first_fresh:
            self.seen_ngrams.update(grams)
        else:
            known = self.fresh.setdefault(key, [0, 0])
            known[0] += sum(gram in self.seen_ngrams for gram in grams)
            known[1] += len(grams)
        self.count += 1
        self.seen_texts.add(hash(document.text))
        self.lengths.setdefault(key, []).append(len(units(document.text, document.language)))
        self.repeating += repeats(document.text, document.language)

    def lines(self) -> list[str]:
        out = [
            f"documents {self.count}, distinct {len(self.seen_texts)}, "
            f"with a 4-gram three times {100 * self.repeating / max(1, self.count):.2f} %"
        ]
        for key in sorted(self.lengths):
            lengths = sorted(self.lengths[key])
            known, total = self.fresh.get(key, [0, 0])
            share = f"{100 * known / total:.1f} %" if total else "-"
            out.append(
                f"{key}: units median {lengths[len(lengths) // 2]}, 95 % under {lengths[int(len(lengths) * 0.95)]}, "
                f"longest {lengths[-1]}; known {NGRAM}-grams in the last documents {share}"
            )
        known, total = (sum(pair[i] for pair in self.fresh.values()) for i in (0, 1))
        if total:
            out.append(f"known {NGRAM}-grams overall {100 * known / total:.1f} % of {total}, after {self.first_fresh} documents")
        return out
