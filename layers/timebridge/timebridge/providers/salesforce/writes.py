"""Writes to Salesforce: up to 200 records in a call, one outcome each.

Every create is an upsert by our record's id, so a repeated one finds what the first one made. A version is the
SystemModstamp, exact to its one second. Updates are compared and written in one call: each for itself when they are a
few, which is what people's edits come in (see `guarded_update`), and all together when they are many (see
`guarded_updates`). Deletes, and updates of which another turned out to have moved, take a query for the stamps of the
records first, and then a call that writes those which have not moved (and reads their new stamps, in a composite).

`If-Unmodified-Since` would save the first call for up to 20 records and close the moment between the two, but its
date has the same one second, it takes no deletes and no collections, and whether it looks at SystemModstamp or
LastModifiedDate is not written down. What slips through either way is an edit of the same field in the same second: an
update carries only the fields that differ, and the next pull, which compares values and not versions, finds the others.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from timebridge.changes import chunks
from timebridge.errors import RateLimited, Rejected, Stale, SyncError, Transient
from timebridge.providers.salesforce.client import Answer, Client, page_of, query
from timebridge.providers.salesforce.flows import EXTERNAL_ID
from timebridge.providers.salesforce.meanings import ANY
from timebridge.providers.salesforce.refusals import error_of
from timebridge.providers.salesforce.soql import STAMP, among, at_version, at_versions, fitting
from timebridge.sides import Create, Delete, Update, Write, Written

ALLOWING = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
"""A person has seen what a duplicate rule found, and wants the record all the same."""

type Outcome = Written | SyncError
type Writer = Callable[[Client, str, Sequence[Any]], list[Outcome]]


def create(client: Client, name: str, creates: Sequence[Create]) -> list[Outcome]:
    """What an earlier attempt may have made is looked up and not written over: somebody may have edited it since."""
    doubtful = [each.record for each in creates if each.repeated]
    landed = {key: Written(*found) for key, found in stamps(client, name, EXTERNAL_ID, doubtful).items()}
    made: dict[str, Outcome] = {}
    for forced in (False, True):
        news = [each for each in creates if each.record not in landed and each.forced is forced]
        records = [{"attributes": {"type": name}, **each.values, EXTERNAL_ID: each.record} for each in news]
        keys = [each.record for each in news]
        headers = ALLOWING if forced else {}
        made |= _send(client, name, f"composite/sobjects/{name}/{EXTERNAL_ID}", records, EXTERNAL_ID, keys, headers)
    return [landed.get(each.record) or made[each.record] for each in creates]


def update(client: Client, name: str, updates: Sequence[Update]) -> list[Outcome]:
    if _is_guardable(updates):
        found = guarded_update if len(updates) <= GUARDED else guarded_updates
        done = found(client, name, updates)
        if done is not None:
            return done
    return compared_update(client, name, updates)


def compared_update(client: Client, name: str, updates: Sequence[Update]) -> list[Outcome]:
    """Two calls: one that compares, and one that writes what has not moved."""
    refused = _moved(updates, stamps(client, name, "Id", [each.id for each in updates]))
    going = [each for each in updates if each.id not in refused]
    records = [{"attributes": {"type": name}, "id": each.id, **each.values} for each in going]
    done = _send(client, name, "composite/sobjects", records, "Id", [each.id for each in going])
    return [refused.get(each.id) or done[each.id] for each in updates]


GUARDED = 4
"""Updates that fit into one call each with a query of its own: a composite takes five queries, and one reads back."""


def _is_guardable(updates: Sequence[Update]) -> bool:
    known = all(each.version is not None for each in updates)
    return known and len(updates) > 0 and not refers({"records": [each.values for each in updates]})


def guarded_update(client: Client, name: str, updates: Sequence[Update]) -> list[Outcome]:
    """Compare and write in one call: a query finds the record only if it still has the expected version, and the
    update is addressed to what the query found. Where it found nothing, Salesforce does not carry out the update.
    """
    parts: list[dict[str, Any]] = []
    for number, each in enumerate(updates):
        found = query(at_version(name, each.id, datetime.fromisoformat(str(each.version))))
        url = f"sobjects/{name}/@{{guard{number}.records[0].Id}}"
        parts += [found | {"referenceId": f"guard{number}"}, {"method": "PATCH", "url": url, "body": each.values}]
    reading = query(among(name, ("Id", STAMP), "Id", [each.id for each in updates]))
    *done, last = client.composite([*parts, reading], repeatable=True)
    versions = {row["Id"]: row[STAMP] for row in last.body["records"]} if last.ok else {}
    return [
        _guarded(each, guard, written, versions.get(each.id))
        for each, guard, written in zip(updates, done[::2], done[1::2], strict=True)
    ]


GUARDED_TOGETHER = 70
"""Versions that one query compares: so many still fit into its URI if each of them is another moment."""


def guarded_updates(client: Client, name: str, updates: Sequence[Update]) -> list[Outcome] | None:
    """Compare and write up to 200 records in one call. None, with nothing written, unless all have their version.

    Queries find the records that still have it. The collection takes its type from the last row each query should
    find: where there are fewer, that reference leads nowhere, and Salesforce does not carry out the collection.
    """
    guards = list(chunks(updates, GUARDED_TOGETHER))
    records = [{"attributes": {"type": name}, "id": each.id, **each.values} for each in updates]
    for number, some in enumerate(guards):
        records[number]["attributes"] = {"type": f"@{{guard{number}.records[{len(some) - 1}].attributes.type}}"}
    ids = [each.id for each in updates]
    reads = [query(among(name, ("Id", STAMP), "Id", part)) for part in fitting(ids)]
    patch = {"method": "PATCH", "url": "composite/sobjects", "body": {"allOrNone": False, "records": records}}
    compared = [
        query(at_versions(name, versions_of(some))) | {"referenceId": f"guard{number}"}
        for number, some in enumerate(guards)
    ]
    answers = client.composite([*compared, patch, *reads], repeatable=True)
    written, found = answers[len(guards)], answers[len(guards) + 1 :]
    if not written.ok:
        return None
    versions = {row["Id"]: row[STAMP] for answer in found if answer.ok for row in answer.body["records"]}
    return [_outcome(result, versions.get(id)) for id, result in zip(ids, written.body, strict=True)]


def versions_of(updates: Sequence[Update]) -> list[tuple[str, datetime]]:
    return [(each.id, datetime.fromisoformat(str(each.version))) for each in updates]


def _guarded(update: Update, guard: Answer, written: Answer, version: str | None) -> Outcome:
    if not page_of(guard)["records"]:
        return Stale("The record was changed or deleted in Salesforce meanwhile.")
    return Written(update.id, version) if written.ok else error_of(written.status, written.body)


def delete(client: Client, name: str, deletes: Sequence[Delete]) -> list[Outcome]:
    """A record that is gone already is what was wanted."""
    there = stamps(client, name, "Id", [each.id for each in deletes])
    done: dict[str, Outcome] = {each.id: Written(each.id, None) for each in deletes if each.id not in there}
    done |= _moved([each for each in deletes if each.id in there], there)
    ids = list(dict.fromkeys(each.id for each in deletes if each.id not in done))
    if ids:
        results = client.delete("composite/sobjects", {"ids": ",".join(ids), "allOrNone": "false"})
        done |= {id: _deleted(id, result) for id, result in zip(ids, results, strict=True)}
    return [done[each.id] for each in deletes]


WRITERS: dict[type[Write], Writer] = {Create: create, Update: update, Delete: delete}


def stamps(client: Client, name: str, by: str, keys: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Id and version of the records that are there, by key."""
    fields = list(dict.fromkeys(("Id", STAMP, by)))
    rows = client.rows([among(name, fields, by, part) for part in fitting(list(dict.fromkeys(keys)))])
    return {row[by]: (row["Id"], row[STAMP]) for row in rows}


