"""Names that somebody else has in QuickBooks: whose they are, and under which other name a customer of ours goes.

A name that a customer has is a question for a person: it may be the same one. A name that a vendor, an employee, a job
of another customer or an inactive record has is none: ours goes under the name with a tail.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from timebridge.errors import Undecided
from timebridge.flows import look_up
from timebridge.matching import key_of
from timebridge.providers.quickbooks_online.bodies import holds
from timebridge.providers.quickbooks_online.faults import FAULTS, NAME_TAKEN
from timebridge.providers.quickbooks_online.names import TAILS, tailed
from timebridge.providers.quickbooks_online.reading import Reader
from timebridge.records import Candidate, Record
from timebridge.sides import Create, Written

type Body = Mapping[str, Any]

STEPS = range(len(TAILS) + 1)
NAMED = "DisplayName"


def under(body: Body, step: int) -> dict[str, Any]:
    """The body as it is sent at a step: first under its own name, then under one after the other."""
    return {**body, NAMED: tailed(str(body[NAMED]), TAILS[step - 1])} if step else dict(body)


def request_of(request: str, step: int) -> str:
    """Of a batch: the same for a repetition, and another one for every name."""
    return f"{request}-{step}" if step else request


def landed(reader: Reader, name: str, repeated: Mapping[int, Body]) -> dict[int, Written]:
    """What an earlier attempt created under another name than its own, which may be free by now."""
    tried = {number: [under(body, step) for step in STEPS[1:]] for number, body in repeated.items() if NAMED in body}
    names = [str(body[NAMED]) for bodies in tried.values() for body in bodies]
    found = reader.read(name, names, NAMED) if names else []
    return {
        number: Written(record.id, record.version)
        for number, bodies in tried.items()
        for record in found
        if not record.gone and any(holds(record.values, body) for body in bodies)
    }


def settled(
    reader: Reader, name: str, creates: Mapping[int, Create], bodies: Mapping[int, Body]
) -> dict[int, Written | Undecided]:
    """Of creates whose name is taken: those that an earlier attempt made, and those about which a person is asked."""
    names = [str(body[NAMED]) for body in bodies.values()]
    found = reader.read(name, names, NAMED) if names else []
    outcomes: dict[int, Written | Undecided] = {}
    for number, body in bodies.items():
        there = [record for record in found if not record.gone and _is_namesake(record, body)]
        own = [record for record in there if creates[number].repeated and holds(record.values, body)]
        if own:
            outcomes[number] = Written(own[0].id, own[0].version)
        elif there and not creates[number].forced:
            outcomes[number] = _question(there)
    return outcomes


def _is_namesake(record: Record, body: Body) -> bool:
    """The same name in the same place: at the top, or below the same customer."""
    places = look_up(record.values, "TopRef.value"), look_up(body, "ParentRef.value")
    return key_of(record.values.get(NAMED)) == key_of(body[NAMED]) and places[0] == places[1]


def _question(there: Iterable[Record]) -> Undecided:
    meaning = FAULTS[NAME_TAKEN]
    candidates = [Candidate(record.id, None, 0) for record in there]
    return Undecided(meaning.sentence, remedy=meaning.remedy, candidates=candidates, theirs=True, field="name")
