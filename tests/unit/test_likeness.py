"""How alike two records are: measured on a thousand labelled pairs, and the rules one by one."""

from collections import Counter

import pytest

from tests.unit.firms import APART, WRITTEN, Labelled, pairs
from timebridge.flows import ABSENT, Confirm
from timebridge.likeness import LIKELY, SURE, blocks, distance, likeness, name_of, starts
from timebridge.matching import decided, groups, scores
from timebridge.records import Values

LABELLED = pairs()


def score(pair: Labelled) -> int:
    return likeness(pair.one, pair.other).score


def is_found(pair: Labelled) -> bool:
    """A search for one by its beginnings comes upon the other, and the two share a block."""
    stored = " ".join(str(pair.other["name"]).casefold().split())
    met = any(stored.startswith(start) for start in starts(pair.one["name"]))
    return met and bool(blocks(pair.one["name"]) & blocks(pair.other["name"])) and score(pair) >= LIKELY


def test_nothing_is_paired_without_asking_that_is_not_the_same() -> None:
    """Precision at auto-accept of at least 99 %."""
    paired = [pair for pair in LABELLED if score(pair) >= SURE]

    assert len(paired) > 150
    wrong = [pair for pair in paired if not pair.same]
    assert len(wrong) <= 0.01 * len(paired), Counter(pair.how for pair in wrong)


def test_nearly_everything_that_is_the_same_is_paired_or_asked_about() -> None:
    """Recall with suggestions of at least 95 %, blocking and search included."""
    same = [pair for pair in LABELLED if pair.same]

    missed = [pair for pair in same if not is_found(pair)]
    assert len(missed) <= 0.05 * len(same), Counter(pair.how for pair in missed)


def test_people_are_not_asked_about_what_is_plainly_different() -> None:
    plain = [pair for pair in LABELLED if pair.how in ("another trade", "another owner", "the same house")]

    assert sum(score(pair) >= LIKELY for pair in plain) <= 0.02 * len(plain)


def test_the_labelled_set_holds_every_sort_of_pair() -> None:
    assert len(LABELLED) == 1_000
    assert set(Counter(pair.how for pair in LABELLED)) == {*WRITTEN, *APART}


@pytest.mark.parametrize(
    ("one", "other", "least", "most", "reason"),
    [
        ("Acme Ltd", "acme  LTD", 100, 100, "same name"),
        ("Acme Ltd.", "ACME, Limited", 100, 100, "same name but for the punctuation"),
        ("O'Hara & Sons", "OHara and Sons", 100, 100, "same name but for the punctuation"),
        ("Müller Bau", "Mueller Bau", 100, 100, "same name but for the punctuation"),
        ("The Fox", "Fox", 100, 100, "same name but for the punctuation"),
        ("Acme", "Acme GmbH", 85, 94, "same name but for the legal form"),
        ("Acme Ltd", "Acme GmbH", 75, 90, "same name with another legal form"),
        ("Northwind Traders", "Northwind Tradres", 85, 94, "nearly the same name"),
        ("Blue Water", "Bluewater", 85, 94, "same name but for the spaces"),
        ("Beck Anna", "Anna Beck", 75, 94, "same words in another order"),
        ("Acme Group", "Acme", 75, 90, "same name but for “group”"),
    ],
)
def test_names_that_may_be_the_same_say_why(one: str, other: str, least: int, most: int, reason: str) -> None:
    found = likeness({"name": one}, {"name": other})

    assert least <= found.score <= most
    assert found.reasons == (reason,)
    assert likeness({"name": other}, {"name": one}) == found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Client 1", "Client 2"),
        ("Phase 10", "Phase 1"),
        ("Acme East", "Acme West"),
        ("Acme Foods", "Acme Tools"),
        ("IBM", "ICM"),
        ("Group", "Holding"),
        ("", "Acme"),
        (None, "Acme"),
    ],
)
def test_names_that_tell_records_apart_are_not_alike(one: str | None, other: str) -> None:
    assert likeness({"name": one}, {"name": other}).score == 0


