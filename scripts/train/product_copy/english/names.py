"""Names of products, people and places."""

import random

SHE = """Aisha Alma Amara Anja Asta Beatriz Bridget Camille Carla Chiara Clara Dagmar Dalia Edith Elif Elin Emma Esther Farida
Fatou Fiona Freya Gina Greta Hana Helen Hilde Ida Imani Ines Ingrid Irena Isla Ivy Jana Joan June Kaja Karin Keiko Lara Leila
Lena Lotte Lucia Mabel Magda Maja Margit Marta Maud Mei Mina Mira Nadia Nell Nora Olga Olive Paula Petra Priya Rania Rosa Ruth
Saoirse Sara Selma Sofia Stella Tamsin Tara Tess Thea Tilda Uma Vera Wanda Yara Yuki Zadie Zora""".split()
HE = """Aaron Abel Adil Alan Anton Arjun Arne Axel Ben Bruno Callum Carlos Cem Clive Dan David Diego Dov Edgar Emil Enzo Eric
Ewan Felix Finn Frank Gabriel Georg Gus Hamid Hans Hugo Ian Igor Isaac Ivan Jack Jakob Jan Jonas Jorge Juan Kai Karl Kofi Kurt
Lars Leo Liam Luca Malik Marco Mark Mateo Max Milo Moritz Murat Nico Niels Noah Olaf Omar Oskar Pablo Paul Pete Piet Rafael Ravi
Rob Ruben Samir Simon Sven Tariq Theo Tim Tobias Tom Uwe Victor Viktor Walter Will Xavier Yusuf Zeno""".split()
LAST = """Abbott Adeyemi Ahlberg Alvarez Amadi Bakker Baptiste Barros Becker Bell Berg Bianchi Boateng Brandt Brook Byrne Carver
Castro Chen Clarke Costa Dahl Daly Demir Diaz Doyle Dunn Ek Eriksen Farkas Ferreira Fischer Flynn Fontaine Foster Garcia Gauthier
Grant Gruber Haddad Hale Hansen Hart Hayes Hoffmann Holm Hughes Iqbal Ivanov Jansen Joshi Kamara Kaplan Keane Keller Khan Kowalski
Krause Kumar Lacroix Lang Larsen Lehmann Lindqvist Lopez Marsh Mensah Meyer Moreau Moss Nakamura Nair Nolan Novak Nowak Okafor
Olsen Ortega Osei Pace Palmer Park Patel Pereira Petrov Pham Price Quinn Ramos Reid Ricci Rossi Roth Sato Schmidt Shah Silva Sorensen
Stone Suzuki Tanaka Thorne Torres Usman Vargas Vogel Wagner Walsh Weber West Winter Wolf Wright Yilmaz Young Zeller Ziegler""".split()
TOWNS = """Aarhus Aberdeen Almere Antwerp Arles Augsburg Basel Bath Bergen Bilbao Bologna Bordeaux Braga Bremen Brighton Bristol
Brno Bruges Cardiff Cork Dresden Dundee Exeter Faro Freiburg Galway Genoa Ghent Girona Graz Haarlem Halifax Hull Innsbruck Jena
Kassel Krakow Lausanne Leeds Leiden Leipzig Liege Lille Lincoln Linz Lisbon Ljubljana Lucca Lund Lyon Malmo Mantua Metz Modena
Munster Nantes Norwich Odense Olomouc Oulu Padua Pecs Perth Porto Potsdam Reims Riga Rostock Rouen Salford Salzburg Seville Sheffield
Siena Split Stirling Tampere Tartu Toulouse Trento Trier Trieste Turku Ulm Uppsala Utrecht Valencia Verona Vilnius Weimar York Zagreb""".split()
MONTHS = "[January|February|March|April|May|June|July|August|September|October|November|December]"
DAYS = "[Monday|Tuesday|Wednesday|Thursday|Friday|Saturday]"

