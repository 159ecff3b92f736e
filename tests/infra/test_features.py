"""Every capability is proven by a test that carries its row, and the page that lists them is the newest."""

from tests.features.table import PAGE, features, page, proofs

ROWS = {row for rows in features().values() for row in rows}


def test_every_row_is_proven_by_a_test() -> None:
    assert sorted(ROWS - set(proofs())) == []


def test_every_row_that_a_test_names_is_one_of_ours() -> None:
    assert sorted(set(proofs()) - ROWS) == []


def test_the_page_is_what_the_tests_say() -> None:
    assert PAGE.read_text() == page(features(), proofs()), "run `make pages`"
