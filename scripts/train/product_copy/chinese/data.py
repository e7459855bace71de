"""The ontology: kinds of products with their features, and audiences, read from data/*.txt.

A file is a list of records. A line is a key, a space and templates (see syntax.py) separated by “|”:

    kinds_*.txt: 品 names, the first is the id; 量 measure word; 群 groups of audiences it suits; 件 things it has to
    do with; 用 what it is for; 痛 what one did before it; 果 how things stand with it; 短 the second half of a
    slogan; 价 prices; + a feature: names = what happens = the good of it = a figure.
    clauses_*.txt: 品 the id of a kind; a feature's id and short clauses that show it at work.
    examples.txt: 品 the id of a kind; 例 examples for it; 句 clauses that use examples.
    moments.txt: 品 the id of a kind; more 痛 and 果, with examples.
    audience_*.txt: 人 names, the first is the id; 群 groups; 物 their goods or belongings; 单 measure word of those
    (traders only); 处 where they use things; 日 how the day goes; 景 moments; 短 the first half of a slogan;
    忧 worries; 数 figures they look at.

A new 品 or 人 begins a record; lines that begin with # are comments.
"""
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .synonyms import enriched

DATA = Path(__file__).parent / "data"
_SAID = "用痛果短价日景忧句"  # clauses; names and nouns keep their words


@dataclass(frozen=True)
class Feature:
    names: tuple[str, ...]
    how: str
    benefit: str
    figure: str
    clauses: tuple[str, ...]

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

    @property
    def is_software(self) -> bool:
        return self.facts["量"][0] in ("款", "套")


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


def _facts(record):
    """{key: alternatives}; what several lines say about a key is joined."""
    facts = {}
    for key, text in record:
        if key == "群":
            facts[key] = tuple(text.split())
        elif key != "+":
            facts[key] = facts.get(key, ()) + alternatives(enriched(text) if key in _SAID else text)
    return facts


def _feature(text: str, clauses: dict[str, tuple[str, ...]]) -> Feature:
    names, how, benefit, figure = (part.strip() for part in text.split(" = "))
    names = alternatives(names)
    return Feature(names, enriched(how), enriched(benefit), enriched(figure), clauses[names[0]])


@lru_cache(maxsize=None)
def kinds() -> dict[str, Kind]:
    found, more = {}, {}
    for record in _records("examples.txt", "品") + _records("moments.txt", "品"):
        more.setdefault(record[0][1], []).extend(record[1:])
    clauses = {record[0][1]: {key: alternatives(enriched(text)) for key, text in record[1:]}
               for record in _records("clauses_*.txt", "品")}
    for record in _records("kinds_*.txt", "品"):
        name = alternatives(record[0][1])[0]
        facts = _facts(record + more[name])
        features = [_feature(text, clauses[name]) for key, text in record if key == "+"]
        kind = Kind(facts, {feature.id: feature for feature in features})
        found[kind.id] = kind
    return found


@lru_cache(maxsize=None)
def audiences() -> dict[str, Audience]:
    return {a.id: a for a in (Audience(_facts(record)) for record in _records("audience_*.txt", "人"))}


def suits(kind: Kind, audience: Audience) -> bool:
    return any(group in audience.facts["群"] for group in kind.facts["群"])
