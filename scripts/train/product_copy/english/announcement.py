"""Feature announcements: what is new, since when, what it does, how to begin."""
from .clauses import FEATURE, feature, paragraph, within
from .scene import Scene

WORDS = 66
OPENINGS = [
    "New [in|from|at] {Name}[, the {kind}|]: {f.np}",
    "[Announce|Write an announcement of] {f.np} [in|for] {Name}, a(n) {kind}[ for {many}|].",
    "[Announcement|News|Product news]: {Name}, the {kind}[ for {many}|], [now has|gets] {f.np}",
    "{Name}, the {kind}[ for {many}|], now {f.does!s}",
    "[Write|Draft] [a feature announcement|the news] for {Name} ({kind}, for {many}). New: {f.np}.",
    "What is new at {Name}, the {kind}[ for {many}|]?",
    "[Good|Small|Big] news [for {many}|from {Name}]: the {kind}[ {Name}|] [now comes with|has] {f.np}",
    "[Dear|Hello] {many}, {Name} [now has|has got] {f.np}",
    "{month} at {Name}, [your|the] {kind}: {f.np}",
    "[You asked for it|You asked, we listened]: {f.np} [in|for] {Name}, the {kind}",
    "[Today|This {day}|This week], {Name} [gets|gains|receives] {f.np}",
]
DIGITAL = [
    "{Name} <2-9>.<0-9>[ is out|]: {f.np}",
    "Release notes, {Name} <2-9>.<1-9> ({kind}[ for {many}|]): {f.np}",
    "[Version|Release] <2-9>.<1-9> of {Name}, the {kind}[ for {many}|]",
]
NEWS = [
    "[from {day}|since {day}|from {month} on|as of {month} <2-28>], {it} {f.does!s}[ {moment}|, {moment} [just as well|above all]|]",
    "[until now|before], {pains} [were part of|came with] {event}. [From {day}|Since {month}], {f.so}",
    "<3-90> {many} [in {town}|] asked for {f.np}. [Here it is|It starts {day}]: {f.how}",
    "{person}, {role}, asked for {f.np} [{moment}|in {month}]; [now|today] {f.so}",
    "[now|at last|from today], {many} {trait} [can|may] {f.you!their}",
    "{f.how}, [so|and] from {day} {many} {f.you!their}[ {moment}|]",
    "[it took|after] <3-14> [weeks|months|attempts] and [the help of|advice from] {person} in {town}[,|:] {it} [now|finally] {f.does!s}",
    "[the idea|this] came from {person}, {role}: {moment}, {it} {f.does!s}",
    "[to|so as to] {want}, {many} [wished for|needed] {f.np}. [Now|From {day}], {it} {f.does!s}",
]
MORE = [
    "{moment}, {f.how}",
    "[in the test|in our trial] with <6-60> {many} [in {town}|]: {f.fact}",
    "[useful|handy|at its best] {moment}",
    "for {many} {trait}, {f.so}",
    "[the figures|in numbers]: {f.fact}, [even|also] {moment}",
    "{many} {trait} [will notice|tried it first]",
    "[good|just in time] for {event}, [when|because] {f.so}",
    "[expect|you get] {f.fact}, and time to {want}",
]
START = [
    "[to try it|to begin|how it works]: {f.s1}, {then} {f.s2}, {last} {f.s3}",
    "{moment}, {f.s1}, {then} {f.s2}",
    "{f.s1}, {then} {f.s2}; {last} {f.s3}",
    "[first|to start], {f.s1}; {then} {f.s2}",
]
LAST = [
    "[The price stays|It costs nothing extra|Nothing else changes][ this year| for now|]",
    "[Tell|Write to] {other} what you [think|miss]",
    "[Next|In {month}|Coming next]: {g.np}",
    "[Questions|Ideas]? {help!cap}",
    "[As before|And still|Also there]: {g.np}[ and {h.np}|]",
    "[Thanks|Thank you] to {person} in {town}[ for the idea| for <2-9> weeks of testing|]",
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
