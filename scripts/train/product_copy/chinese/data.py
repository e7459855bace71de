"""The ontology: kinds of products with their features, and audiences, read from data/*.txt.

A file is a list of records. A line is a key, a space and templates (see syntax.py) separated by “|”:

    kinds_*.txt: 品 names, the first is the id; 量 measure word; 群 groups of audiences it suits; 用 what it is for;
    短 the second half of a slogan; 价 prices; + a feature: its names, the first is the id; below it short clauses, of which
    any two can follow each other: 法 how it works, 好 the good of it; and 苦 the trouble without it.
    audience_*.txt: 人 names, the first is the id; 群 groups; 物 their goods or belongings; 日 how the day goes; 短 the
    first half of a slogan.

A new 品 or 人 begins a record; lines that begin with # are comments.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..framework import wordings
from .synonyms import enriched

DATA = Path(__file__).parent / "data"
_SAID = "用短价日法好苦"  # phrases and clauses, of which there may be many
_ENRICHED = "用短价日法好"  # names and nouns keep their words, and so do the troubles


@dataclass(frozen=True)
class Feature:
    names: tuple[str, ...]
    how: tuple[str, ...]
    good: tuple[str, ...]
    trouble: tuple[str, ...]

    @property
    def id(self) -> str:
        return self.names[0]


@dataclass(frozen=True)
class Kind:
    facts: dict[str, tuple[str, ...]]
    features: dict[str, Feature]

    @property
    def id(self) -> str:
        return self.facts["品"][0]


@dataclass(frozen=True)
class Audience:
    facts: dict[str, tuple[str, ...]]

    @property
    def id(self) -> str:
        return self.facts["人"][0]


def alternatives(text: str) -> tuple[str, ...]:
    """The templates of a line: split at every “|” outside brackets."""
    parts, depth = [""], 0
    for char in text:
        depth += (char == "[") - (char == "]")
        if char == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return tuple(part.strip() for part in parts)


def _records(pattern: str, first: str):
    """Lists of (key, text), one list a record."""
    records: list[list[tuple[str, str]]] = []
    for path in sorted(DATA.glob(pattern)):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                key, text = line.split(" ", 1)
                if key == first:
                    records.append([])
                records[-1].append((key, text))
    return records


def _facts(lines):
    """{key: alternatives}; what several lines say about a key is joined."""
    facts = {}
    for key, text in lines:
        if key == "群":
            facts[key] = tuple(text.split())
        else:
            facts[key] = facts.get(key, ()) + alternatives(enriched(text) if key in _ENRICHED else text)
    return {key: wordings(said) if key in _SAID else said for key, said in facts.items()}


def _kind(record) -> Kind:
    starts = [number for number, (key, _) in enumerate(record) if key == "+"] + [len(record)]
    features = [
        Feature(facts["+"], facts["法"], facts["好"], facts["苦"])
        for facts in (_facts(record[first:end]) for first, end in zip(starts, starts[1:]))
    ]
    return Kind(_facts(record[: starts[0]]), {feature.id: feature for feature in features})


@cache
def kinds() -> dict[str, Kind]:
    return {kind.id: kind for kind in map(_kind, _records("kinds_*.txt", "品"))}


@cache
def audiences() -> dict[str, Audience]:
    return {a.id: a for a in (Audience(_facts(record)) for record in _records("audience_*.txt", "人"))}


def suits(kind: Kind, audience: Audience) -> bool:
    return any(group in audience.facts["群"] for group in kind.facts["群"])
