"""Product descriptions: what it is and for whom, two or three features, how to get it."""

from .clauses import AUDIENCE, FEATURE, OFFER, feature, linked, paragraph, within
from .scene import Scene

WORDS = 72
ASKED = [
    "[Write|Draft] a [product description|description|short product description] [for|of] {Name}, a(n) {thing}[ for {crowd}| with {f.np}|][.|:]",
    "[Product description|Description] of {Name}, a(n) {thing}[ for {crowd}| with {f.np}|]:",
    "[Product description|Description]: {Name}, a(n) {thing} for {crowd}.",
    "Describe {Name}, a(n) {thing}[ for {crowd}|][.|:]",
    "[Product|Name]: {Name}\n[Kind|What it is]: {kind}\n[For|Audience]: {many}\nDescription:",
    "{Name}, {kind} for {many}. [Description|Product page|Shop page]:",
    "[Text for the website|A paragraph|A few lines] about {Name}, [our|a(n)] {kind}[ for {crowd}|]:",
    "[What is|Tell me about|What can you tell me about] {Name}, the {kind}[ for {crowd}|]?",
]
LEADS = [
    "{Name} is a(n) {thing} {made} for {many} {trait}",
    "{Name} is a(n) {thing} for {many} who [want to|would like to|need to] {want!their}",
    "{many} {trait} [know all about|often struggle with|have seen enough of|are tired of] {pains}. {Name} [helps|can help|changes that|puts an end to that]",
    "{pains}? [not with|that ends with|there is help:] {Name}, the {kind} for {many} {trait}",
    "[meet|this is|say hello to|here is] {Name}, a(n) {thing} for {many}[ {trait}| who want to {want!their}]",
    "when [days are|life is|the week is] full of {load}, {many} [need|look for|want] {joys}. [that is why we made|this is the idea behind|that is what you get from] {Name}",
    "[between|with all the] {load}, {many} have little time for {pains}. {Name} [helps|takes over|is here to help]",
    "{Name} [brings|gives|offers] {many} {joys}[. It is a(n) {thing} for people {trait}|]",
    "{many} want to {want!their}. [this|our] {kind} [helps|supports them|was {made} for them]",
]
PLAIN = [
    (
        "{Name} is a(n) {thing}",
        [
            " for {many} {trait}.",
            " {made} for {many} {trait}.",
            " that {f.does!s}.",
            " for {many} who want to {want!their}.",
            " with {f.np}, {made} for {many}.",
        ],
    ),
    (
        "{Name} is a(n) {thing} for {many}",
        [
            " {trait}.",
            " who [want|need|like] to {want!their}.",
            " who are tired of {pains}.",
            ". [with it|thanks to {f.np}], {sure}{f.so}.",
        ],
    ),
    (
        "[Meet|Introducing|Say hello to] {Name}, the {kind} for {many}",
        [" {trait}.", " who want to {want!their}.", ". [expect|enjoy|it brings you] {joys}.", " with days full of {load}."],
    ),
    (
        "{Name} helps {crowd}",
        [
            " {want!their}. It is a(n) {thing} {made} for days full of {load}.",
            " {f.you!their}. It is a(n) {thing} for people {trait}.",
            " {f.you!their} and {want!their}. It is a(n) {thing} [against|that ends] {pains}.",
        ],
    ),
    (
        "{Name}: the {kind} that",
        [" {f.does!s}. It is {made} for {many} {trait}.", " helps {many} {f.you!their}.", " {many} {trait} [have been waiting for|need]."],
    ),
    (
        "With {Name}, {many}",
        [" [can|are able to] {easily}{f.you!their}. It is a(n) {thing} {made} for people {trait}.", " get {joys} from a(n) {thing}."],
    ),
]


def opened(scene: Scene) -> tuple[str, str]:
    frames = list(FEATURE)
    if scene.rng.random() < 0.5:
        opening = scene.say(scene.pick(ASKED))
        lead = ["\n" if "\n" in opening else scene.pick(["\n", " ", "\n"]), scene.say(scene.pick(LEADS)) + "."]
        first = "f"
    else:
        opening, continuations = scene.pick(PLAIN)
        continuation = scene.pick(continuations)
        opening, lead = scene.say(opening), [scene.say(continuation)]
        first = "g" if "{f." in continuation else "f"
    second = "h" if first == "g" else "g"
    body = [feature(scene, first, frames), linked(scene, second, frames), scene.say(scene.pick(AUDIENCE))]
    if scene.rng.random() < 0.25:
        body.append(scene.say(scene.pick(OFFER)))
    room = WORDS - len("".join(lead).split())
    return scene.parts(opening, "".join(lead) + " " + paragraph(within(body, room)))
