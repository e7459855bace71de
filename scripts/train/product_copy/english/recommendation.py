"""Recommendation blurbs: who should take it and why, told by us or by somebody who uses it."""

from .clauses import FEATURE, feature, linked, paragraph, within
from .scene import Scene

WORDS = 60
OPENINGS = [
    "[Recommendation|Our recommendation|Our tip] for {many}: {Name}, a(n) {thing}",
    "[Recommend|Write a recommendation of] {Name}, a(n) {thing}, to {many}.",
    "Recommend a(n) {kind} for {many}:",
    "[Which|What] {kind} [suits|would you give to|do you recommend to|is best for] {many}?",
    "If you are a(n) {one}, [try|look at|consider] {Name}, a(n) {thing}",
    "[Who is {Name}, the {kind}, for|Is {Name}, the {kind}, right for {many}|Why should {many} try {Name}, the {kind}]?",
    "[You may like|You might like|Picked for you]: {Name}, a(n) {thing}[ for {crowd}|]",
    "[We recommend|I recommend|I can recommend] {Name}, a(n) {thing}[ for {crowd}|]",
    "[Why|The reason why] {many} [choose|like] {Name}, the {kind}:",
    "{many} who want to {want!their} should [try|look at] {Name}, a(n) {kind}",
    "[The best|A good|The right] {kind} for {many}[?|:]",
]
WHO = [
    "{Name} is [made|a good choice|a great fit|our pick|just right] for {many} {trait}",
    "[for|if you ask] {many} {trait}, {Name} is [a good|the right|an easy] [choice|{kind}]",
    "{many} {trait} [will like|get a lot out of|can count on|are in good hands with] {Name}",
    "[take|pick|choose|go for] {Name} if you [are tired|have enough|have had enough|no longer want to hear] of {pains}",
    "[anyone|whoever|everyone] [with days full of|who deals with|who juggles] {load} [needs|deserves|will enjoy] {joys}, and {Name} [delivers|offers that|helps with it]",
    "{Name} is a(n) {thing} that [suits|fits|works well for] {many} who want to {want!their}",
]
REASONS = [
    *FEATURE,
    "[what we like|what convinced us|our reason|the best part|why we chose it]: {it} {adv}{F.does!s}",
    "[what we like most|the best thing about it|our favourite part]: {sure}{F.so}",
]
CLOSE = [
    "[Price|Cost|The price]: {offer}",
    "[{Name} is worth a look|Well worth a try|Give {Name} a try|Try {Name}|Do try it] before {event}",
    "[In the end, you|So you|That way, you|With {Name}, you|Thanks to {Name}, you] [can|get to|find time to] {want}",
    "[Just|To start, simply|If you like the sound of {Name},|Curious? Then|Convinced? Then] {begin}",
    "A(n) [clear|warm|heartfelt|sincere|full] recommendation[ for {many}| from us|]",
    "[With {Name}, you will|You will|You can|{Name} lets you] [enjoy|look forward to|count on] {joys}",
    "[We give {Name}|{Name} gets|Our rating for {Name}:] <4-4>.<1-9> out of 5 stars",
    "[We would|We will gladly|I would|Our testers would] [buy|choose|recommend|pick] {Name} again",
]
VOICE_OPENINGS = [
    "{person}, {role}, on {Name}, a(n) {kind}:",
    "[Review|Testimonial] of {Name} ({kind}) by {person}, {role}:",
    "[A customer|{person}] from {home} [writes|says] about {Name}, the {kind} for {many}:",
    "[Write|Give me] a [review|testimonial] [of|for] {Name}, a(n) {thing}, by a(n) {one}.",
]
VOICE_START = [
    "[I work a lot|my days are full|you know how it is|life is busy|my week is full], with {load}",
    "[I wanted|all I wanted was|my goal was|for months I had wanted|what I wanted was] to {want!my}",
    "before {Name}, I [had|knew|put up with|was used to|lived with] {pains}",
    "[I have used|we have used|I have had|I have relied on] {Name} [since {month}|for a month|for two months|for half a year|since last {month}|for a year now]",
    "[a colleague|a friend|my sister|my brother|my neighbour|an old friend|my boss|my aunt] [told me about|showed me|talked me into|gave me the tip to try] {Name}",
    "[at first I had my doubts|I was not sure at first|I did not expect much|I was sceptical|I only wanted to test it], but {Name} [won me over|surprised me|convinced me|was worth it]",
]
VOICE = [
    "[now|today|these days|with {Name},|thanks to {Name},|at last,] I [can|can finally|am able to|get to] {F.you!my}[, and {sure}{F.so}|]",
    "[since then|now|these days|with {Name}|thanks to {F.np}|since I have {Name}], {F.so}",
    "what I like [most|best|so much|about {Name}|every day]: {F.so}",
    "[what I like|what helps me|what I value|what I enjoy] [most|best|about it|about {Name}]: {it} {adv}{F.does!s}",
    "{F.so}, [and|so] [I|with {Name} I|these days I] [can|get to|have time to|manage to] {want!my}",
    "{it} {adv}{F.does!s}[, so|. That means|, and|. For me,|. Now] {F.so}",
    "[I love|I really like|I am happy about|I count on|I am a fan of|I rely on] {F.np}[, because|: now|. Thanks to {Name},|. With it,] {F.so}",
    "{F.np} [from|in|at] {Name} help{F.v} me {F.you!my}[ every day| all the time| when I need it|]",
    "[I never thought I would|I did not know I could|{Name} lets me|it is so easy to|I love to] {F.you!my}",
]
VOICE_END = [
    "[I would not give {Name} back|I tell all my friends about {Name}|I would buy it again|I do not want to be without {Name}|I would not go back]",
    "[Thank you|Thanks|Well done|Keep it up], {Name}",
    "[{Name} is|For me, {Name} is|{Name} really is|{Name} has become] [a real help|a true help|worth gold|a relief] on days full of {load}",
    "[I can only recommend {Name}|I recommend {Name} gladly|I would recommend it|I have shown {Name}] to [all|other|many] {many}[ {trait}|]",
    "[A real help|Just what I needed|I felt ready|I was glad to have {Name}] before {event}",
]


def _voice(scene: Scene) -> tuple[str, str]:
    frames = list(VOICE)
    opening = scene.say(scene.pick(VOICE_OPENINGS))
    spoken = [scene.say(scene.pick(VOICE_START))] + [feature(scene, letter, frames) for letter in "fg"]
    if scene.rng.random() < 0.3:
        spoken.append(scene.say(scene.pick(VOICE_END)))
    return scene.parts(opening, scene.pick([" ", "\n"]) + "“" + paragraph(within(spoken, WORDS)) + "”")


def opened(scene: Scene) -> tuple[str, str]:
    if scene.rng.random() < 0.3:
        return _voice(scene)
    frames = list(REASONS)
    opening = scene.say(scene.pick(OPENINGS))
    body = [] if opening[-1] not in ".?:" and scene.rng.random() < 0.5 else [scene.say(scene.pick(WHO))]
    body += [feature(scene, "f", frames), linked(scene, "g", frames)]
    if scene.rng.random() < 0.3:
        body.append(scene.say(scene.pick(CLOSE)))
    joint = "\n" if opening[-1] in ".?" else " " if opening[-1] == ":" else ". "
    return scene.parts(opening, joint + paragraph(within(body, WORDS)))