STARTS = """al an ar bel bo bri ca cal ce chi co da del do dra el em en fa fen fi flo ga gil glo ha hel hi il in jo ju ka kel ki
la len li lo lu ma mel mi mo na nel ni no nu o ol or pa pel pi plu qui ra rel ri ro sa sel si so su ta tel ti to tri ul um va vel vi
vo wa wel wi ya yo za zel zi""".split()
MIDDLES = """ba be bi da di do fa fi ga go ka ki la le li lo lu ma me mi mo na ne ni no pa pi ra re ri ro sa se si so ta te ti to va
ve vi vo za""".split()
ENDS = """ba bo da do ga ka kin la lia lin lo ly ma mi mo mia na nea nix no nova ny po ra rea ria rin ro sa ta tia to va vea via vo
xo za zo""".split()
SUFFIXES = """ly ify o a ery wise kit flow fold nest loop lane mate hub desk dock bee ling wing well path side line spot cast craft
box house yard port way works smith berry fox bird wren finch""".split()
FIRSTS = """amber arrow birch blue bold brass bright brisk calm cedar clear clever copper coral corner cosy crisp daily dapper deep
early easy even fair fern first fleet fresh gentle glad golden good grand green happy hazel high honest humble jolly keen kind lemon
light little lively lucky lunar maple merry mild mint misty neat new nimble noble north oak ochre olive open pale pine plain plum
polar proud quick quiet rapid red river rosy round ruby rustic sage salt sand sharp silver simple slow small smooth soft solid south
spring spruce steady still stone sunny sure swift tall tidy timber true velvet vivid warm wide wild willow windy winter wise young""".split()
SECONDS = """acorn anchor anvil arc badger barn basin beacon beaver bell bench bow bridge brook button cabin canoe chestnut clover
comet compass crane creek crow dawn dove drum elm ember falcon feather fern field finch fjord flint fox garden gate goose grove gull
hare harbour hatch heron hill hive ivy jay kettle kite ladder lake lamp lantern lark leaf ledge linden lynx magpie marble meadow mill
moon moth needle nest oar orchard otter owl parcel peak pebble pier pigeon pine plover pond poplar quill raft raven reed ridge robin
rook sail sparrow spoon spruce starling stork summit swan swift table teal thimble thistle thread tide tower trout tulip turtle
valley wagon walnut wave weaver wheel whistle willow window wren""".split()


def first_name(rng: random.Random) -> str:
    return rng.choice(rng.choice((SHE, HE)))


def person(rng: random.Random) -> tuple[str, str, str]:
    """(full name, "she" or "he", "her" or "his")."""
    pool, she, her = rng.choice(((SHE, "she", "her"), (HE, "he", "his")))
    first = rng.choice(pool)
    return (first if rng.random() < 0.3 else f"{first} {rng.choice(LAST)}"), she, her


def _coined(rng: random.Random) -> str:
    middle = rng.choice(MIDDLES) if rng.random() < 0.45 else ""
    return (rng.choice(STARTS) + middle + rng.choice(ENDS)).capitalize()


def _rooted(rng: random.Random, roots: list[str]) -> str:
    root, suffix = rng.choice(roots), rng.choice(SUFFIXES)
    if (suffix[0] in "aeio" and root[-1] == "e") or suffix[0] == root[-1]:
        root = root[:-1]
    return (root + suffix).capitalize()


def product(rng: random.Random, roots: list[str], type_: str) -> str:
    """A name for a product whose kind has these root words."""
    style = rng.random()
    if style < 0.3:
        return _coined(rng)
    if style < 0.45:
        return _rooted(rng, roots)
    if style < 0.6:
        return rng.choice((rng.choice(FIRSTS).capitalize() + rng.choice(roots), f"{rng.choice(FIRSTS)} {rng.choice(roots)}".title()))
    if style < 0.8:
        return f"{rng.choice(FIRSTS)} {rng.choice(SECONDS)}".title()
    if style < 0.9:
        return rng.choice(SECONDS).capitalize() + rng.choice(roots)
    if type_ in ("app", "saas"):
        return rng.choice(roots).capitalize() + rng.choice(SECONDS).capitalize()
    return rng.choice(
        (
            f"{rng.choice(LAST)} & {rng.choice(LAST)}",
            f"{first_name(rng)} & {rng.choice(SECONDS).capitalize()}",
            f"{first_name(rng)}’s {rng.choice(roots).capitalize()}",
        )
    )
