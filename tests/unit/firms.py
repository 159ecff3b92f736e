"""A thousand labelled pairs of firms: how people write one firm twice, and how two firms look alike."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from timebridge.records import Value

type Firm = dict[str, Value]

OWNERS = (
    "Anderson",
    "Bergmann",
    "Castellano",
    "Dimitrov",
    "Eriksson",
    "Fitzgerald",
    "Grünwald",
    "Hartmann",
    "Ivanova",
    "Jørgensen",
    "Kowalski",
    "Lindqvist",
    "Müller",
    "Nakamura",
    "Oliveira",
    "Petersen",
    "Quintero",
    "Rasmussen",
    "Schröder",
    "Thompson",
    "Underwood",
    "Vandenberg",
    "Whitfield",
    "Yamamoto",
    "Zimmermann",
    "Northwind",
    "Bluewater",
    "Silverline",
    "Redwood",
    "Brightside",
    "Cornerstone",
    "Evergreen",
    "Highland",
    "Lakeshore",
)
TRADES = (
    "Logistics",
    "Architects",
    "Traders",
    "Robotics",
    "Catering",
    "Foundry",
    "Analytics",
    "Brewery",
    "Printing",
    "Carpentry",
    "Insurance",
    "Software",
    "Textiles",
    "Dental",
    "Gardens",
    "Motors",
    "Engineering",
    "Publishing",
    "Interiors",
    "Pharma",
    "Surveying",
    "Bakery",
)
FORMS = (
    ("Ltd", "Limited", "Ltd."),
    ("GmbH", "G.m.b.H.", "gmbh"),
    ("Inc", "Inc.", "Incorporated"),
    ("AG", "AG", "A.G."),
)
STREETS = ("Mill Road", "Station Street", "Harbour Lane", "Elm Avenue", "Castle Hill")
SIBLINGS = {"Anderson": "Andersen", "Petersen": "Peterson", "Hartmann": "Hartman", "Thompson": "Thomson"}


@dataclass(frozen=True)
class Labelled:
    one: Firm
    other: Firm
    same: bool
    how: str


def firm(random_: random.Random, owner: str, trade: str, form: str) -> Firm:
    host = f"{owner}-{trade}{random_.randint(1, 9999)}".lower().replace("ü", "ue").replace("ö", "oe").replace("ø", "o")
    return {
        "name": f"{owner} {trade} {form}",
        "phone": f"+43 {random_.randint(100, 999)} {random_.randint(1_000_000, 9_999_999)}",
        "email": f"office@{host}.example",
        "website": f"https://www.{host}.example",
        "address_street": f"{random_.choice(STREETS)} {random_.randint(1, 200)}",
        "address_zip": str(random_.randint(10_000, 99_999)),
        "address_city": random_.choice(("Linz", "Ghent", "Leeds", "Turin")),
    }


def slip(random_: random.Random, name: str) -> str:
    """One letter lost, doubled, changed or swapped, anywhere in a word of some length."""
    words = name.split()
    number = random_.choice([index for index, word in enumerate(words) if len(word) > 4])
    word = words[number]
    at = random_.randrange(len(word) - 1)
    words[number] = random_.choice(
        (
            word[:at] + word[at + 1 :],
            word[: at + 1] + word[at:],
            word[:at] + random_.choice("aeinrst") + word[at + 1 :],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        )
    )
    return " ".join(words)


def another_spelling(random_: random.Random, name: str) -> str:
    owner, trade, form = name.split()
    spelling = random_.choice(next(forms for forms in FORMS if form in forms))
    joined = random_.choice((f"{owner} {trade}", f"{owner}  {trade}", f"The {owner} {trade}", f"{owner}-{trade}"))
    return random_.choice((str, str.upper, str.lower))(f"{joined}{random_.choice((' ', ', '))}{spelling}")


def accents(name: str) -> str:
    return name.replace("ü", "ue").replace("ö", "oe").replace("ø", "oe")


def without_form(name: str) -> str:
    return name.rpartition(" ")[0]


WRITTEN: dict[str, Callable[[random.Random, str], str]] = {
    "another spelling": another_spelling,
    "no legal form": lambda _, name: without_form(name),
    "a slip": slip,
    "a slip and no legal form": lambda random_, name: slip(random_, without_form(name)),
    "words swapped": lambda _, name: " ".join([name.split()[1], name.split()[0]]),
    "in one word": lambda _, name: "".join(name.split()[:2]) + f" {name.split()[2]}",
    "without accents": lambda _, name: accents(name),
    "one word more": lambda _, name: f"{without_form(name)} Group",
    "moved": lambda _, name: name,
}


def same(random_: random.Random, how: str) -> Labelled:
    one = firm(random_, random_.choice(OWNERS), random_.choice(TRADES), random_.choice(FORMS)[0])
    other = {**one, "name": WRITTEN[how](random_, str(one["name"]))}
    moved = firm(random_, "Moved", "Away", "Ltd")
    for name in ("email", "website") if how == "moved" else random_.sample(list(one)[1:], random_.randint(0, 6)):
        other[name] = random_.choice((None, None, moved[name]))
    return Labelled(one, other, True, how)


def different(random_: random.Random, how: str) -> Labelled:
    owner, (trade, trade_2) = random_.choice(OWNERS), random_.sample(TRADES, 2)
    (form, *_), (form_2, *_) = random_.sample(FORMS, 2)
    one = firm(random_, owner, trade, form)
    match how:
        case "another trade":
            other = firm(random_, owner, trade_2, form)
        case "another owner":
            other = firm(random_, random_.choice([each for each in OWNERS if each != owner]), trade, form)
        case "a namesake":
            other = firm(random_, owner, trade, form)
        case "a namesake of another form":
            other = firm(random_, owner, trade, form_2)
        case "a sibling name":
            owner = random_.choice(list(SIBLINGS))
            one, other = firm(random_, owner, trade, form), firm(random_, SIBLINGS[owner], trade, form)
        case "the same house":
            other = {**firm(random_, owner, trade_2, form), "phone": one["phone"], "address_zip": one["address_zip"]}
        case _:
            other = firm(random_, owner, trade, form)
            one["name"], other["name"] = f"{one['name']} 4", f"{other['name']} 5"
    return Labelled(one, other, False, how)


APART = (
    "another trade",
    "another owner",
    "a namesake",
    "a namesake of another form",
    "a sibling name",
    "the same house",
    "another number",
)


def pairs(seed: int = 20261121, count: int = 1_000) -> list[Labelled]:
    random_ = random.Random(seed)
    half, written = count // 2, list(WRITTEN)
    return [
        *(same(random_, written[number % len(written)]) for number in range(half)),
        *(different(random_, APART[number % len(APART)]) for number in range(count - half)),
    ]
