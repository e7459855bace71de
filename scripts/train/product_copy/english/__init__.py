"""English. `opened` hands a combination to the grammar of its genre."""

import random

from ..framework import Combination
from . import announcement, answer, description, idea, recommendation, tagline
from .ontology import audiences, combinations, kinds
from .scene import Scene

__all__ = ["combinations", "ontology", "opened"]

GRAMMARS = {
    "tagline": tagline,
    "description": description,
    "announcement": announcement,
    "answer": answer,
    "recommendation": recommendation,
    "idea": idea,
}


def ontology() -> dict:
    return {"kinds": kinds(), "audiences": audiences()}


def opened(rng: random.Random, genre: str, combination: Combination) -> tuple[str, str]:
    """(opening, rest) of one document, see framework.Voice."""
    return GRAMMARS[genre].opened(Scene(rng, combination))
