"""Documents of the written corpus: a prompt as somebody writes it, and what answers it.

All chance comes from a seed and an index, so a document can be made alone and is the same for ever. `held-out` documents are
about what no training document names: names and audiences marked in the files, one in twelve pairs of a feature and an
audience, and the last wording of a question, a need or a theme.
"""

import hashlib
import random
import re
from typing import NamedTuple

from .texts import ASKING, FREE, GENRES, Kind, Template, Theme, Word, World

SPLITS = ("train", "held-out")
PAIR_HELD_OUT_ONE_IN = 12
SHAPES = {"single": 57, "list": 14, "neighbour": 15, "saying": 14}  # shares of the documents, in per cent
COUNTS = {"en": {3: ("three", "3"), 4: ("four", "4"), 5: ("five", "5")}, "zh": {3: ("三", "3"), 4: ("四", "4"), 5: ("五", "5")}}
# First letters do not tell the article of these.
AN = re.compile(r"(?i)(hour|honest|heir)")
A = re.compile(r"(?i)(uni|use|usual|one\b|euro)")


class Document(NamedTuple):
    language: str
    genre: str
    about: str  # a kind, "neighbour", or a theme
    prompt: str  # ends in no space; the rest brings its own
    rest: str

    @property
    def text(self) -> str:
        return self.prompt + self.rest


def with_article(noun: str) -> str:
    vowel = bool(AN.match(noun)) or (noun[0].lower() in "aeiou" and not A.match(noun))
    return f"{'an' if vowel else 'a'} {noun}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def pair_is_held_out(kind: str, feature: str, audience: str) -> bool:
    number = int.from_bytes(hashlib.sha256(f"{kind}/{feature}/{audience}".encode()).digest()[:8], "big")
    return number % PAIR_HELD_OUT_ONE_IN == 0


