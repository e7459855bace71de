"""Real prose out of files: Debian's package descriptions, HTML and Mallard pages, a user's own text files.

A document is a dictionary {"language", "source", "text"}; a text has its paragraphs on lines of their own.
"""

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import ClassVar

BOILER = re.compile(
    r"^(this (is an? |dummy |empty |meta|transitional )?(package|metapackage)|this package|"
    r"transitional|dummy package|the (documentation|development|header)|development files|"
    r"debugging symbols|for more information|homepage|see (also|the)|install this|"
    r"it (contains|provides) the (documentation|development|debugging|static|shared|header)|"
    r"(本|此|该|这个)(软件)?包(包含|包括|提供|是|含有)|这是一个(过渡|虚|元|空))",
    re.I,
)
CHINESE = re.compile(r"[\u3400-\u9fff]")
CHINESE_OR_MARK = r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]"
MOST = 900  # characters of a document; longer texts are cut at paragraphs


def joined(lines: Iterable[str]) -> str:
    """Lines of a paragraph as one; Chinese goes on without a space."""
    text = re.sub(r"\s+", " ", " ".join(lines)).strip()
    return re.sub(rf"(?<={CHINESE_OR_MARK}) (?={CHINESE_OR_MARK})", "", text)


def chinese_share(text: str) -> float:
    letters = sum(c.isalpha() for c in text)
    return len(CHINESE.findall(text)) / letters if letters else 0.0


def is_prose(paragraph: str, language: str) -> bool:
    """False for boiler-plate, addresses, code and tables."""
    bullet = paragraph.startswith("- ")
    if BOILER.match(paragraph) or "http://" in paragraph or "https://" in paragraph:
        return False
    if language == "zh":
        return len(paragraph) >= 15 and chinese_share(paragraph) >= 0.6
    plain = sum(c.isalpha() or c in " .,'-" for c in paragraph)
    return (bullet or len(paragraph) >= 40) and plain >= 0.86 * len(paragraph)


class Fresh:
    """Says of each paragraph whether it is new, going by its letters alone."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def __call__(self, paragraph: str) -> bool:
        key = "".join(c for c in paragraph.lower() if c.isalpha())
        if key in self.seen:
            return False
        self.seen.add(key)
        return True


def debian_descriptions(file: Path, fresh: Fresh) -> Iterator[dict]:
    """An apt Translation file: one document per package, `name: tagline` and the paragraphs that are prose."""
    language = "zh" if "zh" in file.name else "en"
    for record in file.read_text(encoding="utf-8").split("\n\n"):
        match = re.match(r"Package: (\S+)\n(?:Description-md5: \S+\n)?Description-[\w]+: (.*)\n?((?:\n? .*)*)", record)
        if not match or match[2].strip() == "<trans>":
            continue
        paragraphs = [p for p in description_paragraphs(match[3].split("\n")) if is_prose(p, language) and fresh(p)]
        while paragraphs and paragraphs[-1].endswith((":", "：")):
            paragraphs.pop()
        if not paragraphs:
            continue
        tagline = match[2].strip()
        headed = not re.search(r"transitional|dummy|metapackage", tagline, re.I) and fresh(f"tagline {tagline}")
        name = match[1]
        mark = "：" if language == "zh" else ": "
        yield {
            "language": language,
            "source": "debian-descriptions",
            "text": "\n".join(([f"{name}{mark}{tagline}"] if headed else []) + paragraphs),
        }


def description_paragraphs(lines: Iterable[str]) -> list[str]:
    """Debian's rules: a line of one dot ends a paragraph, deeper indentation is preformatted, bullets stand alone."""
    paragraph: list[str] = []
    found: list[str] = []

    def flush() -> None:
        if paragraph:
            found.append(joined(paragraph))
            paragraph.clear()

    for line in filter(None, lines):
        body = line[1:] if line.startswith(" ") else line
        text = body.strip()
        if text == ".":
            flush()
        elif re.match(r"^[-*+o•] ", text):
            flush()
            paragraph.append("- " + text[2:].strip())
        elif body.startswith(" ") and not (paragraph and paragraph[0].startswith("- ")):
            flush()
        else:
            paragraph.append(text)
    flush()
    return found


class Paragraphs(HTMLParser):
    """The paragraphs, list items and headings of an HTML or Mallard page, in order, as (is heading, text)."""

    HEADINGS: ClassVar = {"h1", "h2", "h3", "h4", "title"}
    BLOCKS: ClassVar = {"p", "li", "dd", "item"} | HEADINGS
    SKIPPED: ClassVar = {"script", "style", "pre", "code", "table", "nav", "info", "screen", "header", "footer"}

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[bool, str]] = []
        self._open: list[str] = []
        self._skipping = 0
        self._heading = False

    def handle_starttag(self, tag, attributes):
        if tag in self.SKIPPED:
            self._skipping += 1
        elif tag in self.BLOCKS:
            self._flush()
            self._heading = tag in self.HEADINGS

    def handle_endtag(self, tag):
        if tag in self.SKIPPED:
            self._skipping = max(0, self._skipping - 1)
        elif tag in self.BLOCKS:
            self._flush()

    def handle_data(self, data):
        if not self._skipping:
            self._open.append(data)

    def _flush(self) -> None:
        text = joined(self._open)
        self._open.clear()
        if text:
            self.found.append((self._heading, text))
        self._heading = False


def pages(folder: Path, source: str, fresh: Fresh) -> Iterator[dict]:
    """Chinese HTML and Mallard pages under a folder: a heading and the paragraphs below it, in parts of MOST characters."""
    for file in sorted([*folder.rglob("*.html"), *folder.rglob("*.page")]):
        if "zh" not in str(file.relative_to(folder)).lower():
            continue
        parser = Paragraphs()
        parser.feed(file.read_text(encoding="utf-8", errors="replace"))
        heading, part = "", []
        for is_heading, text in [*parser.found, (True, "")]:
            if part and (is_heading or sum(map(len, part)) + len(text) > MOST // 2):
                if sum(map(len, part)) >= 30:
                    yield {"language": "zh", "source": source, "text": "\n".join(([heading] if heading else []) + part)}
                part = []
            if is_heading:
                heading = re.sub(r"^(第\s*)?[\d.\s]+(章|节)?[.\s]*", "", text) if chinese_share(text) > 0.5 else ""
            elif is_prose(text, "zh") and fresh(text):
                part.append(text)


def text_files(folder: Path) -> Iterator[dict]:
    """A user's text files (*.txt, *.md): their paragraphs, in documents of at most MOST characters. A line of
    <|endoftext|> ends a document where the user wants it to."""
    files = sorted(file for file in ([folder] if folder.is_file() else folder.rglob("*")) if file.suffix in (".txt", ".md"))
    for file in files:
        for text in file.read_text(encoding="utf-8").replace("\r\n", "\n").split("<|endoftext|>"):
            part: list[str] = []
            for paragraph in [*map(joined, (p.split("\n") for p in re.split(r"\n\s*\n", text))), ""]:
                if part and (not paragraph or sum(map(len, part)) + len(paragraph) > MOST):
                    whole = "\n".join(part)
                    yield {"language": "zh" if chinese_share(whole) > 0.5 else "en", "source": file.name, "text": whole}
                    part = []
                if paragraph:
                    part.append(paragraph)
