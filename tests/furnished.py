"""A tenant that holds one of everything there is to be shown, with one word in every text of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.pool import sign_up
from timebridge.changes import Where
from timebridge.links import Conflict, Link, Problem, Question, State
from timebridge.records import Candidate
from timebridge.runs import RunStatus
from timebridge.store.audit import Audit
from timebridge.store.links import DynamoLinks
from timebridge.store.people import People
from timebridge.store.records import Workspace
from timebridge.store.runs import Runs
from timebridge.store.tenants import Connections, Tenants
from timebridge.tenants import Connection, Provider, Status, Tenant

ACCOUNTS = "salesforce.account"
DAY, WEEK = "2026-11-20", "2026-11-16"


@dataclass(frozen=True)
class Furnished:
    """`ids`: by the name of the parameter in a path. `records`: by kind, in the plural."""

    ids: dict[str, str]
    records: dict[str, str]


def furnish(tenant: str, word: str) -> Furnished:
    Tenants().save(Tenant(tenant, word, "Europe/Vienna"))
    records, connection = _records(tenant, word), _connections(tenant, word)
    run = Runs(tenant, connection).start("pull", word)
    Runs(tenant, connection).finish(run.id, RunStatus.STOPPED, reason=word)
    _links(tenant, connection, records, word)
    Audit(tenant).write(word, "client.update", records["clients"], {"note": word}, {"name": word}, {"name": f"{word}!"})
    address = f"somebody@{tenant}.example"
    user = sign_up(address, tenant, "viewer", name=word)
    People(tenant).seen(user, address, ["viewer"], word)
    return Furnished(
        {
            "connection": connection,
            "run": run.id,
            "flow": ACCOUNTS,
            "ours": records["clients"],
            "user": user,
            "entry": records["time-entries"],
            "expense": records["expenses"],
            "staff": records["staff"],
            "report": "rep_1",
            "week": WEEK,
            "day": DAY,
            "type": "time",
            "number": "1",
            "others": "projects",
            "name": "client",
            "act": "pause",
            "verb": "preview",
            "move": "approve",
            "customer": "58",
        },
        records,
    )


def _records(tenant: str, word: str) -> dict[str, str]:
    space = Workspace(tenant, word)
    client = space.create("client", {"name": word, "phone": word[:30], "website": "javascript:alert(1)"}).id
    twin = space.create("client", {"name": word}).id
    project = space.create("project", {"name": word, "client": client}).id
    staff = space.create("staff", {"name": word, "email": "ada@acme.example"}).id
    task = space.create("task", {"name": word, "project": project}).id
    spent = {"project": project, "staff": staff, "work_date": DAY, "notes": word}
    entry = space.create("time_entry", {**spent, "hours": 2}).id
    expense = space.create(
        "expense", {**{name: spent[name] for name in ("project", "staff", "notes")}, "date": DAY, "amount": 12}
    ).id
    kinds = {"clients": client, "projects": project, "staff": staff, "tasks": task}
    return kinds | {"time-entries": entry, "expenses": expense, "twin": twin}


def _connections(tenant: str, word: str) -> str:
    for provider in (Provider.SALESFORCE, Provider.QUICKBOOKS_ONLINE):
        texts = {"account_name": word, "owner": word, "reason": word, "remedy": word, "webhook_secret": word}
        where = {"account": f"{provider}-{tenant}", "base_url": "https://there.example"}
        Connections().save(Connection(f"{provider}-{tenant}", tenant, provider, Status.LIVE, **texts, **where))
    return f"{Provider.SALESFORCE}-{tenant}"


def _links(tenant: str, connection: str, records: dict[str, str], word: str) -> None:
    now = datetime.now(UTC)
    problem = Problem(word, word, word, 2, now + timedelta(minutes=9), trouble="format", since=now, about=word)
    clash = Conflict("name", f"{word}0", f"{word}1", f"{word}2")
    asked = Question(Where.THEIRS, (Candidate("001000000000003AAA", word, 80, (word,)),), word)
    DynamoLinks(tenant, connection).save(
        [
            Link(ACCOUNTS, records["clients"], word, State.LIVE, {"name": word}, conflicts=(clash,)),
            Link(ACCOUNTS, records["twin"], None, State.PARKED, None, problem=problem, question=asked),
            Link("salesforce.opportunity", records["projects"], f"{word}9", State.PARKED, {}, problem=problem),
        ]
    )
