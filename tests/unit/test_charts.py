from timebridge.converters import MONEY, TEXT, UNCHANGED, choice, table, text
from timebridge.flows import Direction, Flow, Lines, Winner, either, field, lines, maybe, ref
from timebridge.mapping.charts import chart, to_markdown

FLOW = Flow(
    "books.invoice",
    "invoice",
    "Invoice",
    (
        field("number", "DocNumber"),
        field("amount", "TotalAmt", MONEY, Direction.IN),
        field("memo", "Memo", text(20), Direction.OUT),
        field("status", "State", table({"draft": "Open", "void": UNCHANGED, None: "None"}, {"Open": "draft"})),
        field("billable", "Billable", choice({"Yes": True, "No": False})),
        field("street", ("Line1", "Line2"), TEXT),
        ref("client", "CustomerRef.value", parent="books.customer"),
        maybe("class", "ClassRef.value", parent="books.class"),
        either("customer", "OtherRef.value", "books.job", "books.customer"),
        lines("lines", "Line", Lines({"item": "books.item"}, dict)),
    ),
    winner=Winner.NOBODY,
)


def test_each_line_says_how_it_travels_and_who_wins() -> None:
    rows = {row.ours: row for row in chart([FLOW])}

    assert [row.ours for row in chart([FLOW])] == [each.ours for each in FLOW.fields]
    assert (rows["number"].direction, rows["number"].winner, rows["number"].note) == ("both", "nobody", "")
    assert (rows["amount"].winner, rows["memo"].winner) == (Winner.THEIRS, Winner.OURS)
    assert rows["street"].theirs == "Line1, Line2"


def test_each_line_says_how_its_value_reads() -> None:
    notes = {row.ours: row.note for row in chart([FLOW])}

    assert notes["memo"] == "cut to 20 characters over there"
    assert notes["billable"] == "Yes is yes; No is no"
    assert notes["status"] == "draft is written as Open, empty is written as None; Open is read as draft"
    assert notes["client"] == "refers to what is linked as customer"
    assert notes["class"] == "refers to what is linked as class; left out where it is not there"
    assert notes["customer"] == "refers to what is linked as job or customer"
    assert notes["lines"] == "refers to what is linked as item; the lines of the document"


def test_a_page_has_a_section_for_each_flow() -> None:
    bare = Flow("books.time", "time_entry", "TimeActivity", ())
    page = to_markdown([FLOW, bare], level=3)

    assert "### Invoice and Invoice (books.invoice)" in page
    assert "| Amount | `TotalAmt` | comes in | theirs | rounded to two places |" in page
    assert page.count("| Here | There |") == 1
    assert "Time entry is kept in step with the provider's TimeActivity." in page
