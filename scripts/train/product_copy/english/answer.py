"""Help-desk answers: a question and the steps that answer it."""

from .clauses import paragraph, within
from .scene import Scene

WORDS = 62
HOW = [
    "How [do|can|could|would] I {f.you!my}[ with {Name}|]?",
    "I [want|would like|am trying|need] to {f.you!my}. [How|How do I do that|What do I need to do|Can {Name} help|What is the best way]?",
    "[Is there a|What is the [best|easiest|quickest]|Do you know a good] way to {f.you!my}?",
    "[What do I do|Where do I start|What do I need] [if I want|when I want] to {f.you!my}?",
    "[Can I|Could I|Is it possible to|Am I able to|Does {Name} help me to|Does {Name} let me] {f.you!my}?",
    "[Please help|Help|Excuse me|Quick question], how [do|can] I {f.you!my}?",
]
WHAT = [
    "[Does {Name}|Does the {short}|Is it true that {Name} can|Can {Name}] {f.does}?",
    "How {f.do} {f.np} work?",
    "[What is the point|What is the use|What do I get out|What is so good about the idea] of {f.np}?",
]
OPENINGS = [
    "{Name}, {kind}[ for {crowd}|]. Q: QUESTION\nA:",
    "Question from a customer of {Name}, the {kind}: QUESTION\nAnswer:",
    "{Name} ({kind}). [Question|Customer]: QUESTION\n[Answer|{Name} support|Help desk]:",
    "[Help desk of|Support for] {Name}, a(n) {thing}[ for {crowd}|]. [Question|Customer]: QUESTION [Answer|Support]:",
    "[Hello|Hi], I use {Name}, the {kind}. QUESTION",
    "A customer [of|from] {Name}, a(n) {kind}[ for {crowd}|], asks: QUESTION\n[Answer|Reply]:",
    "Answer this [customer|question] about {Name} ({kind}): QUESTION",
    "[Question about|A question on] {Name}, the {kind}: QUESTION",
    "{Name} ({kind}) [FAQ|help]: QUESTION",
]
GREET = [
    "",
    "",
    "[gladly|of course|happy to help|that is easy|sure]. ",
    "[thanks for asking|good question|thank you for your question]. ",
    "[hello|hi] and thanks for [writing|asking|your question|writing to {Name}]. ",
]
STEPS = [
    "[in {Name},|just|simply|please|first,|to begin,|to start,|] {f.s1}, {then} {f.s2}, {last} {f.s3}",
    "[first|to begin|to start|in {Name}|as a first step], {f.s1}. {then!cap} {f.s2}, {last} {f.s3}",
    "1. {f.s1!cap}. 2. {f.s2!cap}. 3. {f.s3!cap}",
    "[it takes three steps|there are three steps|here is how|this is how|this is how it works in {Name}|{Name} needs three steps|three steps will do]: {f.s1}, {then} {f.s2}, {last} {f.s3}",
    "[in {Name},|just|simply|please|first,|] {f.s1}. {then!cap} {f.s2}. {end!cap} {f.s3}",
]
WHY = [
    "{Name} {adv}{f.does!s}[, so|. That way,|, and|. As a result,|. You will see:] {sure}{f.so}",
    "[from then on|after that|once that is done|then|when you are done|with {Name}|thanks to {Name}|once you have done it], {f.so}",
    "[many customers|other users|most people|other {many}|many fans of {Name}|users of {Name}] [say that|tell us that|write that|report that|find that] {f.so}",
    "[this works because|it works because|that is possible because|it is that easy because|no wonder:] {Name} {adv}{f.does!s}",
    "[the good part|what you get|the result|the gain|what {many} like about it|your reward]: {f.so}",
]
WHAT_ANSWERS = [
    "{Name} {adv}{f.does!s}[, so|. That way,|. This means that|, and|. As a result,|. The effect:] {sure}{f.so}",
    "[here is the idea|in a nutshell|the short answer|simply put|in a word|the principle]: {Name} {adv}{f.does!s}[, so|. That way,|. This means that|, and] {sure}{f.so}",
    "[it lets you|you can|it is made so that you can|with {Name}, you can|{Name} helps you to|the idea is to help you] {f.you}[, because|, since|, as] {it} {adv}{f.does!s}",
    "[it helps {many}|the point is to help {many}|{Name} uses it to help people|it is there to help {many}] {f.you!their}. [With it,|That way,|So,|Thanks to {Name},|You will see:] {f.so}",
    "[in short|put simply|in a few words|to keep it short|in plain words], {Name} {adv}{f.does!s}[. The result:|. That means|. What you get:|. For you,] {f.so}",
]
TAIL = [
    "[Still stuck|Not working|Any more questions|Need more help|Something unclear]? {help!cap}",
    "If [that does not work|you get stuck|anything is unclear|you need more help|{Name} does not do what you want], {help}",
    "[You may also like|You might also need|Also worth a try|Good to know, too|{Name} also offers this|Another idea]: {g.np}",
    "[Good luck with|We wish you well for|All the best for|Enjoy {Name} and all the best for] {event}",
    "[We hope|I hope|All of us at {Name} hope] [this helps|that helps|this answers your question|this is what you need]",
    "[And|By the way|Besides|One more thing|In {Name}], you can also {g.you}",
    "[Enjoy|Have fun with|We hope you enjoy|Many thanks for choosing|Thank you for using] {Name}",
]
USE = [
    "[to use it|to try it|to begin|how to use it|to get started|how it is done in {Name}|in three steps]: {f.s1}, {then} {f.s2}, {last} {f.s3}",
    "[just|simply|to use it,|to start,|in {Name},|please] {f.s1}, {then} {f.s2}. {end!cap} {f.s3}",
]
CONTACT = {
    "service": "[just |simply |please |]{contact} and [say|tell us|let us know|mention|tell {Name}|let {Name} know|tell the team at {Name}] that you [want|would like|wish|hope] to {f.you}",
    "shop": "[just |simply |please |]{contact} and [say|tell us|let us know|mention|tell {Name}|let {Name} know|tell the team at {Name}] that you [want|would like|wish|hope] to {f.you}",
    "course": "[just |simply |please |][tell your teacher|tell us|let your teacher know|tell the {Name} team|say] [before class|after class|in the first lesson|at the start|when you sign up|by phone] that you [want|would like|wish|hope] to {f.you}",
}
WISH = [
    "",
    ". [We plan|We arrange|We take care of|We look after|{Name} takes care of] the rest",
    ". [You will get|You get|We send you|{Name} sends you] [an answer|a reply] [the same day|within a day|soon|by the next day]",
    ". [There is no extra charge|It costs nothing extra|It is part of the price|The price stays the same|{Name} charges nothing extra]",
    ". [That is all|That is it|Nothing else is needed|You need nothing else|{Name} does the rest]",
]
GOODS = [
    "[that is easy|it is easy|no problem|you can do that|that is no trouble], because {Name} {adv}{f.does!s}. [that way,|as a result,|so|in daily life,|for you, this means:] {f.so}",
    "{Name} {adv}{f.does!s}[, so|. That way,|, and|. As a result,|. In practice,] {f.so}",
    "[this is what|that is what|exactly what] {Name} [is made for|was made for|does well|is good at]: {it} {adv}{f.does!s}[, so|, and|. That way,] {sure}{f.so}",
    "[use|count on|rely on|try|the key is|the answer is|you need|it takes] {f.np}. {Name} {adv}{f.does!s}, [so|and|which means that|so that] {f.so}",
]
ALSO = [
    "[many customers|other users|most people|other {many}|fans of {Name}] [also like|are happy about|tell us about|love|talk about] {g.np}",
    "[you can also|it is also easy to|with {Name}, you can also|{Name} also lets you|what is more, you can] {g.you}",
    "[besides|also|what is more|better still], {Name} {g.does!s}, [so|and|which means that] {g.so}",
    "[that is why|so|no wonder] {Name} [is popular with|suits|is a good choice for|is loved by] {many} {trait}",
]


