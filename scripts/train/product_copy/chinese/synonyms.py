"""Words that may be said in another way (data/synonyms.txt). A clause is enriched with them when it is read, so that
two documents which take the same clause less often say it in the same words."""

import re
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "synonyms.txt"


@cache
def _choices() -> dict[str, str]:
    """{word: "[word|another|…]"}; a word that stands alone on its line stays as it is."""
    lines = [line.split("|") for line in _FILE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return {words[0]: f"[{'|'.join(words)}]" if len(words) > 1 else words[0] for words in lines}


@cache
def _pattern() -> re.Pattern:
    """Slots and numbers are passed over; of words that begin at the same place the longest counts."""
    words = sorted(_choices(), key=len, reverse=True)
    return re.compile(r"\{[^{}]*\}|<[^<>]*>|" + "|".join(map(re.escape, words)))


def enriched(template: str) -> str:
    return _pattern().sub(lambda match: _choices().get(match.group(), match.group()), template)
