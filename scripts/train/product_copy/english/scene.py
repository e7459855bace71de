"""What one document is about: a product with a name, its audience, three features in an order, people and dates."""
import random

from ..framework import Combination
from . import names
from .classes import CLASSES
from .ontology import audiences, kinds
from .templates import Deck, expand, finish


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
        self.rng, self.digital = rng, CLASSES[kind.type]["digital"] == "yes"
        person, she, her = names.person(rng)
        self.slots = {
            "Name": names.product(rng, kind.facts["roots"], kind.type), "kind": kind.noun, "short": kind.short,
            "it": Deck(["it", "{Name}", "it", "the {short}"]), "your": "your", "n": "<2-9>",
            "one": audience.singular, "many": audience.plural,
            "crowd": Deck(["{many}", "[busy|young|tired|practical] {many}", "{many}", "[hard-working|ambitious|clever|modern] {many}"]),
            "thing": Deck(["{adjective} {kind}", "{kind}", "{kind} from {town}", "{adjective} {kind}"]),
            "person": person, "she": she, "her": her, "first": person.split(" ")[0], "home": rng.choice(names.TOWNS), "memo": {},
            "month": names.MONTHS, "day": names.DAYS, "town": Deck(rng.sample(names.TOWNS, 5)),
            "clock": "<6-21>:<0-5>[0|5]", "other": Deck([names.first_name(rng) for _ in range(6)]),
            "then": "[then|next|after that|then|once done,|now]",
            "last": "[and|and finally|and lastly|in the end|and then|to finish,|one more thing:|last of all,]",
            **CLASSES[kind.type],
        }
        for key, alternatives in [*kind.facts.items(), *audience.facts.items()]:
            self.slots[key] = Deck(alternatives)
        for letter, feature in zip("fgh", features):
            self.slots[letter + ".np"] = feature.np
            for key in ("does", "you", "how", "so", "fact"):
                self.slots[f"{letter}.{key}"] = rng.choice(feature.facts[key])
            for number, step in enumerate(feature.facts["steps"], 1):
                self.slots[f"{letter}.s{number}"] = step

    def fix(self, **slots: str) -> None:
        """Decide slots once for the whole document."""
        for key, template in slots.items():
            self.slots[key] = expand(self.rng, template, self.slots)

    def pick(self, templates: list[str]) -> str:
        return self.rng.choice(templates)

    def say(self, template: str) -> str:
        return expand(self.rng, template, self.slots)

    def parts(self, opening: str, rest: str) -> tuple[str, str]:
        """(opening, rest), finished as one text: capitals after a line break, articles, spaces."""
        head = finish(opening)
        whole = finish(head + rest)
        return head, whole[len(head):]
