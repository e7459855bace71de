"""Words of the data files that may stand for one another. `vary` writes them as choices, so that a fact is worded
in many ways without each being spelt out. Only exchanges that hold in every sentence of the data are listed;
those of INTERFACE hold for the steps of programs, not for screws and bowls."""

import re
from functools import cache

ANYWHERE = """
you can also: you can also, you are also able to
you can even: you can even
good sign: good sign
good question: great question
good luck: good luck
good fit: great fit
good to know: good to know
mail: e-mail
many of you: a lot of you, lots of you
make good use of: make the most of, use
look good: look great, look right
every _: each
each _: every
by themselves: on their own, unaided
whole _: entire
large _: big
tiny _: little
calm _: quiet, peaceful
quiet _: calm
photo: picture
photos: pictures
pictures: photos
customer: client
customers: clients
begins _: starts
starts _: begins
shows _: displays
because: since, as
colleague: workmate, team member
colleagues: workmates, team members
usual _: normal, typical
counted: added up, tallied
quarrel: argument, row
gaps: holes, openings
reminder _: nudge, note
reminders: nudges, notes
errors: mistakes, slips
mistakes: errors, slips
for good: for ever, for all time
at a glance: in one look, in a single view
on the spot: there and then
a blink: a flash, no time
nobody: no one
nobody has to: no one has to, nobody needs to, there is no need to, no one needs to
become rare: get rare, are a thing of the past, hardly ever come
stays _: remains
stay _: remain
easy: simple
easier: simpler
know at once: know right away, know immediately, know straight away
in seconds: within seconds, in a moment, in no time, in a few seconds
in minutes: within minutes, in a few minutes, in no time
in a minute: within a minute, in sixty seconds, in one minute
takes a minute: takes one minute, is done in a minute, needs only a minute
all day: the whole day, from morning to evening, all day long
every day: each day, day after day, daily
every week: each week, week after week, once a week
each week: every week, week by week
each month: every month, month by month, once a month
in the evening: at the end of the day, after work, late in the day
in the morning: early in the day, at the start of the day, first thing in the day
on the way: on the road, on the go, along the way
by itself: on its own, automatically, without help
without a signal: with no signal, without reception, when there is no signal
see what: check what, find out what, look up what
see which: check which, find out which, look up which
see who: check who, find out who, look up who
see where: check where, find out where
see when: check when, find out when
find out what: learn what, discover what
find the: locate the, discover the
find a: look for a, get a, discover a
choose _: pick, select
show what: tell you what, make clear what, let you see what
show who: tell you who, make clear who, let you see who
show where: tell you where, make clear where
show how: tell you how, make clear how
show if: tell you if, make clear whether
order a: ask for a, buy a, request a
order more: buy more, ask for more
add a: include a, put in a
learn what: find out what, understand what, discover what
for everyone: for everybody, for all, for each person
everyone: everybody, each person
faster: more quickly, in less time
sooner: earlier, in less time
feel safe: feel secure, feel at ease, are at ease
safely: without risk, in safety, with confidence
calmer: quieter, more peaceful, more relaxed
as good as: every bit as good as, no worse than, just as good as
a good feeling: an easy mind, a clear conscience
good _: great
simple _: plain, easy
small _: little
short _: brief
how many: how many
too many: too many
for many years: for years, year after year, for a long time
for years: for many years, year after year, for a long time
many _: a lot of, lots of, plenty of
a lot of: lots of, plenty of, many
several _: a number of, multiple
look at: take a look at, have a look at
talk to: speak to, speak with, chat with
ask for: request
plan {your}: prepare {your}, map out {your}, organise {your}
plan a: prepare a, organise a, map out a
change {your}: adjust {your}, alter {your}, update {your}
change a: adjust a, alter a, edit a
change the: adjust the, alter the, edit the
remind you to: nudge you to, prompt you to, tell you to
warn you: alert you, let you know
let you _: allow you to, make it possible to, enable you to
collect _: gather
sort _: order, arrange, organise
in one place: in a single place, all together, side by side
on one page: on a single page, together on one page
on {your} phone: on the phone, on {your} mobile, on {your} own phone
with one tap: with a single tap, in one tap, by tapping once
with one click: in one click, with a single click, by clicking once
with one hand: single-handed, using one hand, with a single hand
ends up in the bin: lands in the bin, goes to waste, is wasted
end up in the bin: land in the bin, go to waste, are wasted
is thrown away: goes to waste, ends in the bin, is wasted
are thrown away: go to waste, end in the bin, are wasted
is not the end: is no disaster, can be put right, is soon put right
goes to waste: is wasted, is thrown away, ends in the bin
right away: at once, immediately
the right _: the best, the proper
you do not _: you never, you no longer
you can _: you are able to, you are free to
when you need it: when it is needed, when it matters, whenever you need it
what you need: what you require, what is needed
without worry: with an easy mind, with peace of mind, free of worry
again and again: over and over, time and again
until morning: till morning, the whole night
until noon: till noon, until midday, up to lunchtime
at night: after dark, during the night, in the night
after work: at the end of the working day, once work is done, when work is over
in the office: at work, in a busy office
on the train: on a train, on the tram, on a bus
for free: free of charge, at no cost, without a fee
by message: by text, in a message
by photo: with a photo, by sending a photo
takes only _: needs just, takes no more than, requires only
fit into: go into
fits into: goes into
suit _: match, fit
suits _: matches, fits
come with: include, arrive with
use up: finish, make use of
is lost: gets lost
is forgotten: is left out, is missed, is overlooked
is missed: is forgotten, is overlooked
get a message: receive a message, be told
at any time: at any hour, day or night
at work: on the job, in the workplace
under the tap: in the sink, with tap water
happy: glad, pleased, content
clear plan: good plan, clear idea, sound plan
in heavy rain: in pouring rain, when it pours, in a downpour
for hours: hour after hour, for a long time
step by step: bit by bit, one step at a time, little by little
feel good: feel fine, feel great
lose their terror: become less scary, are no longer scary, stop being scary
with friends: among friends, with good friends
"""
INTERFACE = """
tap _: press, touch
open _: go to, call up
choose _: pick, select
pick _: choose, select
press _: push
add _: put in
type _: enter, key in
enter _: type in, fill in
check _: look over, go over, review
save _: keep, store
confirm _: approve, say yes to
mark _: flag, highlight
drag _: pull, move
switch on _: turn on, activate
lay _: place, put
stick _: fix, put
write _: note, put down
set _: fix, decide on
read _: go through, look at
"""


