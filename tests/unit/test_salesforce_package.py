"""What the answers of an org mean for the package, and what is made for a tenant."""

from io import BytesIO
from zipfile import ZipFile

import pytest

from timebridge.providers import guides
from timebridge.providers.quickbooks_online import guide as quickbooks
from timebridge.providers.salesforce import package
from timebridge.providers.salesforce.package import State, deployment, guide, judged
from timebridge.providers.salesforce.schema import FieldFacts, ObjectFacts

EVERY_PART = [
    *(name for name in package.parts() if name.endswith("__c")),
    *(f"{name}.{field}" for name, fields in package.parts().items() if name[-3:] != "__c" for field in fields),
]


@pytest.mark.parametrize(
    ("version", "lacking", "state"),
    [
        (package.VERSION, [], State.CURRENT),
        (None, [], State.CURRENT),
        ("1.10.0", [], State.CURRENT),
        ("0.10.0", [], State.OLDER),
        ("0.9.9", ["TB_Invoice__c"], State.OLDER),
        ("beta", [], State.OLDER),
        (package.VERSION, ["TB_Invoice__c"], State.HIDDEN),
        (None, ["TB_Invoice__c"], State.HIDDEN),
        (package.VERSION, EVERY_PART, State.HIDDEN),
        (None, EVERY_PART, State.MISSING),
    ],
)
def test_version_and_parts_decide_together(version: str | None, lacking: list[str], state: State) -> None:
    found = judged(version, lacking)

    assert found.state is state
    assert (found.reason is None) == (found.remedy is None) == (state is State.CURRENT)


def field(name: str, writable: bool) -> FieldFacts:
    return FieldFacts(name, name, "string", 80, writable, writable, False, False, False)


def test_a_field_that_our_user_may_only_read_counts_as_hidden() -> None:
    names = package.parts()["Account"]
    fields = {name: field(name, writable=name != "TB_External_Id__c") for name in names}
    account = ObjectFacts("Account", "Account", True, True, True, True, fields)

    assert package.gone("Account", account) == ["Account.TB_External_Id__c"]
    assert package.gone("TB_Invoice__c", None) == ["TB_Invoice__c"]


def test_the_same_content_is_the_same_archive() -> None:
    files = deployment.notice_files("https://x.example/1", "sync@acme.example")

    assert deployment.archive(files) == deployment.archive(dict(files))
    with ZipFile(BytesIO(deployment.archive(files))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == list(files)


def test_what_others_chose_stays_text_in_the_notices() -> None:
    files = deployment.notice_files("https://x.example/<evil>?a=1&b=2", 'a"<b>@acme.example')

    message = files["messages/main/default/workflows/Case.workflow-meta.xml"]
    assert "<endpointUrl>https://x.example/&lt;evil&gt;?a=1&amp;b=2</endpointUrl>" in message
    assert "<b>" not in message


def test_without_a_user_to_leave_out_a_flow_has_no_condition() -> None:
    files = deployment.notice_files("https://x.example/1", "sync@acme.example", skip_own=False)

    assert "filterFormula" not in files["flows/main/default/flows/TB_Case_Changed.flow-meta.xml"]


def test_names_of_an_app_fit_what_salesforce_takes() -> None:
    values = guide.Values(
        "a", "Ö & Søn | `x` " + "long " * 30, "c", "https://x.example", "a@b.example", "https://l.example"
    )

    assert len(values.app_name) <= 80
    assert not {"|", "`"} & set(values.app_name)
    assert values.api_name.replace("_", "").isascii()
    assert "__" not in values.api_name


@pytest.mark.parametrize("text", [guide.markdown(guide.EXAMPLE), quickbooks.markdown(quickbooks.EXAMPLE)])
def test_the_steps_of_a_guide_hold_all_of_it(text: str) -> None:
    steps = guides.steps(text)

    assert [step["title"][:2] for step in steps] == [f"{number}." for number in range(1, len(steps) + 1)]
    words = " ".join(word for step in steps for paragraph in step["text"] for word in paragraph.split())
    assert "```" not in words
    assert "|---" not in words
    commands = [command for step in steps for command in step["commands"]]
    assert text.count("\ncurl ") + text.count("\nsf ") + text.count("\n(cd ") + text.count("\nunzip ") == len(commands)
