"""Help-desk answers: a question and the steps that answer it."""
from .clauses import paragraph, within
from .scene import Scene

WORDS = 62
HOW = ["How [do|can] I {f.you!my}?", "I [want|would like|am trying] to {f.you!my}. [How|Any advice|What now]?", "[Is there a|What is the [best|quickest]] way to {f.you!my}?",
       "[Where do I start|What do I do] to {f.you!my}?", "[Can I|Could I|Is it possible to] {f.you!my}?",
       "[Please help|Help]: [how do I|I cannot] {f.you!my}."]
WHAT = ["Does [it|{Name}|the {short}] {f.does}?", "What is {f.np} [good for|for]?", "How does {f.np} work?", "What [exactly|] does {f.np} do?"]
OPENINGS = [
    "Q: QUESTION\nA:", "Q: QUESTION\nA:",
    "[Question|Customer]: QUESTION\n[Answer|{Name} support|Help desk]:",
    "[Help desk of|Support for] {Name}, a(n) {thing}[ for {crowd}|]. [Question|Customer]: QUESTION [Answer|Support]:",
    "QUESTION", "[Hello|Hi|Hi {other}]! QUESTION",
    "{person}, {role}, [asks|writes]: QUESTION\n[Answer|Reply|{other}]:",
    "Answer this [customer|question] [of|about] {Name} ({kind}): QUESTION\n",
    "[Question about|A question on] {Name}, the {kind}: QUESTION",
    "{Name} [FAQ|help]: QUESTION",
]
GREET = ["", "", "", "[Yes|Gladly|Sure]. ", "[Good|Fair] question. ", "[Hello|Hi] {first}. "]
STEPS = [
    "{f.s1}, {then} {f.s2}, {last} {f.s3}",
    "first {f.s1}. {then!cap}, {f.s2}. {last!cap} {f.s3}",
    "1. {f.s1}. 2. {f.s2}. 3. {f.s3}",
    "[in three steps|it takes three steps|like this]: {f.s1}, {then} {f.s2}, {last} {f.s3}",
    "{f.s1}. {f.s2}, {then} {f.s3}",
    "with {Name}, {f.s1}; {then} {f.s2}, {last} {f.s3}",
    "to {f.you}, {f.s1}; {then} {f.s2}. {last!cap} {f.s3}",
    "{f.s1}. {then!cap} {f.s2}; {last} {f.s3}",
    "[that is easy|no problem|it is quick]: {f.s1}, {then} {f.s2}; {last} {f.s3}",
]
WHY = [
    "{f.how}[, so|; |: ] {f.so}",
    "[after that|from then on], {f.so}, even {moment}",
    "[you can expect|expect|count on] {f.fact}",
    "[good to know|by the way|a detail]: {f.how}",
    "[it works|you can do it] {moment}, too",
    "[many {many} do|{crowd} often do] this, because {f.so}",
    "[from now on|after that|then] {Name} {f.does!s}, and {f.so}",
]
WHAT_ANSWERS = [
    "{Name} {f.does!s}[, so|: |; ] {f.so}",
    "{f.how}[, so|; ] you can {f.you}",
    "you can {f.you}, even {moment}, [because|since] {f.how}",
    "in short, {Name} {f.does!s}: {f.fact}",
    "it helps you to {f.you}: {f.how}",
    "with {f.np}, {f.so}: {f.how}",
]
TAIL = ["[Still stuck|Not working|More questions]? {help!cap}", "If [that fails|it does not work|anything is unclear], {help}",
        "[Tip|Hint][ for {crowd}|]: [try it|do this] before {event}", "[You may like|See also|Worth a look]: {g.np}",
        "[This|It] takes [about|some|no more than] <2-14> minutes", "[Good luck|All the best] with {event}"]


def opened(scene: Scene) -> tuple[str, str]:
    asks_how = scene.rng.random() < 0.7
    question = scene.say(scene.pick(HOW if asks_how else WHAT))
    opening = scene.say(scene.pick(OPENINGS)).replace("QUESTION", question)
    yes = "Yes. " if question.startswith(("Does", "Can", "Could", "Is")) and scene.rng.random() < 0.8 else ""
    greeting = yes or (scene.say(scene.pick(GREET[:3] + GREET[4:])) if asks_how else "")
    what = scene.pick(WHAT_ANSWERS)
    body = [] if asks_how else [scene.say(what)]
    body.append(scene.say(scene.pick(STEPS)))
    if asks_how and scene.rng.random() < 0.7:
        body.append(scene.say(scene.pick(WHY)))
    if scene.rng.random() < 0.65:
        body.append(scene.say(scene.pick(TAIL)))
    joint = "" if opening[-1] == "\n" else " " if opening.endswith(":") else "\n"
    body[0] = body[0][:1].upper() + body[0][1:]
    text = paragraph(within(body, WORDS))
    return scene.parts(opening, (joint or "\n") + greeting + text)
