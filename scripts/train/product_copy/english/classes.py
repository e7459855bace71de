"""Words that depend on the class of a product: how it is made, begun with, paid for and supported."""

CLASSES = {
    "app": {
        "adjective": "[small|plain|friendly|quiet|handy|clever|light|simple|tidy|fast|patient]",
        "digital": "yes",
        "made": "[made|built|designed]",
        "begin": "[install the app|get the app|download it|try it for free]",
        "offer": "[free for <1-4> [weeks|months], then €<2-9>.<10-90/10> a month|€<2-9>.<10-90/10> a month, [no ads|no tracking]|"
        "basics free, [the rest|extras|everything else] €<9-39>[|.50|.90] a year|one payment of €<6-39>[|.50|.90], no subscription]",
        "help": "[open Help in the app|tap Help|send us a message] and [we answer|our team replies|somebody answers] [the same day|within a day|soon]",
    },
    "saas": {
        "adjective": "[small|plain|lean|handy|clever|simple|tidy|fast|solid|sober|affordable]",
        "digital": "yes",
        "made": "[built|made|designed]",
        "begin": "[open an account|sign up|start a free trial|create an account]",
        "offer": "[<14-60> days free, then €<5-49>[|.50|.90] a month|€<4-29>[|.50|.90] [per person|a seat], [paid|cancelled|billed] [monthly|by the month]|"
        "free for up to <2-5> people, €<9-49>[|.50|.90] a month [after that|for more]|€<60-480/20> a year, [import|set-up] included]",
        "help": "[write to|contact|message] [our support team|us|the help desk], and [we reply|you get an answer|someone replies] [within a day|the same day|quickly]",
    },
    "gadget": {
        "adjective": "[small|sturdy|light|handsome|clever|simple|solid|slim|compact|robust|well-made]",
        "digital": "no",
        "made": "[made|built|designed]",
        "begin": "[order one|order yours|get one|take a closer look]",
        "offer": "[€<19-180>[|.50|.90], with a <2-6>-year guarantee|<30-90/10> days to try it, [free|paid] return[s|]|"
        "€<19-180>[|.50|.90] in [grey|white|black|green] or [blue|red|sand|oak]|"
        "in stock, [on the way|sent] in <1-4> days]",
        "help": "[send us|mail us] a photo and we [will help|send a spare part|find the fault] [within a week|in a few days|quickly]",
    },
    "food": {
        "adjective": "[small-batch|honest|hearty|simple|bold|handmade|rich|generous|natural|seasonal|fine]",
        "digital": "no",
        "made": "[made|mixed|packed]",
        "begin": "[order a first box|try a small pack|order a sample|try it]",
        "offer": "[€<4-29>[|.50|.90] for <150-950/50> grams|packs of <3-24> from €<6-36>[|.50|.90]|<2-6> sorts, [sent|posted] each month|"
        "a sample [pack|bag] for €<2-6>[|.50|.90], [postage|shipping] included]",
        "help": "[write to us|call us|send us a note] and [we will help|the kitchen answers|we find an answer] [the same day|within a day|soon]",
    },
    "wear": {
        "adjective": "[light|sturdy|soft|plain|handsome|well-cut|robust|simple|durable|slim|honest]",
        "digital": "no",
        "made": "[sewn|made|cut]",
        "begin": "[try it on|order your size|pick a colour|pick your size]",
        "offer": "[€<24-190>[|.50|.90], repairs [free|included] for <2-9> years|in sizes [XS|S] to [XL|XXL], in [navy|moss|rust|black] and [sand|grey|blue|plum]|"
        "€<24-190>[|.50|.90], <30-60/10> days to [return|exchange] it|[sewn|made] in our own workshop, [sent|posted] in <1-5> days]",
        "help": "[send us|mail us] a photo and the workshop [will help|answers|replies] [within two days|this week|soon]",
    },
    "shop": {
        "adjective": "[small|friendly|independent|well-sorted|patient|tidy|family-run|honest|local|cosy|fair]",
        "digital": "no",
        "made": "[opened|set up|run]",
        "begin": "[look around|visit the shop|fill a first basket|place a first order]",
        "offer": "[[postage|delivery] [free|paid] from €<20-60/5>|[sent|posted] within <1-3> days, returned within <14-60>|"
        "open [day and night|all week], with fast delivery]",
        "help": "[write to us|call us|ask in the shop] and [we will help|we find an answer|we look into it] [the same day|at once|soon]",
    },
    "service": {
        "adjective": "[small|friendly|reliable|punctual|local|honest|quick|careful|family-run|fair]",
        "digital": "no",
        "made": "[set up|run|made]",
        "begin": "[book a first visit|choose a day|give us a call|make a booking]",
        "offer": "[€<12-90>[|.50|.90] a visit, [no contract|cancel any time]|the first [time|visit] at half price, then €<15-90>[|.50|.90]|"
        "[bookable|free slots] from Monday, €<12-90>[|.50|.90] [an hour|a visit]|a fixed price [by message|in writing] within one day]",
        "help": "[call us|send us a message|ring the office] and we [will help|sort it out|find a way] [the same day|at once|soon]",
    },
    "course": {
        "adjective": "[short|friendly|practical|hands-on|relaxed|patient|thorough|lively|compact|weekly|clear]",
        "digital": "no",
        "made": "[made|planned|written]",
        "begin": "[take the first lesson|book a place|join the next group|save your place]",
        "offer": "[<4-12> [evenings|lessons] for €<49-290>[|.50|.90]|the first lesson free, the rest €<49-290>[|.50|.90]|groups of <5-14>, from €<49-290>[|.50|.90]|"
        "€<49-290>[|.50|.90], paid [once|in <2-4> parts]]",
        "help": "[write to|ask|talk to] your teacher[, who is happy to help|, who answers within a day|, who knows what to do]",
    },
}
