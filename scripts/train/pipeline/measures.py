"""What can be counted about generated samples: endings, repeats, language, novelty, distinctness.

A sample is a dictionary {"language", "genre", "prompt", "text", "finishReason"}, `text` being the continuation. The
units of n-grams are words in English and characters in Chinese, marks included (product_copy/measure.py has them).
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from product_copy.measure import NGRAM, repeats, units

from .prose import CHINESE


def language_share(text: str, language: str) -> tuple[int, int]:
    """Letters of the wanted language, and all letters: Chinese ones in Chinese, ASCII ones in English."""
    letters = [c for c in text if c.isalpha()]
    wanted = sum(bool(CHINESE.match(c)) if language == "zh" else c.isascii() for c in letters)
    return wanted, len(letters)


def grams(text: str, language: str) -> list[tuple[str, ...]]:
    parts = units(text, language)
    return [tuple(parts[i : i + NGRAM]) for i in range(len(parts) - NGRAM + 1)]


def known_grams(samples: list[dict], corpora: Iterable[Path]) -> set[tuple[str, ...]]:
    """Those 8-grams of the samples that stand in the training text, which is read once and not kept."""
    sought = {gram for sample in samples for gram in grams(sample["prompt"] + sample["text"], sample["language"])}
    found: set[tuple[str, ...]] = set()
    for file in corpora:
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                document = json.loads(line)
                found.update(sought.intersection(grams(document["text"], document["language"])))
    return found


def novelty(sample: dict, known: set[tuple[str, ...]]) -> float:
    """The share of its 8-grams that the training text does not have. Those within the prompt do not count."""
    parts, inside = grams(sample["prompt"] + sample["text"], sample["language"]), grams(sample["prompt"], sample["language"])
    own = parts[len(inside) :]
    return sum(gram not in known for gram in own) / len(own) if own else 1.0


def summary(samples: list[dict], corpora: Iterable[Path]) -> dict[str, float]:
    """All figures, as shares of 1 (`samples` and `prompts` are counts)."""
    known = known_grams(samples, corpora)
    by_prompt = defaultdict(list)
    for sample in samples:
        by_prompt[sample["prompt"]].append(sample["text"])
    share = {}
    for language in ("en", "zh"):
        counts = [language_share(sample["text"], language) for sample in samples if sample["language"] == language]
        if counts:
            share[f"letters of the language, {language}"] = sum(wanted for wanted, _ in counts) / max(1, sum(all_ for _, all_ in counts))
    count = len(samples)
    novel = [novelty(sample, known) for sample in samples]
    return {
        "samples": count,
        "prompts": len(by_prompt),
        "end by themselves": sum(sample["finishReason"] == "eos" for sample in samples) / count,
        "repeat a 4-gram three times": sum(repeats(sample["prompt"] + sample["text"], sample["language"]) for sample in samples) / count,
        **share,
        "new 8-grams, mean": sum(novel) / count,
        "samples with 90 % new 8-grams": sum(value >= 0.9 for value in novel) / count,
        "prompts whose variants are all distinct": sum(len(set(texts)) == len(texts) for texts in by_prompt.values()) / len(by_prompt),
    }
