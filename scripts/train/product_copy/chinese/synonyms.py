"""Words that may stand for each other (data/synonyms.txt) and ways to say a number. A template is enriched with them
when it is read, so that two documents which take the same clause seldom say it in the same words."""
import re
from functools import lru_cache
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "synonyms.txt"
_ABOUT = re.compile(r"(^|[，；：|\[])(<[\d/-]+>)(?=秒|分钟|小时|天|个月|克|毫升|枚|种|张|单|人|条|分贝|毫秒|毫米|厘米)")
_UNITS = [
    (re.compile(r"(?<![.<])(<\d{1,2}-\d{1,2}>)(?=厘米|毫米|毫秒|秒|升|公斤|克|分贝|瓦|度|%|微米)"), r"[\1|\1|\1.<1-9>]"),
    (_ABOUT, r"\1[|||约|近|差不多|大约]\2"),
    (re.compile(r"(<[\d/-]+>(?:\.<1-9>)?)%"), r"[\1%|\1%|百分之\1]"),
    (re.compile(r">元"), ">[元|元|块|块钱]"),
    (re.compile(r">秒"), ">秒[|钟]"),
]


@lru_cache(maxsize=None)
def _choices() -> dict[str, str]:
    """{word: "[word|synonym|…]"}; a word that stands alone on its line stays as it is."""
    choices = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        words = line.lstrip(">").split("|")
        for word in words[:1] if line.startswith(">") else words:
            choices[word] = f"[{'|'.join(dict.fromkeys(words))}]" if len(words) > 1 else word
    return choices


@lru_cache(maxsize=None)
def _pattern() -> re.Pattern:
    """Slots and numbers are passed over; of words that begin at the same place the longest counts."""
    words = sorted(_choices(), key=len, reverse=True)
    return re.compile(r"\{[^{}]*\}|<[^<>]*>|" + "|".join(map(re.escape, words)))


@lru_cache(maxsize=None)
def enriched(template: str) -> str:
    template = _pattern().sub(lambda match: _choices().get(match.group(), match.group()), template)
    for pattern, replacement in _UNITS:
        template = pattern.sub(replacement, template)
    return template