class Writer:
    """Draws documents of one language and split."""

    def __init__(self, world: World, split: str = "train"):
        if split not in SPLITS:
            raise ValueError(f"split must be one of {SPLITS}, not {split!r}")
        self.world, self.split = world, split
        self.english = world.language == "en"

    def document(self, seed: int, index: int) -> Document:
        rng = random.Random(f"{seed}/{self.world.language}/{self.split}/{index}")
        shape = rng.choices(list(SHAPES), list(SHAPES.values()))[0]
        if shape == "saying":
            return self.saying(rng, rng.choice(self.world.themes), "saying list" if rng.random() < 0.12 else "saying")
        genre = rng.choice(GENRES)
        if shape == "neighbour":
            return self.neighbour(rng, genre)
        kind = self.world.kinds[rng.choice(list(self.world.kinds))]
        return self.product(rng, kind, genre, as_list=shape == "list")

    def product(self, rng: random.Random, kind: Kind, genre: str, *, as_list: bool = False) -> Document:
        """A document about a kind of product."""
        blocks = [block for block in kind.blocks if block.genre == genre]
        if genre not in (*ASKING, "announcement"):
            of_feature = rng.random() < 0.5
            blocks = [block for block in blocks if bool(block.feature) == of_feature]
        block = rng.choice(blocks)
        asked = self._wording(rng, block.asked) if block.asked else None
        asks = asked.slots if asked else frozenset()
        # Only frames that say what some text needs; one that names a feature for texts about it, nearly always.
        frames = self.world.frames[f"{genre} list" if as_list else genre]
        frames = [frame for frame in frames if any(text.slots - FREE <= frame.slots | asks for text in block.texts)]
        frames = [frame for frame in frames if block.feature or "feature" not in frame.slots]
        naming = [frame for frame in frames if "feature" in frame.slots]
        frame = rng.choice(naming if naming and genre not in ASKING and rng.random() < 0.85 else frames)
        said = frame.slots | asks
        named = block.feature
        values = self._values(rng, kind, named)
        if asked:
            values |= {"question": asked.draw(rng, values), "need": asked.draw(rng, values)}
        return self._document(rng, genre, kind.id, frame, self._fitting(rng, block.texts, said), values, as_list)

    def saying(self, rng: random.Random, theme: Theme, frames: str = "saying") -> Document:
        frame = rng.choice(self.world.frames[frames])
        name = rng.choice(theme.names)
        values = {"saying": self._wording(rng, theme.asked).draw(rng, {}), "theme": name, "Theme": _capital(name)}
        return self._document(rng, "saying", theme.id, frame, theme.texts, values, frames != "saying")

    def neighbour(self, rng: random.Random, genre: str) -> Document:
        """A document about something that is no kind of the world: it is answered by what the prompt itself says."""
        texts = self.world.neighbour_texts[genre]
        frame = rng.choice(
            [frame for frame in self.world.neighbour_frames[genre] if any(text.slots - FREE <= frame.slots for text in texts)]
        )
        thing = rng.choice(self.world.things)
        single = with_article(thing.text) if self.english else thing.single
        values = self._values(rng, None, None) | {
            "thing": thing.text,
            "a thing": single,
            "A thing": _capital(single),
            "quality": rng.choice(self.world.qualities),
        }
        return self._document(rng, genre, "neighbour", frame, self._fitting(rng, texts, frame.slots), values, False)

    def _wording(self, rng: random.Random, asked: list[Template]) -> Template:
        """Of three wordings and more the last is held out."""
        if len(asked) < 3:
            return rng.choice(asked)
        return asked[-1] if self.split == "held-out" else rng.choice(asked[:-1])

    def _word(self, rng: random.Random, words: list[Word]) -> Word:
        return rng.choice([word for word in words if word.held_out == (self.split == "held-out")])

    def _audience(self, rng: random.Random, kind: Kind | None, feature: str | None) -> Word:
        """For training one that may stand beside the feature; held out, one that may not, or one that training does not know."""
        if kind is None or feature is None:
            return self._word(rng, self.world.audiences)
        pool = [word for word in self.world.audiences if not word.held_out]
        apart = [word for word in pool if pair_is_held_out(kind.id, feature, word.text)]
        if self.split == "train":
            return rng.choice([word for word in pool if word not in apart])
        return rng.choice(apart) if apart and rng.random() < 0.5 else self._word(rng, self.world.audiences)

    def _values(self, rng: random.Random, kind: Kind | None, feature: str | None) -> dict[str, str]:
        audience = self._audience(rng, kind, feature)
        values = {
            "name": self._word(rng, self.world.products).text,
            "person": self._word(rng, self.world.people).text,
            "audience": audience.text,
            "Audience": _capital(audience.text),
            "an audience": audience.single,
            "An audience": _capital(audience.single),
        }
        if kind is not None:
            name = kind.names[0] if rng.random() < 0.5 else rng.choice(kind.names)
            single = with_article(name) if self.english else name
            values |= {"kind": name, "a kind": single, "A kind": _capital(single)}
            if feature is not None:
                called = kind.features[feature][0] if rng.random() < 0.5 else rng.choice(kind.features[feature])
                values |= {"feature": called, "Feature": _capital(called)}
        return values

    def _fitting(self, rng: random.Random, texts: list[Template], said: frozenset[str]) -> list[Template]:
        """Texts that use nothing but what the prompt says. One that names an audience gets a text that does, half of the time."""
        fitting = [text for text in texts if text.slots <= said | FREE]
        speaking = [text for text in fitting if "audience" in text.slots]
        if "audience" in said and speaking and rng.random() < 0.5:
            return speaking
        return fitting

    def _document(
        self, rng: random.Random, genre: str, about: str, frame: Template, texts: list[Template], values: dict[str, str], as_list: bool
    ) -> Document:
        count = rng.randint(3, 5)
        values = values | {"count": rng.choice(COUNTS[self.world.language][count])}
        prompt = self._as_people_write(rng, frame.draw(rng, values))
        if not as_list:
            return Document(self.world.language, genre, about, prompt, self._gap(rng, prompt) + rng.choice(texts).draw(rng, values))
        drawn = rng.sample(texts, count) if len(texts) >= count else rng.choices(texts, k=count)
        numbered = rng.random() < 0.7
        items = [f"{f'{i}.' if numbered else '-'} {text.draw(rng, values)}" for i, text in enumerate(drawn, 1)]
        return Document(self.world.language, genre, about, prompt, "\n" + "\n".join(item.replace("\n", " ") for item in items))

    def _as_people_write(self, rng: random.Random, prompt: str) -> str:
        if rng.random() < 0.06:
            prompt = prompt.rstrip(":：")
        if self.english and "\n" not in prompt:
            prompt = prompt.lower() if rng.random() < 0.03 else _capital(prompt)
        return prompt

    def _gap(self, rng: random.Random, prompt: str) -> str:
        """What stands between prompt and text: a line break behind a heading, else a space or a line break; nothing in Chinese."""
        if not re.search(r"[.:?!”)。：？！）】…]$", prompt):
            return "\n"
        return "\n" if rng.random() < 0.35 else " " if self.english else ""
