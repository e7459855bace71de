"""From a user's need to a product idea."""

from .clauses import paragraph, within
from .scene import Scene

WORDS = 64
NEEDS = [
    "[User need|Need|Problem]: {many} {trait} [want|need] to {f.you!their}.",
    "[User need|User story]: As a(n) {one}, I want to {f.you!my}[ so that I can|, to] {want!my}.",
    "[Problem|Pain point]: {pains}. [Users|Audience]: {many} {trait}.",
    "{many} {trait} [struggle with|complain about] {pains}. [What could help?|Any ideas?|What can we build?]",
    "[What could help|How might we help] {crowd} to {f.you!their}?",
    "We want to help {crowd} to {f.you!their}.",
    "[Interview|Note from an interview] with {person}, {role}: “[I would like|I want|I wish I knew how] to {f.you!my}.”",
    "[Find|Give me|Suggest] a product idea for {many} who want to {want!their}.",
    "[Idea|Product idea|A new {kind}] for {many} {trait}:",
    "With days full of {load}, {many} [want|need] to {f.you!their}.",
    "[An idea for|Invent] a(n) {thing} for {many}[ {trait}|].",
    "User need: {want}. Users: {many}. [Product idea|Idea]:",
]
IDEAS = [
    "[Product idea|Idea|The idea|Our idea|Our answer|First idea]: {Name}, a(n) {thing} that {adv}{f.does!s}",
    "[Product idea|Idea|Our idea|The idea|Our answer]: a(n) {thing} [called|named] {Name} that {adv}{f.does!s}[ and {adv}{g.does!s}|]",
    "[Idea|Proposal|Product idea|Our idea|The plan]: {Name}, a(n) {thing} [with|that offers|built around] {f.np}[ and {g.np}|]",
    "[Product idea|Idea|Proposal|Our idea|The plan]: {Name}, a(n) {thing} [against|that puts an end to|that ends|for all who are tired of] {pains}[, with {f.np}|]",
    "[Idea|Product idea|The idea|Our idea]: {Name}, a(n) {thing} that [lets|helps] {many} {f.you!their}",
]
MORE = [
    "[here is how|the core|the heart of it|how it works|the main thing]: {it} {adv}{f.does!s}[, so|. That way,|, and|. As a result,|, which means that] {sure}{f.so}",
    "{it} also {g.does!s}[, so|. That way,|, and|. With {Name},|. Thanks to this,] {many} [can|are able to|get to] {easily}{g.you!their}",
    "[what users get|the benefit|the gain|the promise|what {Name} promises|why it helps|what {many} gain]: {f.so}",
    "[what it gives them|what {many} get from {Name}|in return, they get]: {joys}[ instead of| rather than|, not] {pains}",
    "[besides|also|in addition|what is more|on top], {Name} {adv}{g.does!s}[, so|, and|. As a result,|, which means that] {sure}{g.so}",
    "[users|they|{many}|users of {Name}|with {Name}, they] [could|can] [also|even] {g.you!their}[, and {sure}{g.so}|]",
    "[with|thanks to] {g.np}[ from {Name}|], {sure}{g.so}",
    "[it should|it would|it will|{Name} should|{Name} will|the {short} would] {f.does}[, so|. Then,|, and|. As a result,] {sure}{f.so}",
    "[that leaves them|this gives them|users get|{Name} gives them|that means] [more|extra] time to {want!their}",
]
TEST = [
    "[First test|To test it|Test|As a test|A quick test]: [show|give|lend|present] a [sketch|first version|simple prototype|paper model] [of {Name} |]to [five|six|eight|ten|twelve|a few] {many}[ before {event}|]",
    "[start|begin] [small|simple|with one thing]: first {f.np}, [then|later|next|after that] {g.np}",
    "[success means|we win if|it works if|the goal|a good sign|{Name} works if]: [most|two in three|half|eight in ten] of the {many} [use|keep using|recommend] {Name} after [a week|two weeks|a month|the test]",
    "[we measure|measure|watch|we would count|the test shows] how [often|many times|easily] {many} {f.you!their}[ with {Name}|]",
    "[Possible price|Price to test|A fair price|What {Name} could cost]: {offer}",
    "[Open question|Main risk|To find out|Not clear yet]: [will|would|do] {many} [pay for|care about|really need|ask for] {g.np}?",
    "[first step|next step|to begin|before we build it]: ask [ten|twelve|twenty|a few|five] {many} [about {pains}|how they {f.you!their} today|what they think of {Name}]",
    "[best moment for the launch|launch date|when to launch {Name}|when to start|a good time for the launch]: [just before|shortly before|in time for|well before] {event}",
    "[later|in a second step|in version two|after the test|if {Name} works], we [add|could add|would add|can offer|plan] {h.np}",
]


def opened(scene: Scene) -> tuple[str, str]:
    opening = scene.say(scene.pick(NEEDS))
    first, more = scene.pick(IDEAS), list(MORE)
    scene.rng.shuffle(more)
    parts = ("{f.does", "{g.does", "{f.so", "{g.so", "{g.you", "{g.np", "{want", "{pains")
    used = [part for part in parts if part in first]
    if "{f.np}" in first:
        more.sort(key=lambda text: "{f." not in text)
    body = [first]
    for text in more:
        own = [part for part in parts if part in text]
        if not any(part in used for part in own) and len(body) < 3:
            body.append(text)
            used += own
    if scene.rng.random() < 0.4:
        body.append(scene.pick([text for text in TEST if "{g.np}" not in text or "{g.np" not in used]))
    sentences = within([scene.say(text) for text in body], WORDS)
    joint = scene.pick(["\n", "\n", " "]) if opening[-1] != ":" else scene.pick([" ", "\n"])
    if opening[-1] == ":":
        sentences[0] = sentences[0].split(": ", 1)[1]
    return scene.parts(opening, joint + paragraph(sentences))
