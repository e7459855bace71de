"""The facts, read from data/*.txt: kinds of products with their features, and audiences.

    = id | noun | short name | class | tags of audiences it suits      a kind
    roots: a b c        words its product names are made of
    pains: …; …         what is bad without it; joys: what is good with it; items: what it deals with
    + id | noun phrase                                                  a feature of the kind
    does: …; …          verb phrase, the product is the subject
    you: …; …           verb phrase, the user is the subject ("you can …", "how do I …")
    so: …; …            clause, the benefit
    steps: … > … > …    imperatives
    = id | singular | tags | plural                                     an audience
    trait, moment, load, event, measure, want, role: …; …

Semicolons part alternatives; the rest of the notation is that of templates.py.
"""

from dataclasses import dataclass, field
from functools import cache
from itertools import combinations as subsets
from pathlib import Path

from ..framework import Combination, wordings
from .lexicon import vary

DATA = Path(__file__).parent / "data"
FEATURES_PER_DOCUMENT = 3
PROGRAMS = ("app", "saas")


@dataclass(frozen=True)
class Feature:
    np: str
    facts: dict[str, list[str]] = field(hash=False)


@dataclass(frozen=True)
class Kind:
    noun: str
    short: str
    type: str
    suits: list[str] = field(hash=False)
    facts: dict[str, list[str]] = field(hash=False)
    features: dict[str, Feature] = field(hash=False)


@dataclass(frozen=True)
class Audience:
    singular: str
    plural: str
    tags: list[str] = field(hash=False)
    facts: dict[str, list[str]] = field(hash=False)


def _records(path: Path):
    """Blocks of a data file: (mark, header cells, {key: alternatives})."""
    record, steps = None, "anywhere"
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line[:2] in ("= ", "+ "):
            if record:
                yield record
            record = (line[0], [cell.strip() for cell in line[2:].split("|")], {})
            if line[0] == "=":
                steps = "interface" if record[1][3] in PROGRAMS else "anywhere"
        elif line.strip():
            key, colon, value = line.partition(": ")
            if not colon or record is None:
                raise ValueError(f"{path.name}:{number}: neither a record nor 'key: value'")
            parts = [part.strip() for part in value.split(" > " if key == "steps" else ";")]
            if key != "steps":  # those follow each other
                parts = wordings(parts)
            record[2][key] = parts if key == "roots" else [vary(part, steps if key == "steps" else "anywhere") for part in parts]
    if record:
        yield record


@cache
def kinds() -> dict[str, Kind]:
    found: dict[str, Kind] = {}
    for path in sorted(DATA.glob("*.txt")):
        if path.stem == "audiences":
            continue
        for mark, cells, facts in _records(path):
            if mark == "=":
                name, noun, short, type_, suits = cells
                facts["roots"] = facts["roots"][0].split()
                kind = found[name] = Kind(noun, short, type_, suits.split(), facts, {})
            else:
                kind.features[cells[0]] = Feature(cells[1], facts)
    return found


@cache
def audiences() -> dict[str, Audience]:
    return {cells[0]: Audience(cells[1], cells[3], cells[2].split(), facts) for _, cells, facts in _records(DATA / "audiences.txt")}


def combinations():
    for kind_id, kind in kinds().items():
        for audience_id, audience in audiences().items():
            if any(tag in audience.tags for tag in kind.suits):
                for features in subsets(kind.features, FEATURES_PER_DOCUMENT):
                    yield Combination(kind_id, audience_id, features)
