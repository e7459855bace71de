"""Sentences that several genres use. F. stands for one of the features f., g., h."""

from .scene import Scene

FEATURE = [
    "{Name} {adv}{F.does!s}[, so|. That way,|. As a result,|, which means that|, and|. Thanks to that,|. So,] {sure}{F.so}",
    "{it} {adv}{F.does!s}[, so|, and|. This way,|. That means|. You will notice:|. The effect:] {sure}{F.so}",
    "[with|thanks to|because of|through] {F.np}, [you can|you are able to|{Name} lets you|{Name} helps you to|users of {Name} can|it is easy to] {F.you}",
    "[with|thanks to|because of] {F.np} from {Name}, {sure}{F.so}",
    "[want|need|hoping|looking|trying|eager|planning] to {F.you}? {Name} [makes it easy|has you covered|can help|does the hard part|is made for that|knows how|is up to it][: it|. It|, because it] {adv}{F.does!s}",
    "[you can|it is easy to|you are free to|{it} lets you|{Name} lets you|with {Name}, you] {F.you}, [because|since|as|now that|simply because] {it} {adv}{F.does!s}",
    "[with {Name}, you can|it is easy to|it takes no effort to|{Name} lets you|{it} allows you to|thanks to {Name}, you] {F.you}[, so|. That way,|, and|. As a result,|. What follows:] {sure}{F.so}",
    "{F.np} from {Name} make{F.v} it [easy|simple|possible|quick|a pleasure|child's play] to {F.you}",
    "{F.np} help{F.v} [{many}|users|our customers|people] {F.you!their}[, so|. In short,|, and|. With {Name},|. The result:] {sure}{F.so}",
    "[what is special|what {it} does|the idea is simple|what makes the difference|the secret of {Name}|how {Name} helps]: {it} {adv}{F.does!s}[, so|, and|. As a result,|, which is why] {sure}{F.so}",
    "{F.so}[. The reason:|. How? Easy:|. Why? Because|, because|, since|, as|. Here is why:|, thanks to an easy idea:] {Name} {adv}{F.does!s}",
    "[you will like|you get|{Name} comes with|{it} has|there is also|{Name} offers|we are proud of|look out for] {F.np}: {sure}{F.so}",
    "[because|since|as|now that] {Name} {adv}{F.does!s}, {sure}{F.so}",
    "{it} {adv}{F.does!s} and [helps|lets] [people|everyone|{many}|customers] {F.you!their}",
    "[what makes {Name} special|one thing people like about {Name}|popular at {Name}|a favourite of our customers|the heart of {Name}|often praised]: {F.np}. [with it,|thanks to it,|so|that way,|because of it,] {F.so}",
    "[want some help|no idea how|looking for a way] to {F.you}? [try|use|that is the job of|look at|count on|{Name} offers|{Name} has] {F.np}",
    "[whenever you want|if you want|when you need|if you ever need|when you would like|when it is time] to {F.you}, {Name} [is there|is a real help|can help|supports you|is ready|makes it easy|is on hand]",
    "[the point|the promise|what it comes down to|our aim|why {Name} works|what we promise]: {F.so}, [because|since|as] {it} {adv}{F.does!s}",
    "[for you|for daily life|in daily life|for users of {Name}|in the life of {many}], {F.np} mean{F.v} that {F.so}",
]
LINK = ["", "", "", "", "also, ", "besides, ", "better still, ", "on top of that, ", "what is more, ", "and "]
LINKED = ("{Name}", "{it}", "[with", "{F.np}", "[because")

AUDIENCE = [
    "[that leaves|it leaves you|you get|there is|{Name} gives you|with {Name}, you find|that means] more time to {want}",
    "[so|that way,|in the end,|with {Name},|thanks to {Name},] {many} [can|get to|are able to|find time to|manage to] {want!their}",
    "{Name} is [a good|an easy|a natural|the right|a great] [fit|choice|match|{short}] for {many} {trait}",
    "[it helps|it is a help|{Name} is a relief|{Name} makes a difference|that counts|{Name} proves useful] on days full of {load}",
    "[the result|what you get|what counts|what you get from {Name}|in short|the gain]: {joys}[ instead of {pains}|, not {pains}|]",
    "[no more|say goodbye to|forget about|you can forget|with {Name}, there are no more|{Name} puts an end to] {pains}",
    "[{many} get|you get|{Name} brings you|expect|enjoy|look forward to] {joys}[, even on days with {load}|]",
    "{it} [was|is] {made} for people [with days full of|who juggle|who deal with|who live with|who know all about] {load}",
    "[just right for|a help before|be ready for|ready for|good to have before|{Name} gets you ready for] {event}",
    "[ask|talk to] {many} {trait}: they [like|value|trust|count on|rely on] {Name}",
]
OFFER = [
    "{offer}",
    "[price|cost|the price|what {it} costs|good to know]: {offer}",
    "[just|simply|to start,|to try {Name},|for a first try,] {begin}: {offer}",
    "{begin}[ today| this week| and see for yourself| and give {Name} a try| and try {Name}| before {event}|]",
]


def feature(scene: Scene, letter: str, frames: list[str]) -> str:
    """A sentence about a feature; its frame is taken out of `frames`, so that none comes twice."""
    frame = scene.pick(frames)
    frames[:] = [other for other in frames if other[:8] != frame[:8]]
    return scene.say(frame.replace("F.", letter + "."))


def linked(scene: Scene, letter: str, frames: list[str]) -> str:
    """A further feature, where it fits with a word that links it to what was said before."""
    frame = scene.pick(frames)
    frames.remove(frame)
    link = scene.pick(LINK) if frame.startswith(LINKED) else ""
    return scene.say(link + frame.replace("F.", letter + "."))


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
