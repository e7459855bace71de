"""Chinese product copy. data/ holds the facts, phrases.py and genres.py the grammar, names.py what is made up.

A document is drawn again until it has a fit length and repeats no four characters three times.
"""

import itertools
import random
from collections import Counter
from collections.abc import Iterator

from ..framework import Combination
from . import data, names
from .genres import SEPARATOR, TAGLINE_TEXT, TEMPLATES
from .phrases import PHRASES
from .syntax import NUMBERS, expand

TAGLINE_LIMIT = 25
LENGTHS = {"tagline": (20, 75)}
USUAL_LENGTH = (45, 132)

_GROUPS = ("家庭", "一家", "一家人", "人家", "父母", "爸妈", "姐妹", "夫妻", "团队", "小店")  # more than one person
_COMMON = {"月日": names.date, "高峰": "[午|晚]高峰|饭点|周末[中午|晚上]|[早|中|晚]市|节假日"}


def ontology() -> dict:
    """{"kinds": {id: data.Kind}, "audiences": {id: data.Audience}}."""
    return {"kinds": data.kinds(), "audiences": data.audiences()}


def combinations() -> Iterator[Combination]:
    """Every pair of features, in both orders, of every kind with every audience that it suits."""
    for kind in data.kinds().values():
        for audience in data.audiences().values():
            if data.suits(kind, audience):
                for features in itertools.permutations(kind.features, 2):
                    yield Combination(kind.id, audience.id, features)


def opened(rng: random.Random, genre: str, combination: Combination) -> tuple[str, str]:
    templates, parts = TEMPLATES[genre]
    shortest, longest = LENGTHS.get(genre, USUAL_LENGTH)
    while True:
        slots = _slots(rng, combination) | parts
        text = expand(rng, rng.choice(templates), slots)
        opening, rest = text.split(SEPARATOR)
        if shortest <= len(text) - 1 <= longest and not _repeats(opening + rest) and not _tires(text, slots):
            return opening, rest


def document(rng: random.Random, genre: str, combination: Combination) -> str:
    return "".join(opened(rng, genre, combination))


def _slots(rng, combination):
    """What the templates may ask for: the facts of the combination, names, common phrases.

    The name, the nouns and the features' names are drawn once, so they hold for the whole document; of other facts
    each is used once before any is used again.
    """
    kind, audience = data.kinds()[combination.kind], data.audiences()[combination.audience]
    slots = {
        "名": names.brand(rng),
        "类": rng.choice(kind.facts["品"]),
        "量": kind.facts["量"][0],
        "人": rng.choice(audience.facts["人"]),
        "主": names.person(rng),
        NUMBERS: {},
    }
    decks = {name: kind.facts[name] for name in "用价"} | {name: audience.facts[name] for name in "物日"}
    decks |= {"短类": kind.facts["短"], "短人": audience.facts["短"]}
    for number, feature in zip("12", map(kind.features.get, combination.features)):
        decks |= {f"法{number}": feature.how, f"好{number}": feature.good, f"苦{number}": feature.trouble}
        slots[f"能{number}"] = rng.choice(feature.names)
    group = slots["人"].endswith(_GROUPS)
    slots |= {"是人": "{主}[一家|家]是{人}" if group else "{主}是{人}", "人主": "{人}" if group else "{人}{主}"}
    slots |= {name: _deck(rng, texts, slots) for name, texts in decks.items()}
    slots |= _COMMON
    slots |= PHRASES
    slots["标语"] = lambda rng: _tagline(rng, slots)
    return slots


def _deck(rng, texts, slots):
    order = itertools.cycle(rng.sample(texts, len(texts)))
    return lambda rng: expand(rng, next(order), slots)


def _tagline(rng, slots):
    while True:
        text = expand(rng, rng.choice(TAGLINE_TEXT), slots)
        if 7 <= len(text) <= TAGLINE_LIMIT:
            return text


def _tires(text, slots):
    """A name that comes again and again, or twice in a row."""
    return text.count(slots["名"]) > 4 or text.count(slots["主"]) > 3 or slots["主"] * 2 in text


def _repeats(text):
    return max(Counter(text[i : i + 4] for i in range(len(text) - 3)).values()) > 2
