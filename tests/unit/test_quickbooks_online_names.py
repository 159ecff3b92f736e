"""How names and texts of ours read in QuickBooks, and what of theirs is still ours."""

import pytest

from timebridge.converters import UNCHANGED
from timebridge.flows import Field
from timebridge.providers.quickbooks_online.converters import STREET
from timebridge.providers.quickbooks_online.names import LONGEST, NAME, TAILS, fitted, others, tailed
from timebridge.providers.quickbooks_online.texts import CURRENCY, EMAIL, SITE, part, plain, prose

LINE = Field("name", ("DisplayName",), NAME)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Aalto", "Aalto"),
        ("Aalto: Partners", "Aalto - Partners"),
        ("a:b", "a-b"),
        (":", "-"),
        ("Two\tTabs \n and a line", "Two Tabs and a line"),
        ("Rockets \N{ROCKET}", "Rockets"),
        ("\N{ROCKET}", "?"),
        ("\U00020bb7野家", "?野家"),
        ("lone \ud83d half", "lone half"),
        (None, None),
    ],
)
def test_a_name_is_said_without_what_quickbooks_refuses_and_comes_back_as_ours(
    ours: str | None, theirs: str | None
) -> None:
    assert NAME.outgoing(ours) == theirs
    assert LINE.familiar(theirs, ours) == ours


def test_names_that_are_too_long_keep_apart() -> None:
    long = ["x" * LONGEST + end for end in ("", "y", "z")]
    cut = [str(NAME.outgoing(name)) for name in long]
    assert [len(name) for name in cut] == [LONGEST] * 3
    assert len({*cut}) == 3
    assert fitted("x" * LONGEST) == "x" * LONGEST


def test_a_tail_tells_a_customer_from_whoever_has_the_name_and_stays_there() -> None:
    assert list(others("Pens"))[:2] == ["Pens (C)", "Pens (C2)"]
    for name in ("Pens", "Aalto: Partners", "x" * LONGEST):
        for tail in TAILS:
            theirs = tailed(str(NAME.outgoing(name)), tail)
            assert len(theirs) <= LONGEST
            assert LINE.familiar(theirs, name) == name


@pytest.mark.parametrize("theirs", ["Pens Ltd", "pens", "Pens (D)", "Pens (C10)", "Pencils (C)", None])
def test_what_people_made_of_a_name_is_news(theirs: str | None) -> None:
    assert LINE.familiar(theirs, "Pens", None) == theirs


def test_the_mark_of_an_inactive_record_is_no_part_of_its_name() -> None:
    assert [NAME.incoming(each) for each in ("Pens (deleted)", "Pens (deleted-2)", " Pens ", "", None)] == [
        *["Pens"] * 3,
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("office@aalto.example", "office@aalto.example"),
        (None, None),
        ("somebody@localhost", UNCHANGED),
        ("two@aalto.example,three@aalto.example", UNCHANGED),
        ("not@good..example", UNCHANGED),
        (f"{'x' * 90}@aalto.example", UNCHANGED),
        ("rocket\N{ROCKET}@aalto.example", UNCHANGED),
    ],
)
def test_only_addresses_go_out(ours: str | None, theirs: str | None) -> None:
    assert EMAIL.outgoing(ours) == theirs


def test_the_first_address_comes_in_and_what_is_none_changes_nothing() -> None:
    assert EMAIL.incoming("office@aalto.example, boss@aalto.example") == "office@aalto.example"
    assert [EMAIL.incoming(each) for each in (None, "", "a.b@c")] == [None, None, UNCHANGED]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("aalto.example", "http://aalto.example"),
        ("https://aalto.example/a b", "https://aalto.example/a%20b"),
        ("HTTP://AALTO.EXAMPLE", "HTTP://AALTO.EXAMPLE"),
        ("localhost:8080", "http://localhost:8080"),
        ("ftp://aalto.example", UNCHANGED),
        ("x" * 1000, UNCHANGED),
        (None, None),
    ],
)
def test_a_website_begins_with_http(ours: str | None, theirs: str | None) -> None:
    assert SITE.outgoing(ours) == theirs
    if theirs not in (None, UNCHANGED):
        assert Field("website", ("WebAddr.URI",), SITE).familiar(theirs, ours) == ours


def test_texts_are_cut_and_what_cannot_be_said_is_left() -> None:
    assert plain(5).outgoing("one\ttwo") == "one t"
    assert part(16).outgoing("Dr.: Dr.") == "Dr. Dr."
    assert prose(20).outgoing("one\ntwo \N{ROCKET}") == "one\ntwo"
    for converter in (plain(5), part(5), prose(5)):
        assert [converter.outgoing(each) for each in (None, "\N{ROCKET}")] == [None, UNCHANGED]
        assert [converter.incoming(each) for each in (None, "  ", " a ")] == [None, None, "a"]


def test_only_codes_of_currencies_go_out() -> None:
    assert [CURRENCY.outgoing(each) for each in ("eur", "EUR", "€", None)] == ["EUR", "EUR", UNCHANGED, UNCHANGED]
    assert Field("currency", ("CurrencyRef.value",), CURRENCY).familiar("EUR", "eur") == "eur"


def test_a_street_leaves_out_what_cannot_be_said() -> None:
    assert STREET.outgoing("\N{ROCKET}") == UNCHANGED
    assert STREET.outgoing("1 High \N{ROCKET}\n" + "x" * 600) == ("1 High", "x" * 500, None, None, None)
