"""Words of the data files that may stand for one another. `vary` writes them as choices, so that a fact is worded
in many ways without each being spelt out. Only exchanges that hold in every sentence of the data are listed;
those of INTERFACE hold for the steps of programs, not for screws and bowls."""
import re

ANYWHERE = """
every _: each
each _: every
nobody: no one
by itself: on its own, unaided
by themselves: on their own, unaided
only: just
just _: only
whole _: entire
big _: large
large _: big
tiny _: little
calm _: quiet, peaceful
quiet _: calm
photo: picture
photos: pictures
pictures: photos
phone: mobile
mail: e-mail
mails: e-mails
customer: client
customers: clients, buyers
begins _: starts
starts _: begins
shows _: displays
because: since, as
colleague: workmate, team member
colleagues: workmates, team members
usual _: normal, typical
more than: over
shop _: store
marked: flagged, highlighted
counted: added up, tallied
quarrel: argument, row
problem: snag, hitch
gaps: holes, openings
reminder _: nudge, note
reminders: nudges, notes
message: note, text
messages: notes, texts
questions: queries, requests
question: query, request
wishes: requests, preferences
errors: mistakes, slips
mistakes: errors, slips
box _: carton, case
bag: sack, pouch
in time: early enough, soon enough
on time: punctually, to the minute
for good: for ever, for all time
at a glance: in one look, in a single view
on the spot: there and then
a minute: a moment
a moment: a second, an instant
a blink: a flash, no time
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
    return {head.strip(): [part.strip() for part in others.split(",")]
            for head, others in (line.split(":") for line in text.strip().splitlines())}


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
    return re.sub(r"(?<![\w{-])(?:a|an) ", "a(n) ", PATTERNS[where].sub(choice, text))
