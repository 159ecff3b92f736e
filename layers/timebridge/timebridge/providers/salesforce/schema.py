"""What the org has and our user may do, as `describe` tells it; kept for an hour, because it rarely changes.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_sobject_describe.htm
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from timebridge.changes import chunks
from timebridge.errors import Rejected
from timebridge.providers.salesforce.client import Client
from timebridge.providers.salesforce.refusals import error_of

KEPT_FOR = 3600.0
PARTS = 25
"""Sub-requests that fit into one composite call."""


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """`values`: the active values of a picklist. `length`: of texts; 0 for other types. `scale`: places of a number."""

    name: str
    label: str
    type: str
    length: int
    createable: bool
    updateable: bool
    required: bool
    external_id: bool
    restricted: bool
    values: tuple[str, ...] = ()
    scale: int | None = None


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """What our user may do with an object, and the fields they may see."""

    name: str
    label: str
    createable: bool
    updateable: bool
    deletable: bool
    queryable: bool
    fields: Mapping[str, FieldFacts]


_kept: dict[tuple[str, str], tuple[float, ObjectFacts | None]] = {}
"""By the org's origin and the object's name, with the moment it was read."""


def objects(client: Client, names: Iterable[str], *, fresh: bool = False) -> dict[str, ObjectFacts | None]:
    """The objects by name, in one call for those not known yet; None for one the org does not have or hides from us.

    Raises what the client raises, and any other refusal.
    """
    wanted, now = list(dict.fromkeys(names)), time.monotonic()
    unknown = [name for name in wanted if fresh or not _is_fresh(client.origin, name, now)]
    for some in chunks(unknown, PARTS):
        parts = [{"method": "GET", "url": f"sobjects/{name}/describe"} for name in some]
        for name, answer in zip(some, client.composite(parts, repeatable=True), strict=True):
            if not answer.ok and answer.status != 404:
                raise error_of(answer.status, answer.body, whole=True)
            _kept[client.origin, name] = now, _object(answer.body) if answer.ok else None
    return {name: _kept[client.origin, name][1] for name in wanted}


def described(client: Client, name: str) -> ObjectFacts:
    """Raises Rejected when the org does not have the object, or hides it from us."""
    found = objects(client, [name])[name]
    if found is None:
        raise Rejected(
            f"Salesforce shows us no {name}.",
            remedy="Install the timebridge package and assign its permission set to the connected user.",
            field=name,
        )
    return found


def forget() -> None:
    _kept.clear()


def _is_fresh(origin: str, name: str, now: float) -> bool:
    found = _kept.get((origin, name))
    return found is not None and now - found[0] < KEPT_FOR


def _object(found: Mapping[str, object]) -> ObjectFacts:
    return ObjectFacts(
        name=str(found["name"]),
        label=str(found["label"]),
        createable=bool(found["createable"]),
        updateable=bool(found["updateable"]),
        deletable=bool(found["deletable"]),
        queryable=bool(found["queryable"]),
        fields={each["name"]: _field(each) for each in found["fields"]},  # type: ignore[attr-defined]
    )


def _field(found: Mapping[str, object]) -> FieldFacts:
    values = found.get("picklistValues") or []
    return FieldFacts(
        name=str(found["name"]),
        label=str(found["label"]),
        type=str(found["type"]),
        length=int(str(found["length"])),
        createable=bool(found["createable"]),
        updateable=bool(found["updateable"]),
        required=not found["nillable"] and bool(found["createable"]) and not found["defaultedOnCreate"],
        external_id=bool(found["externalId"]),
        restricted=bool(found.get("restrictedPicklist")),
        values=tuple(each["value"] for each in values if each["active"]),  # type: ignore[attr-defined]
        scale=int(str(found["scale"])) if "scale" in found else None,
    )