def is_passing(outcome: Outcome) -> bool:
    """A refusal that a moment's patience may cure: a locked row, a failed neighbour."""
    return isinstance(outcome, Transient) and not isinstance(outcome, Stale | RateLimited)


def of_record(outcome: Outcome) -> Outcome:
    """An outcome as a side may give it. Raises what is not about one record."""
    if is_passing(outcome):
        assert isinstance(outcome, Transient)
        return Stale(outcome.for_user, remedy=outcome.remedy, detail=outcome.detail)
    if isinstance(outcome, SyncError) and not isinstance(outcome, Stale | Rejected):
        raise outcome
    return outcome


def _send(
    client: Client,
    name: str,
    path: str,
    records: Sequence[Mapping[str, Any]],
    by: str,
    keys: Sequence[str],
    headers: Mapping[str, str] | None = None,
) -> dict[str, Outcome]:
    """Write a collection and read its new versions in the same call. Outcomes by key: a value of the field `by`."""
    if not records:
        return {}
    fields = list(dict.fromkeys(("Id", STAMP, by)))
    patch = {"method": "PATCH", "url": path, "body": {"allOrNone": False, "records": records}}
    patch |= {"httpHeaders": headers} if headers else {}
    reads = [query(among(name, fields, by, part)) for part in fitting(keys)]
    written, *found = _composite(client, patch, reads, repeatable=by == EXTERNAL_ID)
    versions = {row[by]: row[STAMP] for answer in found if answer.ok for row in answer.body["records"]}
    results = _results(written, len(keys))
    return {key: _outcome(result, versions.get(key)) for key, result in zip(keys, results, strict=True)}


def _composite(
    client: Client, patch: Mapping[str, Any], reads: Sequence[Mapping[str, Any]], repeatable: bool
) -> list[Answer]:
    """One call; two when a text holds what a composite would take for a reference to another part of it."""
    if not refers(patch["body"]):
        return client.composite([patch, *reads], repeatable)
    return [
        Answer(200, client.patch(patch["url"], patch["body"], repeatable, patch.get("httpHeaders"))),
        *client.composite(reads, repeatable=True),
    ]


def refers(body: Mapping[str, Any]) -> bool:
    """Whether any text of the records looks like `@{part.field}`."""
    return any("@{" in value for record in body["records"] for value in record.values() if isinstance(value, str))


def _results(answer: Answer, count: int) -> list[Any]:
    """One result per record; when the collection as a whole was refused, that refusal for each of them."""
    return list(answer.body) if answer.ok else [error_of(answer.status, answer.body)] * count


def _outcome(result: Any, version: str | None) -> Outcome:
    if isinstance(result, SyncError):
        return result
    return Written(result["id"], version) if result["success"] else error_of(ANY, result["errors"])


def _deleted(id: str, result: Mapping[str, Any]) -> Outcome:
    codes = {error.get("statusCode") for error in result["errors"]}
    return Written(id, None) if result["success"] or "ENTITY_IS_DELETED" in codes else error_of(ANY, result["errors"])


def _moved(writes: Sequence[Update] | Sequence[Delete], found: Mapping[str, tuple[str, str]]) -> dict[str, Outcome]:
    """Refusals for those of the records that do not have the expected version any more, or are gone."""
    refused: dict[str, Outcome] = {}
    for each in writes:
        if each.id not in found:
            refused[each.id] = Stale("The record was deleted in Salesforce.")
        elif each.version is not None and each.version != found[each.id][1]:
            refused[each.id] = Stale("The record was changed in Salesforce meanwhile.")
    return refused
