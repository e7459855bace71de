"""The written corpus: files of whole texts with slots and alternatives, as texts/README.md describes them.

A file is lines: `# comment`, `== section`, `? a question or need`, and texts. In a text `[a|b]` is one of two, `{name}` a slot,
`{3-9}` a number of that range, `\\n` a line break.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "texts"
LANGUAGES = ("en", "zh")
KINDS = (
    "note-app", "budget-app", "language-course", "coffee-subscription", "bakery", "plant-shop",
    "rain-jacket", "backpack", "water-bottle", "headphones", "desk-lamp", "yoga-class",
)  # fmt: skip
GENRES = ("tagline", "description", "announcement", "answer", "recommendation", "idea")
ASKING = ("answer", "idea")  # genres whose texts answer a `?` line
# What a prompt says, and in which forms of it a text may.
SLOTS = {
    "name": ("name",),
    "audience": ("audience", "an audience", "Audience", "An audience"),
    "feature": ("feature", "Feature"),
    "kind": ("kind", "a kind", "A kind"),
    "thing": ("thing", "a thing", "A thing"),
    "quality": ("quality",),
    "question": ("question",),
    "need": ("need",),
    "saying": ("saying",),
    "theme": ("theme", "Theme"),
    "count": ("count",),
    "person": ("person",),
}
SLOT_OF = {form: slot for slot, forms in SLOTS.items() for form in forms}
FREE = {"person"}  # a text may name a person that its prompt does not
_BRACES = re.compile(r"\{([^{}]*)\}")
_RANGE = re.compile(r"(\d+)-(\d+)")


class Fault(ValueError):
    """What is wrong in a file, with its name and line."""


@dataclass(frozen=True)
class Template:
    """A text before its alternatives are drawn and its slots filled."""

    source: str
    where: str

    @property
    def slots(self) -> frozenset[str]:
        return slots_of(self.source)

    def draw(self, rng: random.Random, values: dict[str, str]) -> str:
        def fill(match: re.Match) -> str:
            if span := _RANGE.fullmatch(match[1]):
                return str(rng.randint(int(span[1]), int(span[2])))
            return values[match[1]]

        return _BRACES.sub(fill, _choose(_parts(self.source, self.where), rng)).replace("\\n", "\n")


@cache
def slots_of(source: str) -> frozenset[str]:
    return frozenset(SLOT_OF[name] for name in _BRACES.findall(source) if name in SLOT_OF)


@cache
def _parts(source: str, where: str) -> tuple:
    """A template as a tuple of texts and lists of alternatives, which are such tuples."""
    at = 0

    def parse(inside: bool) -> list[tuple]:
        nonlocal at
        alternatives: list[list] = [[]]
        while at < len(source):
            character = source[at]
            at += 1
            if character == "[":
                alternatives[-1].append(parse(True))
            elif inside and character == "|":
                alternatives.append([])
            elif inside and character == "]":
                return [tuple(part) for part in alternatives]
            elif character == "]":
                raise Fault(f"{where}: a ] without its [")
            elif alternatives[-1] and isinstance(alternatives[-1][-1], str):
                alternatives[-1][-1] += character
            else:
                alternatives[-1].append(character)
        if inside:
            raise Fault(f"{where}: a [ without its ]")
        return [tuple(part) for part in alternatives]

    return parse(False)[0]


def _choose(parts: tuple, rng: random.Random) -> str:
    return "".join(part if isinstance(part, str) else _choose(rng.choice(part), rng) for part in parts)


def readings(template: Template) -> int:
    """In how many ways a template reads, its slots aside."""

    def count(parts: tuple) -> int:
        product = 1
        for part in parts:
            if not isinstance(part, str):
                product *= sum(count(alternative) for alternative in part)
        return product

    return count(_parts(template.source, template.where))


@dataclass
class Block:
    """Texts of one section and, for those of `ASKING`, what they answer."""

    genre: str
    feature: str | None
    asked: list[Template] = field(default_factory=list)
    texts: list[Template] = field(default_factory=list)


@dataclass
class Kind:
    id: str
    names: list[str]
    features: dict[str, list[str]]
    blocks: list[Block]


@dataclass
class Theme:
    id: str
    names: list[str]
    asked: list[Template]
    texts: list[Template]


@dataclass(frozen=True)
class Word:
    """A name, a person or an audience; an audience in English with its singular, "a night nurse"."""

    text: str
    single: str
    held_out: bool


@dataclass
class World:
    language: str
    kinds: dict[str, Kind]
    audiences: list[Word]
    products: list[Word]
    people: list[Word]
    frames: dict[str, list[Template]]  # by "tagline" or "tagline list"
    themes: list[Theme]
    things: list[Word]
    qualities: list[str]
    neighbour_frames: dict[str, list[Template]]
    neighbour_texts: dict[str, list[Template]]


def lines(file: Path) -> Iterator[tuple[str, str]]:
    """(where, line) of a file's lines that mean something."""
    for number, line in enumerate(file.read_text(encoding="utf-8").split("\n"), 1):
        line = line.strip()
        if line and not line.startswith("# "):
            yield f"{file.parent.name}/{file.name}:{number}", line


def sections(file: Path) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """(where, heading, lines) of a file; what stands before the first heading has the heading ""."""
    where, heading, body = f"{file.parent.name}/{file.name}:1", "", []
    for at, line in lines(file):
        if line.startswith("== "):
            yield where, heading, body
            where, heading, body = at, line[3:].strip(), []
        else:
            body.append((at, line))
    yield where, heading, body


