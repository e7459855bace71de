"""Taglines: one line, a promise in at most some fifteen words."""

from .scene import Scene

OPENINGS = [
    "[Tagline|Slogan] for {Name}, a(n) {thing}[ for {crowd}|]:",
    "[Write|Find|Give me|Suggest] a [tagline|slogan|short tagline|catchy slogan] for {Name}, a(n) {thing}[ for {crowd}|][.|:]",
    "[A tagline|One line|A slogan] for a(n) {thing} [called|named] {Name}[ for {crowd}|]:",
    "{Name}, the {kind}[ for {crowd}|][. Tagline:|. Slogan:]",
    "{Name} ({kind}[, for {crowd}|])[. Tagline:|. Slogan:]",
    "[Tagline|Slogan] for {Name}, a(n) {kind} [with|that offers] {f.np}:",
    "We need a [good|short|new] [tagline|slogan] for {Name}, our {kind}[ for {crowd}|].",
    "[Product|Name]: {Name} ({kind})\nTagline:",
    "{Name} is a(n) {kind} for {many}. [Tagline|Slogan]:",
]
LINES = [
    "{Name}: {f.you}",
    "[because|when|now] {f.so}",
    "{joys!cap} instead of {pains}",
    "[goodbye|farewell|so long], {pains}. [hello|welcome], {joys}",
    "less {load}. More {joys}",
    "{f.np!cap} for {many} {trait}",
    "{f.np!cap} and {joys}",
    "[because|since] {many} deserve [better than|more than] {pains}",
    "for {many} who [want to|would rather|love to] {want!their}",
    "{want!cap}. {Name} [does|takes care of|handles] the rest",
    "[the {kind}|the {short}|a(n) {kind}] that {f.does!s}",
    "[the {short}|a(n) {short}] that {f.does!s}[, so|:] {f.so}",
    "[ready|your help|made|there] for {event}",
    "{event!cap}? [bring it on|you are ready|no problem|we are ready]",
    "{f.you!cap}. {want!cap}",
    "{f.you!cap}[,| and] {want}",
    "[never mind|forget|no room for] {pains}: {f.so}",
    "[no|no more] {pains}. [just|only|simply] {joys}",
    "{f.np!cap} for {event}",
    "[yes|at last], you can {f.you}",
    "{f.so!cap}. {g.so!cap}",
    "{f.so!cap}. [it is that simple|that is {Name}|every time|that is the idea]",
    "{load!cap}? [at least|with {Name},] {f.so}",
    "[more|simply more] {joys} for {many}",
    "{f.np!cap}[, {g.np}|] and [more time|time] to {want}",
    "{f.you!cap}. [leave|forget] {pains} [behind|to others]",
]


def opened(scene: Scene) -> tuple[str, str]:
    opening = scene.say(scene.pick(OPENINGS))
    line = scene.say(scene.pick(LINES))
    return scene.parts(opening, scene.pick([" ", " ", "\n"]) + line[:1].upper() + line[1:] + ".")
