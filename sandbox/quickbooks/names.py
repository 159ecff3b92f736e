"""Names: how they are composed, qualified by their parents, kept unique, and given up by what is made inactive."""

from typing import Any

from sandbox.quickbooks.draft import Draft
from sandbox.quickbooks.errors import Fault, name_taken
from sandbox.quickbooks.store import Store, Stored

PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")
MAX_LEVELS = 5
SUFFIX = " (deleted)"
SUB_FLAG = {"Account": "SubAccount", "Item": "SubItem", "Class": "SubClass", "Department": "SubDepartment"}


def compose(draft: Draft) -> None:
    """DisplayName from the parts of the name, PrintOnCheckName from DisplayName; at least one part must be there."""
    joined = " ".join(str(draft.doc[part]) for part in PARTS if draft.doc.get(part))
    if draft.entity.name == "Employee" and not (draft.value("GivenName") or draft.value("FamilyName")):
        raise Fault("6080", "GivenName, FamilyName")
    if not draft.value("DisplayName"):
        if not joined:
            raise Fault("6080", "DisplayName, " + ", ".join(PARTS))
        draft.doc["DisplayName"] = joined
    draft.doc.setdefault("PrintOnCheckName", draft.value("CompanyName") or draft.doc["DisplayName"])


def place(draft: Draft) -> None:
    """FullyQualifiedName, level and the sub-record flag from the chain of parents."""
    parents = ancestors(draft.store, draft.realm, draft.entity.name, draft.ref("ParentRef"))
    if draft.id and any(one.id == draft.id for one in parents):
        raise Fault("6000", "A record cannot be its own parent")
    if len(parents) >= MAX_LEVELS:
        raise Fault("6180", MAX_LEVELS)
    own = draft.doc[draft.entity.name_field or "Name"]
    draft.doc["FullyQualifiedName"] = f"{qualified(parents[0])}:{own}" if parents else own
    flag = SUB_FLAG.get(draft.entity.name)
    if flag:
        draft.doc[flag] = bool(parents)
    if "Level" in draft.entity.fields:
        draft.doc.pop("Level", None)
        if parents:
            draft.doc["Level"] = len(parents)


def qualified(stored: Stored) -> str:
    return str(stored.doc["FullyQualifiedName"])


def ancestors(store: Store, realm: str, entity: str, id: str | None) -> list[Stored]:
    """Parents, nearest first. A ring ends where it closes."""
    found: list[Stored] = []
    while id and id not in {one.id for one in found}:
        parent = store.get(realm, entity, id)
        if parent is None:
            break
        found.append(parent)
        id = parent.doc.get("ParentRef", {}).get("value")
    return found


def unique_key(entity: str, space: str, doc: dict[str, Any]) -> str | None:
    """What must not occur twice in one id space, without regard to case."""
    if space == "names":
        return str(doc["DisplayName"]).casefold()
    name = doc.get("FullyQualifiedName") or doc.get("Name")
    return str(name).casefold() if name and entity not in ("Preferences", "CompanyInfo") else None


def refuse_taken(draft: Draft) -> None:
    key = unique_key(draft.entity.name, draft.entity.space, draft.doc)
    if key is None or not draft.entity.is_list:
        return
    others = draft.store.named(draft.realm, draft.entity.space, key)
    if any(one.key != (draft.entity.name, draft.id) for one in others):
        raise name_taken(draft.entity.space)


def retire(draft: Draft) -> None:
    """Made inactive, a record gives its name up for reuse by taking a suffix."""
    name = draft.entity.name_field
    if name is None or draft.value("Active") is not False or draft.before.get("Active") is False:
        return
    base = draft.doc[name]
    for attempt in range(1, 1000):
        draft.doc[name] = base + (SUFFIX if attempt == 1 else f" (deleted-{attempt})")
        if "FullyQualifiedName" in draft.entity.fields:
            place(draft)
        key = unique_key(draft.entity.name, draft.entity.space, draft.doc)
        if not key or not draft.store.named(draft.realm, draft.entity.space, key):
            return