def _template(where: str, source: str, allowed: Callable[[str], bool] = lambda form: True) -> Template:
    for form in _BRACES.findall(source):
        if not _RANGE.fullmatch(form) and not (form in SLOT_OF and allowed(form)):
            raise Fault(f"{where}: there is no slot {{{form}}} here")
    if "{" in _BRACES.sub("", source) or "}" in _BRACES.sub("", source):
        raise Fault(f"{where}: a brace without its other")
    _parts(source, where)
    return Template(source, where)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(" / ") if name.strip()]


def _asked_and_told(body: list[tuple[str, str]], where: str, forms: Callable[[str], bool]) -> tuple[list[Template], list[Template]]:
    asked = [_template(at, line[2:].strip(), forms) for at, line in body if line.startswith("? ")]
    told = [_template(at, line, forms) for at, line in body if not line.startswith("? ")]
    if not told:
        raise Fault(f"{where}: a section without texts")
    return asked, told


def _split_blocks(body: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """A section's lines, anew from each `?` that follows a text."""
    blocks: list[list[tuple[str, str]]] = [[]]
    for at, line in body:
        if line.startswith("? ") and blocks[-1] and not blocks[-1][-1][1].startswith("? "):
            blocks.append([])
        blocks[-1].append((at, line))
    return blocks


def read_kind(file: Path) -> Kind:
    names: list[str] = []
    features: dict[str, list[str]] = {}
    blocks: list[Block] = []
    texts = lambda form: SLOT_OF[form] in ("name", "audience", "feature", "kind", "person")
    for where, heading, body in sections(file):
        if heading == "":
            for at, line in body:
                if not line.startswith("kind:"):
                    raise Fault(f"{at}: only `kind: …` stands before the first section")
                names = _names(line[5:])
        elif heading == "features":
            for at, line in body:
                name, colon, called = line.partition(":")
                if not colon or not _names(called):
                    raise Fault(f"{at}: a feature is `id: its name / another name`")
                features[name.strip()] = _names(called)
        else:
            genre, _, feature = heading.partition(" ")
            if genre not in GENRES:
                raise Fault(f"{where}: there is no genre {genre}")
            if feature and feature not in features:
                raise Fault(f"{where}: there is no feature {feature}")
            if genre in (*ASKING, "announcement") and not feature:
                raise Fault(f"{where}: {genre} needs a feature")
            for part in _split_blocks(body):
                asked, told = _asked_and_told(part, where, texts)
                if bool(asked) != (genre in ASKING):
                    raise Fault(f"{where}: {'no ? lines' if genre in ASKING else f'? lines do not belong to {genre}'}")
                blocks.append(Block(genre, feature or None, asked, told))
    if not names or not features:
        raise Fault(f"{file.name}: `kind:` or `== features` is missing")
    return Kind(file.stem, names, features, blocks)


def read_words(body: list[tuple[str, str]], separator: str | None = None) -> list[Word]:
    words = []
    for _, line in body:
        held_out = line.startswith("! ")
        text, _, single = (line[2:] if held_out else line).partition(separator or "\0")
        words.append(Word(text.strip(), single.strip() or text.strip(), held_out))
    return words


def _by_heading(file: Path) -> dict[str, list[tuple[str, str]]]:
    return {heading: body for _, heading, body in sections(file)}


def read_frames(file: Path) -> dict[str, list[Template]]:
    found = {}
    for where, heading, body in sections(file):
        genre, _, rest = heading.partition(" ")
        if heading and (genre not in (*GENRES, "saying") or rest not in ("", "list")):
            raise Fault(f"{where}: there are no prompts of {heading}")
        if heading:
            found[heading] = [_template(at, line) for at, line in body]
    return found


def read_themes(file: Path) -> list[Theme]:
    themes = []
    for where, heading, body in sections(file):
        if not heading:
            continue
        key, colon, names = heading.removeprefix("theme ").partition(":")
        if not heading.startswith("theme ") or not colon:
            raise Fault(f"{where}: a theme is `== theme id: its name / another name`")
        asked, told = _asked_and_told(body, where, lambda form: False)
        themes.append(Theme(key.strip(), _names(names), asked, told))
    return themes


def read_world(language: str, folder: Path = FOLDER, kinds: tuple[str, ...] = KINDS) -> World:
    """All files of a language, or those of some kinds. Fault, or OSError if one is missing."""
    place = folder / language
    names = _by_heading(place / "names.txt")
    neighbours = _by_heading(place / "neighbours.txt")
    of_thing = lambda form: SLOT_OF[form] in ("name", "audience", "thing", "quality", "person", "need", "question")
    return World(
        language,
        {kind: read_kind(place / f"{kind}.txt") for kind in kinds},
        read_words(list(lines(place / "audiences.txt")), " / "),
        read_words(names["products"]),
        read_words(names["people"]),
        read_frames(place / "prompts.txt"),
        read_themes(place / "sayings.txt"),
        read_words(neighbours["things"], "|"),
        [line for _, line in neighbours["qualities"]],
        {genre: [_template(at, line, of_thing) for at, line in neighbours[f"frames {genre}"]] for genre in GENRES},
        {genre: [_template(at, line, of_thing) for at, line in neighbours[genre]] for genre in GENRES},
    )
