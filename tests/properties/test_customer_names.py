"""Whatever clients are called, and whoever else has the name: each is one customer, and both sides come to rest.

The road, the merge and the links are the real ones; QuickBooks is the sandbox over HTTP, which refuses what it refuses.
"""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sandbox.quickbooks import Limits, QuickBooks
from tests.contract.connected_quickbooks_online import Bookkeeper, Road, connect, side_of
from timebridge.choices import overlaid
from timebridge.errors import Transient
from timebridge.flows import Flows
from timebridge.links import Link, State
from timebridge.providers.quickbooks_online.customers import CUSTOMER
from timebridge.providers.quickbooks_online.flows import flows
from timebridge.providers.quickbooks_online.names import NAME
from timebridge.providers.quickbooks_online.side import QuickBooksOnline
from timebridge.pull import OVERLAP, pull
from timebridge.questions import answers

ROUNDS = 12

LETTERS = st.sampled_from([*"aA:.- \t\n'\\%,()C2", "é", "ß", "\N{ROCKET}", "\U00020bb7", "\u200b", "\x07"])
NAMES = st.builds(
    lambda text, times: (text * times)[:500].strip(),
    st.text(LETTERS, min_size=1, max_size=8),
    st.sampled_from([1, 1, 1, 90]),
).filter(bool)
ANY = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).map(str.strip).filter(bool)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[QuickBooks]:
    with QuickBooks("empty", limits=Limits(enabled=False)) as running:
        yield running


class Town:
    """A connection on which only clients travel."""

    def __init__(self, sandbox: QuickBooks, side: QuickBooksOnline, seed: int) -> None:
        self.books = Bookkeeper(sandbox, realm=next(iter(sandbox.companies)))
        kept = CUSTOMER.name, "quickbooks_online.term", "quickbooks_online.payment_method"
        off = {flow.name: {"off": True} for flow in flows({}) if flow.name not in kept}
        self.road = Road(side, flows=Flows(overlaid(flows({}), off)), now=sandbox.clock.now)
        self.road.ours.now = sandbox.clock.now
        self.seed = seed

    def client(self, number: int, name: str) -> None:
        self.road.ours.put("client", {"name": name, "phone": f"555 {number:04}"}, f"cli_{self.seed}_{number}")

    def round(self) -> int:
        """A pull, repeated until no answer is lost. Returns how much was written."""
        self.books.sandbox.clock.advance(2)
        while True:
            try:
                tally = pull(self.road, self.road.cursors)
            except Transient:
                continue
            self.books.sandbox.clock.advance(2 * OVERLAP.total_seconds())
            return tally.written

    def rests(self) -> None:
        """Until nothing is written any more; what is asked is answered: it is another client."""
        for _ in range(ROUNDS):
            waiting = [link for link in self.links() if link.question]
            for link in waiting:
                answers.create(self.road.links, CUSTOMER, link, self.road.now())
            if self.round() == 0 and not waiting:
                return
        raise AssertionError("The two sides do not come to rest.")

    def links(self) -> list[Link]:
        return self.road.links.find(CUSTOMER.name, ours=[*self.road.ours.there("client")])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    clients=st.lists(NAMES | ANY, min_size=1, max_size=5),
    vendors=st.sets(st.integers(0, 4), max_size=2),
    renamed=st.dictionaries(st.integers(0, 4), NAMES | ANY, max_size=2),
    lost=st.booleans(),
    forgetful=st.booleans(),
    seed=st.integers(0, 10**6),
)
@example(clients=["a:", "a-", "A -"], vendors={0}, renamed={0: "a-", 2: "a (C)"}, lost=True, forgetful=False, seed=1)
@example(clients=["x" * 500, "x" * 499 + "y", "X" * 500], vendors={0, 1}, renamed={}, lost=True, forgetful=True, seed=2)
def test_arbitrary_names_converge_and_no_client_is_two_customers(
    sandbox: QuickBooks,
    clients: list[str],
    vendors: set[int],
    renamed: dict[int, str],
    lost: bool,
    forgetful: bool,
    seed: int,
) -> None:
    """`lost`: answers are, at times; `forgetful`: Intuit does not know a repeated request again."""
    sandbox.reset()
    side = side_of(*connect(sandbox))
    with side.client.session:
        town = Town(sandbox, side, seed)
        taken = {str(NAME.outgoing(clients[number])) for number in vendors if number < len(clients)}
        for name in {each.casefold(): each for each in taken}.values():
            town.books.create("Vendor", DisplayName=name)
        town.round()
        town.books.control("switches", {"ignore_requestid": forgetful})
        if lost:
            town.books.fail("/batch", kind="drop_after_commit", rate=0.3)
        for number, name in enumerate(clients):
            town.client(number, name)
        town.rests()
        wanted = {**dict(enumerate(clients)), **{n: name for n, name in renamed.items() if n < len(clients)}}
        for number, name in renamed.items():
            if number < len(clients):
                town.client(number, name)
        town.rests()

        found = town.road.ours.there("client")
        assert {id: record.values["name"] for id, record in found.items()} == {
            f"cli_{seed}_{number}": name for number, name in wanted.items()
        }
        links = town.links()
        assert {link.state for link in links} == {State.LIVE}
        customers = {each["Id"]: each for each in town.books.find("Customer")}
        assert sorted(customers) == sorted(str(link.theirs) for link in links)
        phones = {link.theirs: found[link.ours].values["phone"] for link in links}
        assert {id: each["PrimaryPhone"]["FreeFormNumber"] for id, each in customers.items()} == phones
        assert town.round() == 0
