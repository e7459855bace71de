"""Sentences that several genres use. F. stands for one of the features f., g., h."""
from .scene import Scene

FEATURE = [
    "{Name} {F.does!s}[, so|: |; |, and with it] {F.so}",
    "{F.so}, [because|since|as|now that] {Name} {F.does!s}",
    "{F.how}, [so|and] [you can|it is easy to] {F.you}",
    "{F.how}: {F.so}",
    "{F.so}, because {F.how}",
    "“{F.so!cap},” [says|writes|finds] {other}, {role}",
    "[want to|need to] {F.you}? With {Name}, {F.how}",
    "[with {Name}, you|{Name} users] can {F.you}, even {moment}",
    "{moment}, {Name} {F.does!s}[, and {F.so}|]",
    "by {F.does!ing}, {Name} [lets|helps] {crowd} {want!their}",
    "{Name} [comes with|brings|offers] {F.np}: {F.how}",
    "{Name} [comes with|brings|offers] {F.np}, [so|and] {F.so}",
    "[thanks to|with] {F.np}, {F.so}",
    "[thanks to|with] {F.np}, [it is easy|you need only minutes|it takes little] to {F.you}",
    "[our favourite|the best part]: {F.how}, so {F.so}",
    "[it|{Name}] {F.does!s}: {F.fact}",
    "[count on|expect] {F.fact}, because {F.how}",
    "{many} can {F.you!their} {moment}, [because|since] {F.how}",
    "[thanks to|with] {Name}, {F.so}, [even|also] {moment}",
    "{F.does!cap}? {Name} does [it|that]: {F.so}",
    "[you can|you are able to|you finally] {F.you}, and {F.so}",
]
LINK = ["", "", "", "", "[also|besides], ", "[what is more|on top|better still], ", "and "]

AUDIENCE = [
    "[that way,|so] {crowd} [can|get to] {want}",
    "[just right|a real help|made] for {event}",
    "[ready|in time|a help] for {event}, when {many} have {load}",
    "{many} with {load} [can|will] {want!their}",
    "[good|handy|a help] {moment}, and before {event}",
    "{crowd} [get|find] {joys} instead of {pains}",
    "no more {pains}[, just {joys}|]",
    "[it gives|giving] {many} {joys}, {moment}",
    "{joys!cap} instead of {pains}: [that is what|this is what] {many} [get|wanted]",
]
OFFER = ["{offer}", "[price|cost]: {offer}", "{begin}: {offer}", "[to start|for a start], {begin}: {offer}"]


def feature(scene: Scene, letter: str, frames: list[str]) -> str:
    """A sentence about a feature; its frame is taken out of `frames`, so that none comes twice."""
    frame = scene.pick(frames)
    frames[:] = [other for other in frames if other != frame and not (_names(frame) and _names(other))]
    return scene.say(frame.replace("F.", letter + "."))


def _names(frame: str) -> bool:
    """Whether a frame speaks of a person: one per document is enough."""
    return "{person}" in frame or "{first}" in frame


def sentence(text: str) -> str:
    """Closed with a full stop unless it ends by itself."""
    return text if text[-1] in ".!?" else text + "."


def paragraph(sentences: list[str]) -> str:
    return " ".join(sentence(text) for text in sentences)


def within(sentences: list[str], words: int) -> list[str]:
    """The first sentences that together stay within a number of words; always the first one."""
    kept, count = sentences[:1], len(sentences[0].split())
    for text in sentences[1:]:
        count += len(text.split())
        if count > words:
            break
        kept.append(text)
    return kept