def opened(scene: Scene) -> tuple[str, str]:
    asks_how = scene.rng.random() < 0.72
    question = scene.say(scene.pick(HOW if asks_how else WHAT))
    opening = scene.say(scene.pick(OPENINGS)).replace("QUESTION", question)
    if question.startswith(("Does", "Can", "Could", "Am", "Is it")):
        greeting = scene.say(
            "[Yes|Yes, of course|Yes, that works|Yes, that is possible|Yes, gladly|Yes, no problem]. "
            if asks_how
            else "[Yes|Yes, it does|Yes, that is right|Yes, indeed]. "
        )
        greeting = greeting.replace("it does", "it can") if question.startswith(("Can {", "Is it")) else greeting
    else:
        greeting = scene.say(scene.pick(GREET[:2] if not asks_how else GREET[:2] + GREET))
    body = [] if asks_how else [scene.say(scene.pick(WHAT_ANSWERS))]
    more = ALSO
    if scene.digital:
        body.append(scene.say(scene.pick(STEPS if asks_how else USE)))
        more = WHY
    elif scene.type in CONTACT and scene.rng.random() < 0.4:
        body.append(scene.say(CONTACT[scene.type] + scene.pick(WISH)))
        more = WHY
    elif asks_how:
        body.append(scene.say(scene.pick(GOODS)))
    if (asks_how or more is ALSO) and scene.rng.random() < 0.75:
        body.append(scene.say(scene.pick(more)))
    if scene.rng.random() < 0.25:
        body.append(scene.say(scene.pick(TAIL)))
    joint = " " if opening.endswith(":") else "\n"
    body[0] = body[0][:1].upper() + body[0][1:]
    return scene.parts(opening, joint + greeting + paragraph(within(body, WORDS)))
