"""The template language of the Chinese data: text with choices, numbers and slots.

[扫|拍|]   one of the alternatives, the empty one included; they nest
<3-9>      a whole number of the range, both ends included; <100-900/50> in steps of 50. The same range before the
           same character gives the same number for as long as the same slots are used: a text agrees with itself
{物}       the value of a slot: a plain string, a template, or a function of the random generator
a|b        at the outermost level: one of whole templates
"""

import random
import re
from functools import cache

_TOKEN = re.compile(r"[\[\]|]|<(\d+)-(\d+)(?:/(\d+))?>(?=(?:\.<1-9>)?(.?))|\{([^{}]+)\}")
NUMBERS = "#"  # the slot that keeps the numbers of a text


class TemplateError(ValueError):
    """A template that doesn't parse, or a slot without a value."""


@cache
def parse(text):
    """The template as nested tuples: ("or", [sequence…]), ("number", (first, last, match.group(4)), step), ("slot", name) or text."""
    stack = [[[]]]
    end = 0
    for match in _TOKEN.finditer(text):
        if match.start() > end:
            stack[-1][-1].append(text[end : match.start()])
        end = match.end()
        token = match.group()
        if token == "[":
            stack.append([[]])
        elif token == "|":
            stack[-1].append([])
        elif token == "]":
            if len(stack) == 1:
                raise TemplateError(f"“]” without “[” in {text}")
            alternatives = stack.pop()
            stack[-1][-1].append(("or", alternatives))
        elif match.group(5):
            stack[-1][-1].append(("slot", match.group(5)))
        else:
            first, last, step = int(match.group(1)), int(match.group(2)), int(match.group(3) or 1)
            if first >= last:
                raise TemplateError(f"an empty range {token} in {text}")
            stack[-1][-1].append(("number", (first, last, match.group(4)), step))
    if len(stack) != 1:
        raise TemplateError(f"“[” without “]” in {text}")
    stack[0][-1].append(text[end:])
    return ("or", stack[0])


def expand(rng: random.Random, text: str, slots: dict) -> str:
    """One text of the template."""
    return _write(rng, parse(text), slots)


def _write(rng, node, slots):
    if isinstance(node, str):
        return node
    if node[0] == "or":
        return "".join([_write(rng, part, slots) for part in rng.choice(node[1])])
    if node[0] == "number":
        numbers = slots.setdefault(NUMBERS, {})
        if node[1] not in numbers:
            numbers[node[1]] = rng.randrange(node[1][0], node[1][1] + 1, node[2])
        return str(numbers[node[1]])
    value = slots.get(node[1])
    if value is None:
        raise TemplateError(f"no value for the slot {{{node[1]}}}")
    return value(rng) if callable(value) else expand(rng, value, slots)
