"""The notation of all English templates and how it is expanded.

[a|b|]      one of the parts, all equally likely; parts nest and may be empty
{slot}      the value of a slot, itself a template; {slot!s}, {slot!ing}, {slot!cap} in another form, see FORMS;
            {slot!my}, {slot!their}, {slot!her} as seen by the user or by others: each {your} inside becomes
            "my", "their", or what the slot "her" says
<3-9>       a whole number from that range; <10-90/5> in steps of 5
a(n)        "a" or "an", whichever the next word wants
~verb       in a verb phrase: a further verb that changes its form together with the first
"""

import random
import re
from collections.abc import Callable
from functools import cache

from .words import gerund, singular, third_person, with_articles

TOKEN = re.compile(r"\[|\||\]|\{[^{}]*\}|<\d+-\d+(?:/\d+)?>|[^\[\]|{}<]+|<")
FORMS: dict[str, Callable[[str], str]] = {
    "s": lambda phrase: _inflect(phrase, third_person),
    "ing": lambda phrase: _inflect(phrase, gerund),
    "cap": lambda phrase: phrase[:1].upper() + phrase[1:],
}
POSSESSIVES = ("my", "their", "her")


class Deck:
    """A slot whose alternatives come up one after the other in random order: none twice before all have been used."""

    def __init__(self, alternatives: list[str]):
        self.alternatives, self.left = alternatives, []

    def draw(self, rng: random.Random) -> str:
        if not self.left:
            self.left = rng.sample(self.alternatives, len(self.alternatives))
        return self.left.pop()


def _inflect(phrase: str, form: Callable[[str], str]) -> str:
    first, _, rest = phrase.partition(" ")
    return (
        " ".join([form(first), *([rest] if rest else [])])
        if "~" not in rest
        else " ".join([form(first), re.sub(r"~(\w+)", lambda m: form(m[1]), rest)])
    )


@cache
def _parse(template: str) -> tuple:
    """A sequence of parts: str | ("slot", name, forms) | ("number", low, high, step) | ("choice", sequences)."""
    stack: list[list[list]] = [[[]]]
    for token in TOKEN.findall(template):
        if token == "[":
            stack.append([[]])
        elif token == "|":
            if len(stack) == 1:
                raise ValueError(f"| outside of [ ] in {template!r}")
            stack[-1].append([])
        elif token == "]":
            if len(stack) == 1:
                raise ValueError(f"] without [ in {template!r}")
            alternatives = tuple(tuple(sequence) for sequence in stack.pop())
            stack[-1][-1].append(("choice", alternatives))
        elif token[0] == "{":
            name, *forms = token[1:-1].split("!")
            stack[-1][-1].append(("slot", name, tuple(forms)))
        elif token[0] == "<" and len(token) > 1:
            low, high, step = re.fullmatch(r"<(\d+)-(\d+)(?:/(\d+))?>", token).groups()
            stack[-1][-1].append(("number", int(low), int(high), int(step or 1)))
        else:
            stack[-1][-1].append(token)
    if len(stack) != 1:
        raise ValueError(f"[ without ] in {template!r}")
    return tuple(stack[0][0])


def expand(rng: random.Random, template: str, slots: dict) -> str:
    """The template's text with all choices made; articles and sentence starts are left to `finish`."""
    return _expand(rng, _parse(template), slots)


def _expand(rng: random.Random, sequence: tuple, slots: dict) -> str:
    out = []
    for part in sequence:
        if isinstance(part, str):
            out.append(part)
        elif part[0] == "choice":
            out.append(_expand(rng, rng.choice(part[1]), slots))
        elif part[0] == "number":
            out.append(_number(rng, part, slots))
        else:
            out.append(_slot(rng, part[1], part[2], slots))
    return "".join(out)


def _number(rng: random.Random, part: tuple, slots: dict) -> str:
    """A number of the range; within one feature the same range gives the same number, so that its claims agree."""
    number = str(rng.randrange(part[1], part[2] + 1, part[3]))
    if "scope" not in slots:
        return number
    return slots["memo"].setdefault((slots["scope"], part), number)


def _slot(rng: random.Random, name: str, forms: tuple, slots: dict) -> str:
    owner = next((form for form in forms if form in POSSESSIVES), None)
    template = slots[name]
    if isinstance(template, Deck):
        template = template.draw(rng)
    inner = slots
    if owner:
        inner = {**inner, "your": "{her}" if owner == "her" else owner}
    if name[1:2] == ".":
        inner = {**inner, "scope": name[0]}
    text = expand(rng, template, inner)
    for form in forms:
        if form in FORMS:
            text = FORMS[form](text)
    return text.replace("~", "")


SENTENCE_START = re.compile(r"(^|[.!?]\s+|\n)([\"“(]?)([a-z])")


def finish(text: str) -> str:
    """Articles, capitals at the start of sentences and lines, and the spaces around empty choices."""
    text = re.sub(r" {2,}", " ", text)
    text = re.sub(r" +([,.;:!?\n])", r"\1", text)
    text = re.sub(r"([.,])\1+", r"\1", text)
    text = re.sub(r"(?<![\d.,:–-])1 ([a-z]+)s\b", lambda m: "1 " + singular(m[1] + "s"), text)
    text = with_articles(text)
    return SENTENCE_START.sub(lambda m: m[1] + m[2] + m[3].upper(), text).rstrip()
