"""Forms of English words: verbs in the third person and as gerunds, a or an."""

import re

THIRD = {"have": "has", "be": "is", "do": "does", "go": "goes"}
DOUBLED = set(
    """get put plan set stop cut swap drop ship pin tag snap scan run split chop spin dim skip log clip tap plot
let sit trim map jot grab wrap zip pack_ plug slip hit chat blog begin forget dip rub flip step nap rip fit shut quit
rot spot pop bid hum strap knit sum""".split()
)


def third_person(verb: str) -> str:
    if verb in THIRD:
        return THIRD[verb]
    if re.search(r"(s|x|z|ch|sh)$", verb):
        return verb + "es"
    if re.search(r"[^aeiou]y$", verb):
        return verb[:-1] + "ies"
    return verb + "s"


def gerund(verb: str) -> str:
    if verb in DOUBLED:
        return verb + verb[-1] + "ing"
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not re.search(r"(ee|oe|ye)$", verb) and verb != "be":
        return verb[:-1] + "ing"
    return verb + "ing"


def singular(plural: str) -> str:
    if plural.endswith("ies"):
        return plural[:-3] + "y"
    if re.search(r"(ch|sh|x|ss)es$", plural):
        return plural[:-2]
    return plural if plural.endswith("ss") or plural in ("is", "its", "this", "has") else plural[:-1]


AN = re.compile(r"(?:[aeiou]|8|11\b|18\b|hour|honest|heir|SMS|MP|X-)", re.IGNORECASE)
A_AFTER_ALL = re.compile(r"(?:uni(?!m|n)|use|usual|euro|one\b|once\b|ukulele|u-)", re.IGNORECASE)


def article(word: str) -> str:
    return "an" if AN.match(word) and not A_AFTER_ALL.match(word) else "a"


def with_articles(text: str) -> str:
    """Every "a(n)" decided by the word that follows."""

    def decide(match: re.Match) -> str:
        found = article(match[2])
        return found.capitalize() if match[1] == "A" else found

    return re.sub(r"\b([aA])\(n\)(?= [\"“]?(\w[\w-]*))", decide, text)


AFTER_HEAD = re.compile(
    r" (?:for|of|by|in|on|at|to|that|with|from|without|between|before|after|per|as|over|you|side|when|where|"
    r"instead|under|used|and|till|until)\b.*"
)


def plural(phrase: str) -> bool:
    """Whether a noun phrase takes a plural verb ("handwriting scans"), by the last word before its first preposition."""
    head = AFTER_HEAD.sub("", phrase)
    return (not re.match(r"(?:a|an|the|one)\b", phrase) and head.endswith("s") and not head.endswith("ss")) or head.endswith("leaves")
