"""Product descriptions: what it is and for whom, two or three features, how to get it."""
from .clauses import AUDIENCE, FEATURE, LINK, OFFER, feature, paragraph, within
from .scene import Scene

WORDS = 74
ASKED = [
    "[Write|Draft] a [product description|description|short product description] [for|of] {Name}, a(n) {thing}[ for {crowd}| with {f.np}|].",
    "[Product description|Description] of {Name}, a(n) {thing}[ for {crowd}| with {f.np}|]:",
    "Describe {Name}, a(n) {thing}[ for {crowd}|][.|:]",
    "[Product|Name]: {Name}\n[Kind|What it is]: {kind}\n[For|Audience]: {many}\nDescription:",
    "{Name}, {kind} for {many}. [Description|Product page|Text for the shop page]:",
    "[Text for the page|A paragraph|A few lines] [about|on] {Name}, [our|a(n)] {kind}[ for {crowd}|]:",
    "[What is|What can you tell me about] {Name}, the {kind}[ for {crowd}|]?",
]
LEADS = [
    "{Name} is a(n) {thing} {made} for {many} {trait}",
    "{many} {trait} know {pains}[. {Name} is the {kind} against that|, and {Name} [ends|answers] that]",
    "{pains}? [Not with {Name}|{Name} knows better], the {kind} for {many} {trait}",
    "[This is|Meet] {Name}, a(n) {thing} for {crowd}[ {trait}| who want to {want}| with days full of {load}]",
    "{moment}, {many} [need|like] {joys}. {Name} is {made} for that",
    "[{made} for|Born from] {load}: {Name} [brings|gives] {many} {joys}",
    "[Between|In days of] {load}, {many} have little time for {pains}. {Name} [helps|takes over]",
    "{joys} for {many}: {Name} is a(n) {thing} [made to help|for those who] {want}",
    "{many} count {measure}, and {Name} [respects that|was {made} around it]",
]
PLAIN = [
    ("{Name} is a(n) {thing}", [" for {many} {trait}.", " {made} for {many} {trait}.", ", and {many} {trait} [like|use] it.",
                              " that {f.does!s}.", " for {many} who want to {want}."]),
    ("{Name} is a(n) {thing} for {many}", [" {trait}.", " who want to {want}.", ", {made} for {event}.", " tired of {pains}.", ": {f.so}."]),
    ("[Meet|Introducing|Say hello to] {Name}, the {kind} for {many}", [" {trait}.", " who want to {want}.", ". {joys!cap}, {moment}.", " and their {load}."]),
    ("{Name} helps {crowd}", [" {want!their}. It is a(n) {thing} {made} for {load}.", " {f.you!their}. The {kind} [is ready|helps] {moment}.",
                            " {f.you!their}, even {moment}. It is a(n) {thing} against {pains}."]),
    ("{Name}: the {kind} that", [" {f.does!s} and is {made} for {many} {trait}.", " {many} {trait} [asked for|needed]. [It helps|It is ready] {moment}."]),
    ("With {Name}, {many}", [" {f.you!their}. The {kind} [is ready|helps] {moment}.", " get {joys} from a(n) {thing}, even {moment}."]),
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
    body = [feature(scene, first, frames)]
    body += [scene.say(scene.pick(LINK)) + feature(scene, letter, frames) for letter in ("h", "g" if first == "f" else "f")[:1]]
    body.insert(scene.rng.randrange(1, 3), scene.say(scene.pick(AUDIENCE)))
    if scene.rng.random() < 0.7:
        body.append(scene.say(scene.pick(OFFER)))
    room = WORDS - len("".join(lead).split())
    return scene.parts(opening, "".join(lead) + " " + paragraph(within(body, room)))
