"""Sentences that several genres use. F. stands for one of the features f., g., h."""
from .scene import Scene

FEATURE = [
    "{Name} {F.does!s}[, so|: |; |, and with it] {F.so}",
    "{F.so}, [because|since|as|now that] {Name} {F.does!s}",
    "{person} in {home} {F.you!s!her} {moment}: {F.so}",
    "{F.how}. For {other} in {town}, that means: {F.so}",
    "“{F.so!cap},” [says|writes|finds] {other} [from|in] {town}, [because|since] {Name} {F.does!s}",
    "in {town}, <14-89> of <90-180> {many} [asked|] {F.you!their}[ with {Name}|]",
    "{F.fact} ({town}, {month} <2019-2026>): {Name} {F.does!s}",
    "{F.how}, [so|and] {person} can {F.you!her} {moment}",
    "[need to|want to|trying to|about to] {F.you} by {day}[ at {clock}|]? With {Name}, {F.how}",
    "[with {Name}, you|{Name} users] can {F.you}, even {moment}",
    "{moment}, {Name} {F.does!s}[ and {F.so}|]",
    "by {F.does!ing}, {Name} [lets|helps] {other}[, {role},|] {want!their}",
    "[included|on board|part of {Name}] since {month} <2-28>: {F.np}[; |, and ]{F.so}",
    "[count on|expect] {F.fact}, [says|according to] {other} in {town}: {F.so}",
    "{Name} [has|brings|comes with] {F.np}, [so|and] {F.so}",
    "{F.np} [can help|will help] {other} in {town} {F.you!their} and {want!their}",
    "{moment}, {person}, {role}, {F.you!s!her}: {F.so}",
    "{other} from {town} has relied on {F.np} since {month} <2-28>: {F.so}",
    "to {want}, {F.you} with {Name}: {F.how}",
    "{F.how}, [and|so] with {Name} {F.so}",
    "{F.how}, {other} [explains|adds|says] in {town}; {F.so}",
    "[thanks to|with] {Name}, {F.so}, [even|also] {moment}",
]
LINK = ["", "", "", "", "[also|besides], ", "[what is more|on top|better still], ", "and "]

AUDIENCE = [
    "[more time|<15-90/5> minutes more] to {want}, {moment}",
    "[that way,|so] {crowd} [can|get to] {want}",
    "[ready|in time|a help] for {event}, [when|as] {many} have {load}",
    "[tested|tried] by {person}, {role}, from {month} to {month} <2019-2026>",
    "[whoever counts|for those who count] {measure}: <6-68> % [more|better] in <3-40> [days|weeks]",
    "[between|amid] {load}, {Name} wins <5-55> minutes [a day|a week]",
    "no more {pains}, says {other} [in|from] {town}",
    "{person} in {home}, {role}, has used {Name} since {month} <2-28>",
    "[good|handy|a help] {moment}, and before {event}",
    "{crowd} [get|find] {joys} instead of {pains}",
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
