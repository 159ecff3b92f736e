"""`make invoke`: one function, one event, the real runtime client, no Docker."""

from pathlib import Path

import pytest

from sandbox.aws import LocalAws, build
from sandbox.aws.stack import client
from sandbox.invoke import failed, invoke

PROBE = Path(__file__).parent / "probe"


# The SAM CLI, pinned, uses deprecated parts of the SAM translator.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:samcli"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:samtranslator"),
]


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    build(PROBE)


def test_a_function_answers_with_its_layers_and_the_variables_of_the_template() -> None:
    answer = invoke("echo", {"a": 1}, PROBE)
    assert answer["event"] == {"a": 1}
    assert answer["greeting"] == "hello layer"
    assert answer["environment"]["COLOUR"] == "green"
    assert answer["environment"]["LAMBDA_TASK_ROOT"].endswith("/Echo")
    assert not failed(answer)


def test_a_failure_is_told_as_on_aws() -> None:
    answer = invoke("failing", {"case": "x", "reject": True}, PROBE)
    assert failed(answer)
    assert answer["errorType"] == "Rejected"


def test_a_dependency_missing_from_the_layers_is_noticed() -> None:
    assert invoke("missing_dependency", {}, PROBE)["errorType"] == "Runtime.ImportModuleError"


def test_with_a_stack_deployed_the_function_works_on_its_tables(
    aws: LocalAws, probe: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = probe["Table"]
    for name in aws.environment():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.endpoint_url)
    assert not failed(invoke("denied", {"write": True}, PROBE, stack="probe"))
    assert client(aws, "dynamodb").get_item(TableName=table, Key={"pk": {"S": "x"}})["Item"]
    client(aws, "dynamodb").delete_item(TableName=table, Key={"pk": {"S": "x"}})


def test_an_unknown_function_is_answered_with_the_known_ones() -> None:
    with pytest.raises(SystemExit, match="denied, echo, edits, failing"):
        invoke("nothing", {}, PROBE)
