"""Words that depend on the class of a product: how it is made, begun with, paid for and supported."""

CLASSES = {
    "app": {
        "adjective": "[small|plain|friendly|quiet|handy|clever|light|simple|tidy|fast|patient]",
        "digital": "yes", "made": "[made|built|designed]", "begin": "[install it|get the app|download it]",
        "offer": "[free for <1-4> [weeks|months], then €<2-9>.<10-90/10> a month|€<2-9>.<10-90/10> a month, [no ads|no tracking]|"
                 "basics free, [the rest|extras|everything else] €<9-39>[|.50|.90] a year|one payment of €<6-39>[|.50|.90], no subscription]",
        "help": "[shake the phone|tap Help|write to us] [and {other} answers|and somebody answers] [by {clock}|the same day|within <2-9> hours]",
    },
    "saas": {
        "adjective": "[small|plain|lean|handy|clever|simple|tidy|fast|solid|sober|affordable]",
        "digital": "yes", "made": "[built|made|designed]", "begin": "[open an account|sign up|start a trial]",
        "offer": "[<14-60> days free, then €<5-49>[|.50|.90] a month|€<4-29>[|.50|.90] [per person|a seat], [paid|cancelled|billed] [monthly|by the month]|"
                 "free for up to <2-5> people, €<9-49>[|.50|.90] a month [after that|for more]|€<60-480/20> a year, [import|set-up] included]",
        "help": "[write to|mail|message] {other} [in support|on our team], who [replies|answers] [before {clock}|within <1-6> hours|the same day]",
    },
    "gadget": {
        "adjective": "[small|sturdy|light|handsome|clever|simple|solid|slim|compact|robust|well-made]",
        "digital": "no", "made": "[made|built|designed]", "begin": "[unpack it|plug it in|order one]",
        "offer": "[€<19-180>[|.50|.90], with a <2-6>-year guarantee|<30-90/10> days to try it, [free|paid] return[s|]|"
                 "€<19-180>[|.50|.90] in [grey|white|black|green] or [blue|red|sand|oak]|"
                 "in stock, [on the way|sent] in <1-4> days]",
        "help": "[send us|mail] a photo and {other} [posts|sends] [a spare part|a replacement] [within <2-5> days|by {day}]",
    },
    "food": {
        "adjective": "[small-batch|honest|hearty|simple|bold|handmade|rich|generous|natural|seasonal|fine]",
        "digital": "no", "made": "[made|mixed|packed]", "begin": "[order a first box|try a small pack|taste it]",
        "offer": "[€<4-29>[|.50|.90] for <150-950/50> grams|packs of <3-24> from €<6-36>[|.50|.90]|<2-6> sorts, [sent|posted] each {day}|"
                 "a sample [pack|bag] for €<2-6>[|.50|.90], [postage|shipping] included]",
        "help": "[write to|ring] {other} [in {town}|in the kitchen], [who answers|back] by {clock}[ on weekdays|]",
    },
    "wear": {
        "adjective": "[light|sturdy|soft|plain|handsome|well-cut|robust|simple|durable|slim|honest]",
        "digital": "no", "made": "[sewn|made|cut]", "begin": "[try one on|order two sizes|pick a size]",
        "offer": "[€<24-190>[|.50|.90], repairs [free|included] for <2-9> years|in sizes [XS|S] to [XL|XXL], in [navy|moss|rust|black] and [sand|grey|blue|plum]|"
                 "€<24-190>[|.50|.90], <30-60/10> days to [return|exchange] it|[sewn|made] in {town}, [sent|posted] in <1-5> days]",
        "help": "[send|mail] a photo to {other} in the workshop, who [answers|replies] [by {day}|within <1-3> days]",
    },
    "shop": {
        "adjective": "[small|friendly|independent|well-sorted|patient|tidy|family-run|honest|local|cosy|fair]",
        "digital": "no", "made": "[opened|set up|run]", "begin": "[look around|fill a first basket|order before {clock}]",
        "offer": "[[postage|delivery] [free|paid] from €<20-60/5>|[sent|posted] within <1-3> days, returned within <14-60>|"
                 "open [day and night|all week], {other} [answers|packs] from <7-10> to <4-7>]",
        "help": "[write to|ring] {other} [in {town}|in the shop], who [finds|knows] [an answer|the shelf] [by {clock}|the same day]",
    },
    "service": {
        "adjective": "[small|friendly|reliable|punctual|local|honest|quick|careful|family-run|fair]",
        "digital": "no", "made": "[set up|run|made]", "begin": "[book a first visit|choose a day|ring us]",
        "offer": "[€<12-90>[|.50|.90] a visit, [no contract|cancel any time]|the first [time|visit] at half price, then €<15-90>[|.50|.90]|"
                 "[bookable|free slots] from {day}, €<12-90>[|.50|.90] [an hour|a visit]|a fixed price [by message|in writing] within <1-6> hours]",
        "help": "[ring|message] {other}, who [plans the day|runs the office] [until {clock}|from <7-9> to <4-7>]",
    },
    "course": {
        "adjective": "[short|friendly|practical|hands-on|relaxed|patient|thorough|lively|compact|weekly|clear]",
        "digital": "no", "made": "[made|planned|written]", "begin": "[take the first lesson|book a place|join the next group]",
        "offer": "[<4-12> [evenings|lessons] for €<49-290>[|.50|.90]|the first lesson free, the rest €<49-290>[|.50|.90]|groups of <5-14>, from €<49-290>[|.50|.90]|"
                 "€<49-290>[|.50|.90], paid [once|in <2-4> parts]]",
        "help": "[write to|ask] {other}, who [teaches|leads] the [group|course] and [answers|replies] [by {day}|within a day]",
    },
}
