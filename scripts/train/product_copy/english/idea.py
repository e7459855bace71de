"""From a user's need to a product idea."""
from .clauses import paragraph, within
from .scene import Scene

WORDS = 64
NEEDS = [
    "[User need|Need|Problem]: {many} {trait} [want|need] to {f.you!their}[ {moment}|].",
    "[User need|User story]: As a(n) {one}, I want to {f.you!my}[ so that I can|, to] {want!my}.",
    "[Problem|Pain]: {pains}. [Who|For whom]: {many} {trait}.",
    "{many} {trait} [struggle with|complain about] {pains}[. What could help?|. Ideas?|.]",
    "[What could help|How might we help] {crowd} to {f.you!their}?",
    "We want to help {crowd} to {f.you!their}.",
    "[Interview|Note from an interview] with {person}, {role}: “[I would like|I want|I wish I knew how] to {f.you!my}[ {moment}|].”",
    "[Find|Give me] a product idea for {many} who want to {want!their}.",
    "[Idea|Product idea|A new {kind}] for {many} {trait}:",
    "[Between|Amid] {load}, {many} [want|need] to {f.you!their}.",
    "[An idea for|Invent] a(n) {thing} for {many}[ {trait}|].",
]
IDEAS = [
    "[Product idea|Idea|The idea]: {Name}, a(n) {thing} that {f.does!s}",
    "[Product idea|Idea|Our idea]: a(n) {thing}[ called {Name}|, working title {Name},] that {f.does!s}[ and {g.does!s}|]",
    "[Idea|Proposal]: {Name}, a(n) {thing} with {f.np}[ and {g.np}|]",
    "[Product idea|Idea|Proposal]: a(n) {thing} against {pains}. [Name|Working title]: {Name}",
]
MORE = [
    "{f.how}[, so|; |: ] {f.so}",
    "{F.how}, [so|and] {crowd} [can|get to] {F.you!their}",
    "{moment}, {many} [could|can] {g.you!their}, [because|since] {g.how}",
    "[how it works|the trick]: {f.how}",
    "[the gain|what they get|benefit]: {f.so}",
    "[besides|also], {Name} {g.does!s}",
    "[later|second step]: {h.np}",
    "with {Name}, {f.so}, [even|also] {moment}",
    "{Name} {F.does!s}, so {many} {F.you!their} and {want!their}",
    "[instead of|no more] {pains}, [they get|there are] {joys}",
]
TEST = [
    "[Test|First test|Try-out]: <14-130> {many}, <2-8> weeks, [count|ask about] {measure}",
    "[Show|Give] a [sketch|first version|prototype] to [<5-20> {many}|{person}, {role}][, before {event}|]",
    "[Start|Try it] [with|among] <3-20> {many}[ before {event}|]",
    "[Success|Proof]: <6-9> of 10 {many} [use|miss] it after {event}",
    "[Measure|We count] {measure} before and after {event}",
    "[Price to test|Possible price]: {offer}",
    "[Open question]: [do|will] {many} pay for {g.np}?",
    "[First step|Begin with]: {f.np}[, nothing else|]; {g.np} [later|in {month}]",
]


def opened(scene: Scene) -> tuple[str, str]:
    opening = scene.say(scene.pick(NEEDS))
    more = [text.replace("F.", "g.") for text in MORE]
    first = scene.pick(IDEAS)
    scene.rng.shuffle(more)
    used = [part for part in ("{f.does", "{g.does", "{f.how", "{g.how", "{f.so", "{g.you") if part in first]
    body = [first]
    for text in more:
        parts = [part for part in ("{f.does", "{g.does", "{f.how", "{g.how", "{f.so", "{g.so", "{g.you", "{h.np") if part in text]
        if not any(part in used for part in parts) and len(body) < 3:
            body.append(text)
            used += parts
    body.append(scene.pick(TEST))
    sentences = within([scene.say(text) for text in body], WORDS)
    joint = scene.pick(["\n", "\n", " "]) if opening[-1] != ":" else scene.pick([" ", "\n"])
    if opening[-1] == ":":
        sentences[0] = sentences[0].split(": ", 1)[1]
    return scene.parts(opening, joint + paragraph(sentences))