def _table(text: str) -> dict[str, list[str]]:
    return {
        head.strip(): [part.strip() for part in others.split(",")]
        for head, others in (line.split(":") for line in text.strip().splitlines())
    }


def _pattern(table: dict) -> re.Pattern:
    heads = sorted(table, key=len, reverse=True)
    one = [re.escape(head[:-2]) + r"(?= (?!other)[a-z\[])" if head.endswith(" _") else re.escape(head) for head in heads]
    return re.compile(r"(?<![\w{~.-])(?:" + "|".join(one) + r")(?![\w}'’-])")


TABLES = {name: _table(text) for name, text in (("anywhere", ANYWHERE), ("interface", INTERFACE + ANYWHERE.lstrip()))}
PATTERNS = {name: _pattern(table) for name, table in TABLES.items()}


def vary(text: str, where: str = "anywhere") -> str:
    """The template with listed words as choices and every a or an left to the word that follows."""
    table = TABLES[where]

    def choice(match: re.Match) -> str:
        word = match[0]
        return "[" + "|".join([word, *(table.get(word) or table[word + " _"])]) + "]"

    return re.sub(r"(?<![\w{-])(?:a|an)(?=[ |\]])", "a(n)", PATTERNS[where].sub(choice, text))


@cache
def frame(template: str) -> str:
    """A sentence frame with listed words as choices."""
    return vary(template)
