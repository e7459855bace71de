"""Feature announcements: what is new, since when, what it does, how to begin."""
from .clauses import FEATURE, feature, paragraph, within
from .scene import Scene

WORDS = 66
OPENINGS = [
    "New [in|from|at] {Name}[, the {kind}|]: {f.np}",
    "[Announce|Write an announcement of] {f.np} [in|for] {Name}, a(n) {thing}[ for {crowd}|].",
    "[Announcement|News|Product news]: {Name}, the {kind}[ for {crowd}|], [now has|gets] {f.np}",
    "{Name}, the {kind}[ for {crowd}|], now {f.does!s}",
    "[Write|Draft] [a feature announcement|the news] for {Name} ({kind}, for {many}). New: {f.np}.",
    "What is new at {Name}, the {kind}[ for {crowd}|]?",
    "[Good|Small|Big] news [for {crowd}|from {Name}]: the {kind}[ {Name}|] [now comes with|has] {f.np}",
    "[Dear|Hello] {many}, {Name} [now has|has got] {f.np}",
    "{month} at {Name}, [your|the] {kind}: {f.np}",
    "[You asked for it|You asked, we listened]: {f.np} [in|for] {Name}, the {kind}",
    "[Today|This {day}|This week], {Name} [gets|gains|receives] {f.np}",
]
DIGITAL = [
    "{Name} <2-9>.<0-9>[ is out|]: {f.np}",
    "Release notes, {Name} <2-9>.<1-9> ({kind}[ for {crowd}|]): {f.np}",
    "[Version|Release] <2-9>.<1-9> of {Name}, the {kind}[ for {crowd}|]",
]
NEWS = [
    "[from|since|as of] {month} <2-28>, {Name} {f.does!s}",
    "[until now|before], {pains} [were part of|came with] {event}. From {month} <2-28>, {f.so}",
    "[many|a lot of] {many} asked for {f.np}. [Here it is|It starts {day}]: {f.how}",
    "[you|many of you|{crowd}] asked for {f.np}; from {day}, {f.so}",
    "[now|at last|from {month} <2-28>], {many} [can|are able to] {f.you!their}",
    "{f.how}, [so|and] from {day} {crowd} can {f.you!their}",
    "after <3-14> [weeks|months] of [work|testing] with {crowd}, {Name} [now|finally] {f.does!s}",
    "[the idea|this] came from {person}, {role}: {Name} {f.does!s}",
    "to {want}, {crowd} [wished for|needed] {f.np}. From {day}, {Name} {f.does!s}",
    "[starting|beginning] {day}, {month} <2-28>, {Name} {f.does!s}",
    "[we have|our team has] added {f.np}: {f.how}",
    "[goodbye|farewell], {pains}: [from {day}|from today], {Name} {f.does!s}",
]
MORE = [
    "{f.how}[, so|, and] [you can|it is easy to] {f.you}",
    "in our trial with <16-160> {many}: {f.fact}",
    "[useful|handy|at its best] {moment}: {f.so}",
    "for {crowd}, [this|that] means: {f.so}",
    "{other}, {role}, tried it first: “{f.so!cap}”",
    "[good|just in time] for {event}, [when|because] {f.so}",
    "[expect|count on] {f.fact}, and time to {want}",
    "[so|that way] {f.so}, even {moment}",
    "[now|so] {many} can {want!their}",
]
START = [
    "[to try it|to begin|how it works]: {f.s1}, {then} {f.s2}, {last} {f.s3}",
    "[just|simply] {f.s1}, {then} {f.s2}",
    "with {Name}, {f.s1}, {then} {f.s2}; {last} {f.s3}",
]
LAST = [
    "[The price stays|It costs nothing extra|Nothing else changes][ this year| for now|]",
    "[Tell|Write to] {other} what you [think|miss]",
    "[Next|In {month}|Coming next]: {g.np}",
    "[Questions|Ideas]? {help!cap}",
    "[As before|And still|Also there]: {g.np}[ and {h.np}|]",
    "[Thanks|Thank you] to [all testers|everyone who tested it|{person}, {role}]",
]


def opened(scene: Scene) -> tuple[str, str]:
    scene.slots["count"] = "<3-90>"
    opening = scene.say(scene.pick(OPENINGS + DIGITAL * 2 if scene.digital else OPENINGS))
    news, more, last = scene.pick(NEWS), scene.pick(MORE), scene.pick(LAST)
    told = [part for part in ("{f.does", "{f.so", "{f.how", "{f.fact") if part in news or part in opening]
    fresh = [text for text in MORE if not any(part in text for part in told)]
    body = [news, scene.pick(fresh or MORE[2:3])]
    body.append(scene.pick(START) if scene.rng.random() < 0.7 else "")
    body.append(last if scene.rng.random() < 0.75 else "")
    joint = "\n" if opening[-1] in ".?" else scene.pick([".\n", ". ", ":\n", ".\n"])
    if ":" in opening and joint[0] == ":":
        joint = ".\n"
    return scene.parts(opening, joint + paragraph(within([scene.say(text) for text in body if text], WORDS)))
