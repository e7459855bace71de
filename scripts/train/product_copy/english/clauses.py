"""Sentences that several genres use. F. stands for one of the features f., g., h."""
from .scene import Scene

FEATURE = [
    "{it} {F.does!s}[: |; |, and ]{moment}, {F.so}",
    "[with|thanks to] {F.np}, {many} [in {town}|] {F.you!their}[ {moment}|]",
    "{F.how}. {moment}, that means: {F.so}",
    "{F.how}, [so|and] {person} in {town} can {F.you!her}",
    "[need to|want to|trying to|about to] {F.you} {moment}? {F.how}",
    "[you can|go ahead and] {F.you}, even {moment}",
    "{F.so}, even {moment}, [because|since|as] {it} {F.does!s}",
    "{moment}, {it} {F.does!s}[: {F.fact}|]",
    "by {F.does!ing}, {it} [lets|helps] {many} {want!their}",
    "[included|on board|part of it]: {F.np}[; |, and ][for {many}|{moment}], {F.so}",
    "[count on|expect] {F.fact}, and {many} {trait} [know|see] that {F.so}",
    "[you get|it has|it comes with] {F.np}, [so|and] on [a|any] {day} [around|before] {clock} {F.so}",
    "{F.np} [can help|will help] {many} {F.you!their} and {want!their}",
    "{person}, {role}, {F.you!s!her}[ {moment}|]: {F.so}",
    "[some|about|over] <40-95> of 100 {many} [asked|in {town}] {F.you!their}[ {moment}|]",
    "{first} from {town} {F.you!s!her} and [gets|manages] to {want!her}",
    "[in|since] {month}, {person} {F.you!s!her}, [and|so] {F.so}",
    "{F.how}, which {many} [like|notice] {moment}",
    "[between|amid] {load}, {it} {F.does!s}",
    "to {want}, {F.you}: {F.how}",
]
LINK = ["", "", "", "", "[also|besides], ", "[what is more|on top|better still], ", "and "]

AUDIENCE = [
    "[more time|room] to {want}",
    "[that way,|so] {many} [can|get to] {want}",
    "[ready|in time|a help] for {event}, [when|as] {many} have {load}",
    "[tested|tried] by {person}, {role}",
    "[whoever counts|for those who count] {measure} will [notice|feel it|see the difference]",
    "[between|amid] {load}, [every minute|that|a little calm] counts",
    "[no more|an end to] {pains}",
    "{person}, {role}, [already relies on it|would not give it back|has used it since {month}]",
    "[good|handy|a help] {moment}",
    "{many} [get|find] {joys} instead of {pains}",
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
