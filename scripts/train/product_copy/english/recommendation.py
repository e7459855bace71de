"""Recommendation blurbs: who should take it and why, told by us or by somebody who uses it."""
from .clauses import FEATURE, LINK, feature, paragraph, within
from .scene import Scene

WORDS = 62
OPENINGS = [
    "[Recommendation|Our recommendation|Our tip] for {many}: {Name}, a(n) {thing}",
    "[Recommend|Write a recommendation of] {Name}, a(n) {thing}, to {many}.",
    "[Which|What] {kind} [suits|would you give to|do you recommend to] {many}?",
    "If you are a(n) {one}, [try|look at|consider] {Name}",
    "[Who is {Name} for|Is {Name} right for me|Why {Name}]?",
    "[You may like|You might like|Picked for you]: {Name}, a(n) {thing}[ for {crowd}|]",
    "[We recommend|I recommend|I can recommend] {Name}",
    "[Why|The reason why] {many} [choose|like] {Name}, the {kind}:",
    "{many} who want to {want!their} should [try|look at] {Name}",
    "[The best|A good|The right] {kind} for {many}[?|:]",
]
WHO = [
    "{Name} is [for|the {kind} for] {many} {trait}", "[For|To] {many} {trait}, {Name} is [a good|the right] {kind}",
    "{many} {trait} [get on with|will like] {Name}", "[Take|Try|Choose] {Name}, the {kind}, if you [are tired|have had enough] of {pains}",
    "[Anyone|Whoever] has {load} [needs|deserves] {joys}: [take|try] {Name}, a(n) {thing}",
    "{Name}, a(n) {thing}, [fits|suits] {many} who want to {want!their}",
]
REASONS = FEATURE + [
    "{first} [tried it|took it along] {moment}: {F.so}",
    "{person}, {role}, [likes|praises] {F.np}, [because|since] {F.so}",
    "[what we like|what convinced us|our reason]: {it} {F.does!s}",
]
CLOSE = ["[Rating|Our rating]: <4-4>.<1-9> of 5", "[Price|Cost]: {offer}", "[It is worth it|Worth a look] before {event}",
         "[And|So] you can {want}", "{begin} [before {event}|this {day}]", "[A good choice|Just right] for {event}", "[In short|All in all]: {joys} instead of {pains}"]
VOICE_OPENINGS = ["{person}, {role}, on {Name}, [her|a(n)] {kind}:", "[Review|Testimonial] of {Name} ({kind}) by {person}, {role}:",
                  "[A customer|{person}] [in|from] {home} [writes|says] about {Name}, the {kind} for {many}:",
                  "[Write|Give me] a [review|testimonial] [of|for] {Name}, a(n) {thing}, by a(n) {one}.", "“I use {Name}"]
VOICE = [
    "I {F.you!my}, even {moment}",
    "since I have it, {F.so}",
    "I [never thought|did not think] I could {F.you!my} {moment}",
    "what I like about {Name}: {F.how}",
    "{F.so}, [and|so] with {Name} I [can|get to] {want!my}",
    "{Name} {F.does!s}, so {F.so}",
    "[I used to have|before, I had] {pains}; now {F.so}",
    "{F.np} [saved|rescued] {event}: {F.so}",
    "[after <2-20> days|within <2-9> days] I could {F.you!my}",
    "[a friend|a colleague|{other}] told me about {F.np}: {F.how}",
    "[no more|I am done with] {pains}, because {F.how}",
    "[best of all|my favourite]: {F.np}, because {F.so}",
]
VOICE_END = ["[I would not give it back|I tell everyone about it]", "[Thank you|Thanks], {Name}", "[Next|In {month}], I [want|hope] to {want!my}",
             "[One wish|My only wish]: more [colours|settings|of it]", "[I recommend it to|It is good for] {many} {trait}"]


def _voice(scene: Scene) -> tuple[str, str]:
    frames = list(VOICE)
    opening = scene.say(scene.pick(VOICE_OPENINGS)).replace("[her", scene.slots["her"])
    spoken = [feature(scene, letter, frames) for letter in "fg"]
    if scene.rng.random() < 0.6:
        spoken.append(scene.say(scene.pick(VOICE_END)))
    if opening.startswith("“"):
        return scene.parts(opening, scene.say("[ {moment}| before {event}|, and {f.so}|].") + " " + paragraph(within(spoken[1:], WORDS)) + "” – "
                           + scene.say("{person}, {role}[, {home}|]"))
    return scene.parts(opening, scene.pick([" ", "\n"]) + "“" + paragraph(within(spoken, WORDS)) + "”")


def opened(scene: Scene) -> tuple[str, str]:
    if scene.rng.random() < 0.3:
        return _voice(scene)
    frames = list(REASONS)
    opening = scene.say(scene.pick(OPENINGS))
    body = [] if opening[-1] not in ".?:" and scene.rng.random() < 0.5 else [scene.say(scene.pick(WHO))]
    body += [feature(scene, "f", frames), scene.say(scene.pick(LINK)) + feature(scene, "g", frames)]
    if scene.rng.random() < 0.6:
        body.append(scene.say(scene.pick(CLOSE)))
    joint = "\n" if opening[-1] in ".?" else " " if opening[-1] == ":" else ". "
    return scene.parts(opening, joint + paragraph(within(body, WORDS)))
