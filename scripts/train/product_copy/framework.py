"""What the languages share: genres, combinations, the split into training and held-out, documents, prompts.

A language is a module with three functions (see `Voice`). All chance comes from the `random.Random` that is
handed in, so a seed names its documents for ever: no sets are iterated and no `hash()` is taken.
"""

import hashlib
import importlib
import random
import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple, Protocol

GENRES = ["tagline", "description", "announcement", "answer", "recommendation", "idea"]
LANGUAGES = {"en": "english", "zh": "chinese"}
SPLITS = ["train", "held-out"]
END = "<|endoftext|>"
HELD_OUT_ONE_IN = 20


class Combination(NamedTuple):
    """What a document is about: ids of a kind of product, an audience and some (two or three) features of the kind."""

    kind: str
    audience: str
    features: tuple[str, ...]


class Prompt(NamedTuple):
    genre: str
    text: str
    language: str


class Document(NamedTuple):
    language: str
    genre: str
    combination: Combination
    opening: str
    rest: str

    @property
    def text(self) -> str:
        return self.opening + self.rest


class Voice(Protocol):
    """A language. `english` and `chinese` are modules of this shape."""

    def ontology(self) -> dict:
        """{"kinds": {id: ...}, "audiences": {id: ...}}: the facts, for tests and for the model card."""

    def combinations(self) -> Iterable[Combination]:
        """Every combination that makes sense, each once, in a fixed order."""

    def opened(self, rng: random.Random, genre: str, combination: Combination) -> tuple[str, str]:
        """One document in two parts: (opening, rest). The opening is what a user would type as a prompt and ends
        in no space; the rest goes on from there and brings its own space or line break. The document is their sum."""


_CHOICE = re.compile(r"\[([^|\[\]]*)[^\[\]]*\]")
_most_wordings: int | None = None


def use_wordings(most: int | None) -> None:
    """Of what can be said in many ways (how a feature works, what is good about it …), draw the `most` shortest wordings only;
    None: all. To be called before the first document. A small model learns fewer and shorter wordings sooner, so it makes fewer
    mistakes; and the shorter the pieces, the more of a text is where two of them meet, which is what is new in it."""
    global _most_wordings
    _most_wordings = most


def wordings(alternatives):
    """The alternatives that may be drawn (see `use_wordings`), of templates whose choices are written [a|b]."""
    if _most_wordings is None:
        return alternatives
    lengths = [len(_CHOICE.sub(r"\1", text)) for text in alternatives]
    shortest = sorted(range(len(alternatives)), key=lengths.__getitem__)[:_most_wordings]
    return [alternatives[index] for index in sorted(shortest)]


def voice(language: str) -> Voice:
    return importlib.import_module(f".{LANGUAGES[language]}", __package__)


def held_out(combination: Combination) -> bool:
    """True if one of the combination's (kind, audience, feature) never occurs in training: one such triple in 20."""
    kind, audience, features = combination
    return any(_number(f"{kind}/{audience}/{feature}") % HELD_OUT_ONE_IN == 0 for feature in features)


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


@cache
def combinations(language: str, split: str) -> tuple[Combination, ...]:
    if split not in SPLITS:
        raise ValueError(f"split must be one of {SPLITS}, not {split!r}")
    wanted = split == "held-out"
    return tuple(c for c in voice(language).combinations() if held_out(c) == wanted)


def document(language: str, split: str, seed: int, index: int) -> Document:
    """Document number `index` of a seed. It depends on nothing else, so any part of a corpus can be made alone."""
    rng = random.Random(f"{seed}/{language}/{split}/{index}")
    genre = rng.choice(GENRES)
    combination = rng.choice(combinations(language, split))
    return Document(language, genre, combination, *voice(language).opened(rng, genre, combination))


def prompts(rng: random.Random, language: str, n: int) -> list[Prompt]:
    """`n` ordinary prompts, genre by genre in turn, about products that training has not seen."""
    pool = combinations(language, "held-out")
    found: list[Prompt] = []
    while len(found) < n:
        genre = GENRES[len(found) % len(GENRES)]
        opening, _ = voice(language).opened(rng, genre, rng.choice(pool))
        if all(opening != prompt.text for prompt in found):
            found.append(Prompt(genre, opening, language))
    return found