def test_agreeing_details_make_a_likely_name_sure_and_contradicting_ones_do_not() -> None:
    name = {"name": "Northwind Traders"}, {"name": "Northwind Tradres"}
    phone = likeness({**name[0], "phone": "+43 (1) 555 01 00"}, {**name[1], "phone": "0043-1-5550100"})
    apart = likeness({**name[0], "phone": "5550100", "email": "a@x.example"}, {**name[1], "phone": "5550199"})

    assert phone.score >= SURE
    assert phone.reasons == ("nearly the same name", "same phone number")
    assert LIKELY <= apart.score < SURE
    assert apart.reasons == ("nearly the same name", "other phone number")


def test_a_free_mail_domain_says_nothing() -> None:
    one, other = ({"name": "Elm Works", "email": f"{who}@gmail.com"} for who in ("a", "b"))

    assert likeness(one, other).reasons == ("same name", "other e-mail address")


def test_records_of_different_parents_are_not_the_same_and_unknown_parents_say_nothing() -> None:
    def alike(mine: str | None, hers: str | None) -> int:
        return likeness({"name": "Web", "client": mine}, {"name": "Web", "client": hers}, refs=["client"]).score

    assert (alike("c1", "c2"), alike("c1", "c1"), alike("c1", ABSENT), alike(None, "c1")) == (0, 100, 100, 100)


def test_a_name_of_legal_forms_alone_is_still_a_name() -> None:
    assert name_of("AG").words == ("ag",)
    assert name_of("!!!").words == ("!!!",)
    assert (starts(None), blocks(None)) == (set(), set())


@pytest.mark.parametrize(
    ("one", "other", "most", "expected"),
    [("abcd", "abdc", 2, 1), ("abcd", "abc", 1, 1), ("abcd", "wxyz", 2, 3), ("abcd", "abcdefg", 2, 3), ("", "a", 1, 1)],
)
def test_letters_that_differ_are_counted_as_far_as_it_matters(one: str, other: str, most: int, expected: int) -> None:
    assert distance(one, other, most) == expected


# --- many records ----------------------------------------------------------------------------------------------------


def test_no_record_is_the_counterpart_of_two() -> None:
    among = {"c1": {"name": "Acme"}}
    found = scores({"t1": {"name": "Acme"}, "t2": {"name": "ACME"}}, among, "name", (), Confirm.LIKELY)

    matches = decided(found, Confirm.LIKELY, lambda id: str(among[id]["name"]))

    assert list(matches.sure.values()) == ["c1"]
    assert matches.asked == {}


def test_a_field_that_is_no_name_matches_exactly_or_not_at_all() -> None:
    strangers = {"t1": {"email": "Kim@acme.example"}, "t2": {"email": "kim@acme.exmaple"}, "t3": {"email": None}}
    found = scores(strangers, {"s1": {"email": "kim@acme.example"}, "s2": {}}, "email", (), Confirm.LIKELY)

    assert {id: [other for other, _ in some] for id, some in found.items()} == {"t1": ["s1"]}


def test_doubles_of_one_side_are_grouped_whatever_the_size_of_a_block() -> None:
    crowd = {f"n{number}": {"name": f"Consulting Firm {number}"} for number in range(600)}
    planted = {"a": {"name": "Consulting Firm 17"}, "b": {"name": "Aalto"}, "c": {"name": "Aallto"}}

    found = groups({**crowd, **planted})

    assert [group.ids for group in found] == [("a", "n17"), ("b", "c")]
    assert [group.score for group in found] == [100, 90]


@pytest.mark.parametrize("confirm", list(Confirm))
def test_records_of_one_name_that_belong_to_different_ones_are_not_the_same(confirm: Confirm) -> None:
    mine: dict[str, Values] = {"p1": {"name": "Website", "client": "c1"}}
    hers: dict[str, Values] = {"7": {"name": "Website", "client": "c2"}, "8": {"name": "Website", "client": "c1"}}

    assert [other for other, _ in scores(mine, hers, "name", ["client"], confirm)["p1"]] == ["8"]
    assert scores(mine, {"7": hers["7"]}, "name", ["client"], confirm) == {}
