"""How alike two records are, and why: names first, and what else is known of both in support."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from timebridge.flows import ABSENT
from timebridge.records import Value, Values

SURE = 95
"""From this score on, of 100, two records are paired without asking."""

LIKELY = 75
"""From this score on a person is asked; below it they are two different records."""

SUPPORT, DOUBT = 8, 5
"""What agreeing details add to the score of a name that is nearly the same, and what contradicting ones take away."""

FORMS = {
    "limited": "ltd", "incorporated": "inc", "corporation": "corp", "company": "co", "aktiengesellschaft": "ag",
    "gesellschaft": "ges", "mit": "", "proprietary": "pty",
} | {form: form for form in (
    "ltd", "inc", "corp", "co", "gmbh", "ag", "kg", "ohg", "ug", "ek", "se", "ev", "llc", "llp", "lp", "plc", "pty",
    "sa", "sas", "sarl", "sl", "srl", "spa", "bv", "nv", "oy", "oyj", "ab", "as", "aps", "kft", "sro", "doo", "pvt",
)}  # fmt: skip
"""Legal forms as they are written, and what they are short for."""

GENERIC = frozenset(
    ["group", "holding", "holdings", "international", "global", "worldwide", "services", "solutions", "consulting"]
)
"""Words that are left out easily, and that tell nothing apart."""

FREE_MAIL = frozenset(
    [
        "gmail.com",
        "googlemail.com",
        "outlook.com",
        "hotmail.com",
        "yahoo.com",
        "gmx.de",
        "gmx.net",
        "web.de",
        "icloud.com",
    ]
)
NUMBER = re.compile(r"\d+")
SPELT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"})
JOINING = frozenset(("and", "und", "et"))
SEARCHED = 3
"""Letters of a word by which names like it are searched."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """`score`: 0 to 100; `reasons`: what speaks for the two, and what against."""

    score: int
    reasons: tuple[str, ...]


NONE = Likeness(0, ())


@dataclass(frozen=True, slots=True)
class Name:
    """A name taken apart: as it compares without regard to case and spacing, its words, and its legal forms."""

    folded: str
    words: tuple[str, ...]
    forms: tuple[str, ...]

    @property
    def numbers(self) -> list[str]:
        return NUMBER.findall(" ".join(self.words))


@lru_cache(maxsize=20_000)
def name_of(text: str) -> Name:
    folded = " ".join(text.split()).casefold()
    plain = _plain(unicodedata.normalize("NFC", folded).translate(SPELT))
    words = [word for word in re.sub(r"[\W_]+", " ", re.sub(r"[.'’`´]", "", plain)).split() if word not in JOINING]
    words = words[1:] if len(words) > 1 and words[0] == "the" else words
    forms: list[str] = []
    while len(words) > 1 and words[-1] in FORMS:
        form = FORMS.get(words.pop(), "")
        forms += [form] if form else []
    return Name(folded, tuple(words) or (folded,), tuple(sorted(forms)))


def _plain(text: str) -> str:
    """Without accents."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))


def likeness(one: Values, other: Values, by: str = "name", refs: Collection[str] = ()) -> Likeness:
    """How alike two records are, in workspace terms. `by`: the value that names them; `refs`: what they belong to."""
    first, second = one.get(by), other.get(by)
    if not first or not second or torn(one, other, refs):
        return NONE
    found = _of_names(name_of(str(first)), name_of(str(second)))
    if found.score < LIKELY:
        return NONE
    agreed, differing = _details(one, other)
    reasons = (*found.reasons, *(f"same {name}" for name in agreed), *(f"other {name}" for name in differing))
    return Likeness(_weighed(found.score, len(agreed), len(differing)), reasons)


def torn(one: Values, other: Values, refs: Collection[str]) -> bool:
    """They belong to different records."""
    known = [(one.get(ref), other.get(ref)) for ref in refs]
    return any(mine != hers and mine and hers and ABSENT not in (mine, hers) for mine, hers in known)


def _weighed(score: int, agreed: int, differing: int) -> int:
    """A name that is the same counts for itself, unless everything else we know of the two says the contrary."""
    if score == 100:
        return 100 if agreed or differing < 3 else SURE - DOUBT
    return min(score + SUPPORT * agreed, 99) if agreed else max(score - DOUBT * max(differing - 1, 0), LIKELY)


def _of_names(one: Name, other: Name) -> Likeness:
    if one.folded == other.folded:
        return Likeness(100, ("same name",))
    if one.numbers != other.numbers:
        return NONE
    if one.words == other.words:
        return _of_forms(one, other)
    less = 0 if one.forms == other.forms else 4
    if "".join(one.words) == "".join(other.words):
        return Likeness(92 - less, ("same name but for the spaces",))
    if sorted(one.words) == sorted(other.words):
        return Likeness(88 - less, ("same words in another order",))
    typos = _typos(one.words, other.words)
    if typos is not None:
        return Likeness(95 - 5 * typos - less, ("nearly the same name",))
    missing = set(one.words) ^ set(other.words)
    if missing <= GENERIC and set(one.words) & set(other.words) - GENERIC:
        return Likeness(82 - less, (f"same name but for “{' '.join(sorted(missing))}”",))
    return NONE


