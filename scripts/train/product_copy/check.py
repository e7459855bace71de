#!/usr/bin/env python3
"""Check files of the written corpus, and draw from them.

check.py texts/en/note-app.txt …       what is wrong, with file and line, and what a section still lacks
check.py texts/en/*.txt --draw 20      twenty texts of each file, each with what it answers
"""

import argparse
import random
import re
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from product_copy import texts
from product_copy.texts import Fault, Template

# What a kind's file should have at least: texts of the kind as a whole, and of each feature.
WHOLE = {"tagline": 15, "description": 6, "recommendation": 6}
OF_FEATURE = {"tagline": 5, "description": 3, "announcement": 2, "answer": 2, "recommendation": 3, "idea": 2}
LONG = ("description", "announcement", "answer", "recommendation", "idea")
DRAWN = 40  # readings of each text that are looked at

HOLLOW = {
    "en": r"(?i)\b(ultimate|seamless|elevate|unlock|unleash|game.?changer|revolutioni[sz]e|cutting.edge|state.of.the.art|world.class|effortless(ly)?|whether you’re)\b",
    "zh": "让您|赋能|极致|一站式|打造|颠覆|全新升级|引领",
}
ODD = {
    "en": [(r"['\"]", "straight quotation marks"), (r"  ", "two spaces"), (r" [,.;:?!]", "a space before a mark"), (r"\b(\w+) \1\b", "a word twice"), (r"[\u3000-\u9fff]", "Chinese"), (r"(?<=[.?!] )[a-z]", "a sentence that begins small")],
    "zh": [(r"(?<=[\u4e00-\u9fff])[,.;:?!]", "half-width marks"), (r"(?<=[\u4e00-\u9fff，。]) | (?=[\u4e00-\u9fff，。])", "a space beside Chinese"), (r"[，。；：？！]{2}", "two marks")],
}  # fmt: skip
END = {"en": r"([.?!…”)]|— [\w ,’-]+)$", "zh": r"([。？！…”）]|——[\w，]+)$"}  # or who says it
VALUES = {
    "en": dict({
        "name": "Oakline", "audience": "night nurses", "an audience": "a night nurse", "Audience": "Night nurses", "An audience": "A night nurse", "feature": "the feature",
        "Feature": "The feature", "kind": "thing", "a kind": "a thing", "A kind": "A thing", "thing": "thing", "a thing": "a thing", "A thing": "A thing",
        "quality": "that lasts", "person": "Mira", "question": "Is it so?", "need": "I need it.", "saying": "So it is.", "theme": "time", "Theme": "Time", "count": "three",
    }.items()),
    "zh": dict({
        "name": "青禾", "audience": "夜班护士", "an audience": "夜班护士", "Audience": "夜班护士", "An audience": "夜班护士", "feature": "这功能", "Feature": "这功能", "kind": "东西",
        "a kind": "东西", "A kind": "东西", "thing": "茶具", "a thing": "一套茶具", "A thing": "一套茶具", "quality": "保修五年", "person": "林悦", "question": "真的吗？", "need": "我需要它。",
        "saying": "如此。", "theme": "时间", "Theme": "时间", "count": "三",
    }.items()),
}  # fmt: skip


def faults_of(template: Template, language: str, *, sentences: bool, rng: random.Random) -> list[str]:
    found: dict[str, str] = {}
    for _ in range(min(DRAWN, texts.readings(template))):
        text = template.draw(rng, VALUES[language])
        for pattern, name in [*ODD[language], (HOLLOW[language], "a hollow word")]:
            if match := re.search(pattern, text):
                found[name] = f"…{text[max(0, match.start() - 20) : match.end() + 20]}…"
        if sentences and not re.search(END[language], text):
            found["no mark at the end"] = f"…{text[-30:]}"
    return [f"{template.where}: {name}: {where}" for name, where in found.items()]


def check_kind(file: Path, rng: random.Random) -> tuple[list[str], list[str]]:
    """(faults, what is still missing)."""
    language = file.parent.name
    kind = texts.read_kind(file)
    faults, missing = [], []
    seen: Counter[str] = Counter()
    counts: Counter[tuple[str, str | None]] = Counter()
    for block in kind.blocks:
        counts[block.genre, block.feature] += len(block.texts)
        for template in block.texts:
            seen[template.source] += 1
            faults += faults_of(template, language, sentences=block.genre in LONG, rng=rng)
        for template in block.asked:
            faults += faults_of(template, language, sentences=True, rng=rng)
    faults += [f"{file.name}: this text stands {count} times: {source[:60]}" for source, count in seen.items() if count > 1]
    if not 6 <= len(kind.features) <= 10:
        missing.append(f"{file.name}: {len(kind.features)} features instead of 6 to 10")
    wanted = [(genre, None, least) for genre, least in WHOLE.items()]
    wanted += [(genre, feature, least) for feature in kind.features for genre, least in OF_FEATURE.items()]
    for genre, feature, least in wanted:
        if counts[genre, feature] < least:
            missing.append(f"{file.name}: == {genre}{' ' + feature if feature else ''}: {counts[genre, feature]} of {least} texts")
    total = sum(counts.values())
    if total < 150:
        missing.append(f"{file.name}: {total} of 150 texts")
    return faults, missing


def check_other(file: Path, rng: random.Random) -> list[str]:
    """Faults of sayings, prompts, names and neighbours: that they can be read and, of sayings, how they read."""
    if file.name == "sayings.txt":
        return [
            fault
            for theme in texts.read_themes(file)
            for text in theme.texts
            for fault in faults_of(text, file.parent.name, sentences=True, rng=rng)
        ]
    if file.name == "prompts.txt":
        texts.read_frames(file)
    return []


def draw(file: Path, count: int, rng: random.Random) -> None:
    language = file.parent.name
    if file.name == "sayings.txt":
        pool = [(theme.asked, theme.texts, theme.id) for theme in texts.read_themes(file)]
    else:
        pool = [(block.asked, block.texts, f"{block.genre} {block.feature or ''}".strip()) for block in texts.read_kind(file).blocks]
    for asked, told, title in (rng.choices(pool, [len(told) for _, told, _ in pool])[0] for _ in range(count)):
        question = f" {rng.choice(asked).draw(rng, VALUES[language])} →" if asked else ""
        print(f"[{title}]{question} {rng.choice(told).draw(rng, VALUES[language])}")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--draw", type=int, default=0, metavar="N", help="print N texts of each file")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    faults: list[str] = []
    for file in options.files:
        rng = random.Random(options.seed)
        try:
            if file.stem in texts.KINDS:
                wrong, missing = check_kind(file, rng)
                faults += wrong
                for line in missing:
                    print(f"still missing: {line}")
            else:
                faults += check_other(file, rng)
            if options.draw and (file.stem in texts.KINDS or file.name == "sayings.txt"):
                draw(file, options.draw, rng)
        except Fault as fault:
            faults.append(str(fault))
    for fault in faults:
        print(fault)
    print(f"{len(options.files)} files, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
