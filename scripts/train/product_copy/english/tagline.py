"""Taglines: one line, a promise in at most some fifteen words."""
from .scene import Scene

OPENINGS = [
    "[Tagline|Slogan] for {Name}, a(n) {thing}[ for {crowd}|]:",
    "[Write|Find|Give me] a [tagline|slogan|short tagline] for {Name}, a(n) {thing}[ for {crowd}|].",
    "[A tagline|One line|A slogan] for a(n) {thing} [called|named] {Name}[ for {crowd}|]:",
    "{Name}, the {kind}[ for {crowd}|][. Tagline:|. Slogan:|:]",
    "{Name} ({kind}[, for {crowd}|])[. Tagline:|: tagline|. The tagline:]",
    "[Tagline|Slogan][ for {crowd}|] – {Name}, a(n) {thing} with {f.np}:",
    "We need a [good|short|new] [tagline|slogan] for {Name}, our {kind}[ for {crowd}|].",
    "[Product|Name]: {Name} ({kind})\nTagline:",
    "A(n) {kind} for {many}, {Name}. [Tagline|Slogan]:",
]
LINES = [
    "{f.you!cap}. [Even|Also] {moment}",
    "{f.so!cap}",
    "{joys!cap} instead of {pains}",
    "[Goodbye|Farewell], {pains}. [Hello|Welcome], {joys}",
    "{moment!cap}: {joys}",
    "{f.np!cap}, {g.np}, {joys}",
    "Less {load}. More {joys}",
    "[Because|Since] {many} deserve better than {pains}",
    "For {many} who [want to|would rather] {want}",
    "{want!cap}. {Name} [does|sees to] the rest",
    "[Count|Think of] {measure}, not {pains}",
    "{f.fact!cap}. [That is {Name}|And {joys}]",
    "{f.how!cap}. [You|So you can] {want}",
    "[The {short}|A(n) {short}|{Name}] that {f.does!s}",
    "[The {short}|A(n) {short}] that {f.does!s}, so {f.so}",
    "From {items} to {joys}",
    "{event!cap}? [Bring it on|You are ready|No {pains}]",
    "[Know|Feel] the difference: {f.so}",
    "{f.does!cap}. {want!cap}",
    "{joys!cap}, {moment}",
    "{f.you!cap}, {want}",
    "{many!cap}, [meet|welcome] {joys}",
    "[Never mind|Forget] {pains}: {f.so}",
    "[No|No more] {pains}. [Just|Only] {joys}",
    "[Always there|Ready] {moment}",
    "{joys!cap} for {many} {trait}",
    "Ready for {event}[, ready for {moment}|: {f.so}|. Ready to {f.you}]",
    "{f.np!cap} for {event}",
    "[Yes|And now], you can {f.you}",
    "{f.so!cap}. {g.so!cap}",
    "{load!cap}? [Then|At least] {f.so}",
]


def opened(scene: Scene) -> tuple[str, str]:
    opening = scene.say(scene.pick(OPENINGS))
    line = scene.say(scene.pick(LINES))
    stop = scene.pick([".", ".", ""]) if ". " not in line and "?" not in line else "."
    return scene.parts(opening, scene.pick([" ", " ", "\n"]) + line[:1].upper() + line[1:] + stop)