def _of_forms(one: Name, other: Name) -> Likeness:
    if one.forms == other.forms:
        return Likeness(100, ("same name but for the punctuation",))
    if one.forms and other.forms:
        return Likeness(84, ("same name with another legal form",))
    return Likeness(91, ("same name but for the legal form",))


def _typos(one: tuple[str, ...], other: tuple[str, ...]) -> int | None:
    """How many letters differ; None when it is more than a slip."""
    if len(one) != len(other):
        return None
    edits = 0
    for mine, hers in zip(one, other, strict=True):
        if mine != hers:
            most = 2 if min(len(mine), len(hers)) >= 8 else 1
            slip = distance(mine, hers, most) if min(len(mine), len(hers)) >= 4 else most + 1
            if slip > most:
                return None
            edits += slip
    return edits if edits <= 2 else None


def distance(one: str, other: str, most: int) -> int:
    """Letters added, lost, changed or swapped with their neighbour; `most + 1` when it is more than `most`."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, mine in enumerate(one, 1):
        last, row, older = row, [i], before
        for j, hers in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (mine != hers))
            if i > 1 and j > 1 and mine == other[j - 2] and one[i - 2] == hers:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        before = last
    return min(row[-1], most + 1)


# --- what else is known ----------------------------------------------------------------------------------------------


def _details(one: Values, other: Values) -> tuple[list[str], list[str]]:
    """What both say and agree on, and what they contradict each other in."""
    agreed: list[str] = []
    differing: list[str] = []
    for name, read in DETAILS.items():
        mine, hers = read(one), read(other)
        if mine and hers:
            (agreed if mine & hers else differing).append(name)
    return agreed, differing


def _phones(values: Values) -> set[str]:
    digits = ("".join(NUMBER.findall(str(values.get(name) or ""))) for name in ("phone", "fax"))
    return {number[-8:] for number in digits if len(number) >= 6}


def _hosts(values: Values) -> set[str]:
    """The domain of the website, and that of the e-mail unless everybody may have one there."""
    found = {str(values.get("email") or "").rpartition("@")[2].casefold()} - FREE_MAIL
    website = str(values.get("website") or "").strip().casefold()
    found.add((urlsplit(website if "//" in website else f"//{website}").netloc).removeprefix("www."))
    return found - {""}


def _emails(values: Values) -> set[str]:
    email = str(values.get("email") or "").strip().casefold()
    return {email} - {""}


def _places(values: Values) -> set[str]:
    parts = [str(values.get(name) or "") for name in ("address_street", "address_zip", "address_city")]
    plain = re.sub(r"[\W_]+", "", "".join(parts).casefold())
    return {plain} if parts[0] and plain else set()


DETAILS = {"phone number": _phones, "e-mail address": _emails, "domain": _hosts, "address": _places}


# --- where to look ---------------------------------------------------------------------------------------------------


def starts(value: Value) -> set[str]:
    """How the names may begin that are like this one, without regard to case. A slip may be in the third letter."""
    if not value:
        return set()
    name = name_of(str(value))
    spoken = [word for text in (name.folded, _plain(name.folded)) for word in re.split(r"[\W_]+", text) if word]
    telling = [word for word in (*name.words, *spoken) if word not in GENERIC | JOINING | {*FORMS}] or [name.folded]
    begun = {word[:SEARCHED] for word in telling if word != "the"}
    first = name.words[0]
    return begun | {first[: SEARCHED - 1], f"the {first[:SEARCHED]}", name.folded[:SEARCHED]}


def blocks(value: Value) -> set[str]:
    """Keys of which two names that are alike share one: how their telling words begin and end, and (with "=") all of
    them together."""
    if not value:
        return set()
    words = name_of(str(value)).words
    telling = [word for word in words if word not in GENERIC] or list(words)
    ends = {f"{word[:SEARCHED]}-" for word in telling} | {f"-{word[-SEARCHED:]}" for word in telling}
    return ends | {f"={''.join(words)}", f"={' '.join(sorted(words))}", "".join(words)[:SEARCHED] + "-"}


def details_of(values: Mapping[str, Value], by: str) -> dict[str, Value]:
    """Of a record, only what likeness looks at."""
    names = (by, "phone", "fax", "email", "website", "address_street", "address_zip", "address_city")
    return {name: values[name] for name in names if values.get(name)}
