"""Feature announcements: what is new, since when, what it does, how to begin."""

from .clauses import paragraph, within
from .scene import Scene

WORDS = 64
OPENINGS = [
    "New [in|from|at] {Name}[, the {kind}|]: {f.np}",
    "[Announce|Write an announcement of] {f.np} [in|for] {Name}, a(n) {thing}[ for {crowd}|].",
    "[Announcement|News|Product news]: {Name}, the {kind}[ for {crowd}|], [now has|now offers] {f.np}",
    "{Name}, the {kind}[ for {crowd}|], now {f.does!s}",
    "[Write|Draft] [a feature announcement|the news] for {Name} ({kind}, for {many}). New: {f.np}.",
    "What is new at {Name}, the {kind}[ for {crowd}|]?",
    "[Good|Big] news [for {crowd}|from {Name}]: [the|our] {kind} [now comes with|now has|now offers] {f.np}",
    "[Dear|Hello] {many}, {Name} now [has|offers] {f.np}",
    "[You asked for it|You asked, we listened]: {f.np} [in|from] {Name}, the {kind}",
    "[Today|This week|This month], {Name}, the {kind}[ for {crowd}|], [gets|introduces] {f.np}",
]
DIGITAL = [
    "{Name} <2-9>.<0-9>[ is out|]: {f.np}",
    "Release notes for {Name} <2-9>.<1-9> ({kind}[ for {crowd}|]): {f.np}",
    "[Version|Release] <2-9>.<1-9> of {Name}, the {kind}[ for {crowd}|]",
]
NEWS = [
    "[from {day}|starting this week|as of today|from {month} on|starting in {month}|from today|with the latest update|this {month}], {Name} {adv}{f.does!s}",
    "[from today|from now on|as of this week|from {month} on|starting {day}|thanks to {f.np}|with {f.np}], [you can|all customers can|everyone can|users of {Name} can|{Name} lets you|{Name} helps you to] {f.you}",
    "[until now|for a long time|so far|for years|up to now], {many} had to [live with|put up with|deal with|accept|expect] {pains}. [now|from today|from {month} on|that changes:|no longer:|with {f.np},] {Name} {adv}{f.does!s}",
    "[many of you|{many} {trait}|a lot of {many}|our customers|friends of {Name}|users of {Name}] [asked for|wrote to us about|have been waiting for|told us they need|wished for] {f.np}. [here it is|now it is here|it is ready|your wait is over|{Name} delivers|we got to work]",
    "[now|at last|from {day}|with {Name}|thanks to {f.np}|from {month} on|as of today], {many} [can|are able to|get to] {easily}{f.you!their}",
    "[we know that|we hear it often:|you told us:|no secret:|it is true:] {many} want to {want!their}. [that is why|so|for this reason|with this in mind,|to help,] {Name} now {f.does!s}",
    "[the idea came from you|we listened to you|it was your idea|you wrote to us|we asked you|this was your wish]: [many|most|more and more|nearly all|a lot] of you [want|hope|like|would like] to {f.you!their}. [Now|From today,|Since {month},|At last,] {Name} {adv}{f.does!s}",
    "{f.np} [{f.be} now here|{f.be} ready|{f.be} available now|{f.be} here at last|{f.be} part of {Name} from today|{f.be} open] for [everyone|all customers|all users|{many}|old and new customers]",
    "[we are happy to present|please welcome|say hello to|we proudly present|meet the newest part of {Name}:|here comes] {f.np}",
    "[you will find|there is|{Name} brings you|we have built|we give you|we added] something new: {f.np}. [it means that|with it,|thanks to it,|this way,] {f.so}",
]
MORE = [
    "[what does it do|what is it good for|what is in it for you|why is that good news|what is behind it|what can it do for {many}]? {Name} {adv}{f.does!s}[, so|. That way,|, and|. As a result,|. The effect:] {sure}{f.so}",
    "[the result|what you get|what changes|why it matters|what {many} gain|what counts|what it means for you|the gain]: {f.so}",
    "[this way|with this|in everyday life|thanks to {Name}|in short|with {f.np}], {f.so}",
    "[it is|this is|we made it|we built it|{Name} made it|a good fit] for {many} {trait}: {f.so}",
    "[in short|put simply|the idea is simple|how it works|in plain words|the heart of it]: {Name} {adv}{f.does!s}",
    "[now|that means|this way,|with it,|thanks to {f.np},] [you can|you are able to|{Name} lets you|{Name} helps you to] {easily}{f.you}[, even on days with {load}|, whatever your day looks like|, and {sure}{f.so}|]",
    "“{f.so!cap},” [says|writes|reports] {person}, {role}[, who tried {Name} first|, who tested it for us|, one of our first testers|, after a week with {Name}|]",
    "[just in time for|ready for|a good start before|you can use it for|at hand before|it will help you before] {event}: {f.so}",
    "[it helps|we built it to help|we want to help|{Name} is there to help|it is made to help|our aim is to help] {many} {want!their}",
    "[you will get|it brings|expect|enjoy|{Name} brings you|look forward to] {joys}[ instead of|, not| rather than] {pains}",
]
START = [
    "[to try it|to begin|here is how|to get started|how to use it|how it is done in {Name}|getting started]: {f.s1}, {then} {f.s2}, {last} {f.s3}",
    "[first|to start|in {Name}|as a first step], {f.s1}. {then!cap} {f.s2}, {last} {f.s3}",
    "[just|simply|to use it,|in {Name},] {f.s1}, {then} {f.s2} {last} {f.s3}",
]
LAST = [
    "[The price|The price of {Name}|What {Name} costs] [stays the same|does not change|is as before][ for now| this year|]",
    "[There is no extra charge|It costs nothing extra|It is free for all customers|It comes at no extra cost][ for now| this year|]",
    "[Tell us|Let us know|Write to us and say|We would love to hear|We are curious to hear] [what you think|how you like {Name}|what we can do better|how it works for you|what you would like next]",
    "[Next on our list|Coming next|Coming soon|In {month}|What comes next|Planned for {month}|Soon at {Name}]: {g.np}",
    "[Questions|Any questions|Want to know more|Something unclear]? {help!cap}",
    "[You can still|And you can still|As before, you can|Of course, you can still|{Name} still lets you] {g.you}",
    "[Thank you|Many thanks|Thanks|A big thank you] to [everyone|all {many}|all of you|the {many}] who [tested {Name}|sent ideas|helped us|tested it|gave us advice]",
    "{begin!cap}[ and try {Name}| and see for yourself| today| and tell us how you like it| before {event}|]",
    "[We wish you|{Name} wishes you|Here is to|All of us wish you] {joys}",
]


