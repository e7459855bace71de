"""What one document is about: a product with a name, its audience, three features in an order, people and dates."""

import random
import re

from ..framework import Combination
from . import names
from .classes import CLASSES
from .lexicon import frame
from .ontology import audiences, kinds
from .templates import Deck, expand, finish
from .words import plural

OPENERS = r"in practice|in the end|from day one|best of all|with [^,.:]{3,25}|thanks to [^,.:]{3,25}"
TWICE = re.compile(
    r"((?:As a result|That way|This way|So|In short|In practice|For me|For you|Then|Now|[Tt]hat way|[Aa]s a result|[Ww]hat is more|"
    r"(?:[Tt]hanks to|[Ww]ith|[Ff]or|[Bb]ecause|[Ss]ince|[Aa]s|[Nn]ow that|[Tt]hrough|[Bb]ecause of) [^,.:?]{3,70}),|:|That means|This means that|which means that) (?:"
    + OPENERS
    + "), "
)
ADVERB_IS = re.compile(r"\b(?:simply|reliably|really) is\b")


class Scene:
    """Slots for templates, and `say`, which expands a template with them.

    f., g., h.       the three features: np, does, you, how, so, fact, s1, s2, s3
    Name kind short  the product; pains joys items
    one many         the audience; trait moment load event measure want role
    person she her   somebody of that audience; home is where; town month day clock
    made start price support digital-only words of the product's class
    """

    def __init__(self, rng: random.Random, combination: Combination):
        kind, audience = kinds()[combination.kind], audiences()[combination.audience]
        features = [kind.features[name] for name in combination.features]
        rng.shuffle(features)
        self.rng, self.type, self.digital = rng, kind.type, CLASSES[kind.type]["digital"] == "yes"
        person, she, her = names.person(rng)
        self.slots = {
            "Name": names.product(rng, kind.facts["roots"], kind.type),
            "kind": kind.noun,
            "short": kind.short,
            "it": Deck(["{Name}", "it", "the {short}", "{Name}", "this {short}", "{Name}"]),
            "your": "your",
            "n": "<2-9>",
            "one": audience.singular,
            "many": audience.plural,
            "crowd": Deck(["{many}", "{many} {trait}", "[busy|experienced|practical] {many}", "{many}"]),
            "thing": Deck(["{adjective} {kind}", "{kind}"]),
            "person": person,
            "she": she,
            "her": her,
            "first": person.split(" ")[0],
            "home": rng.choice(names.TOWNS),
            "memo": {},
            "month": names.MONTHS,
            "day": names.DAYS,
            "clock": "<6-21>:<0-5>[0|5]",
            "other": Deck([names.first_name(rng) for _ in range(6)]),
            "contact": "[call us|write to us|send us a message|give us a call|send us a note|get in touch]",
            "easily": Deck([""] * 7 + ["easily "]),
            "adv": Deck([""] * 7 + ["simply "]),
            "sure": Deck(
                ["", "", "with {Name}, ", "thanks to {Name}, ", "in practice, ", "in the end, ", "from day one, ", "best of all, "]
            ),
            "then": "[then|next,|after that,|then|now]",
            "last": "[and|and finally|and then|and lastly]",
            "end": "[finally,|in the end,|at the end,|lastly,|now]",
            **CLASSES[kind.type],
        }
        for key, alternatives in [*kind.facts.items(), *audience.facts.items()]:
            self.slots[key] = Deck(alternatives)
        for letter, feature in zip("fgh", features):
            several = plural(feature.np)
            self.slots.update(
                {
                    letter + ".np": feature.np,
                    letter + ".do": "do" if several else "does",
                    letter + ".be": "are" if several else "is",
                    letter + ".v": "" if several else "s",
                }
            )
            for key in ("does", "you", "so"):
                self.slots[f"{letter}.{key}"] = rng.choice(feature.facts[key])
            for number, step in enumerate(feature.facts["steps"], 1):
                self.slots[f"{letter}.s{number}"] = step

    def pick(self, templates: list[str]) -> str:
        return self.rng.choice(templates)

    def say(self, template: str) -> str:
        return expand(self.rng, frame(template), self.slots)

    def parts(self, opening: str, rest: str) -> tuple[str, str]:
        """(opening, rest), finished as one text: capitals after a line break, articles, spaces."""
        head = finish(opening)
        whole = finish(head + rest)
        tail = whole[len(head) :]
        whole = head + TWICE.sub(r"\1 ", ADVERB_IS.sub("is", tail))
        return head, whole[len(head) :]