def opened(scene: Scene) -> tuple[str, str]:
    opening = scene.say(scene.pick(OPENINGS + DIGITAL * 2 if scene.digital else OPENINGS))
    news = scene.pick([text for text in NEWS if "{f.does" not in text] if "now {f.does" in opening else NEWS)
    told = [part for part in ("{f.you", "{f.so", "{f.does", "{want") if part in news or part in opening]
    more = scene.pick([text for text in MORE if not any(part in text for part in told)])
    body = [news, more]
    extra = [text for text in MORE if not any(part in text and part in news + more for part in ("{f.you", "{f.so", "{f.does", "{want"))]
    if extra and scene.rng.random() < 0.5:
        body.append(scene.pick(extra))
    if scene.digital and scene.rng.random() < 0.3:
        body.append(scene.pick(START))
    if scene.rng.random() < 0.3:
        body.append(scene.pick(LAST))
    joint = "\n" if opening[-1] in ".?" else scene.pick([".\n", ". "])
    if (opening.startswith(("Version", "Release")) and "notes" not in opening) or opening.startswith("What is new"):
        body[0] = scene.pick(NEWS[:2] + NEWS[3:4] + NEWS[7:9])
        if ":" not in opening and "{f.np}" not in body[0]:
            body[0] = scene.pick(["this one brings ", "the big news is ", "it comes with ", "new this time: ", "you now get "]) + "{f.np}"
    return scene.parts(opening, joint + paragraph(within([scene.say(text) for text in body], WORDS)))
