"""docs/operate.md is compared with the template, the admin API and the models of AWS's own tools."""

import json
import re
import shlex
import subprocess
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

from tests.infra.sam_template import PROJECT, Template
from tests.stage import door
from timebridge.runs import COUNTS

# The pinned SAM translator calls what it has itself deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:samtranslator")

PACKAGE = PROJECT / "layers" / "timebridge" / "timebridge"
PAGE = (PROJECT / "docs" / "operate.md").read_text()


def test_outputs_resources_and_parameters_are_those_of_the_template(template: Template) -> None:
    for name in re.findall(r"\$\(output (\w+)\)|`output (\w+)`", PAGE):
        assert "".join(name) in template.written["Outputs"], name
    for name in re.findall(r"\$\(resource (\w+)\)", PAGE):
        assert name in template.resources, name
    section = PAGE.partition("| parameter |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([A-Z]\w+)`", re.sub(r"\|[^|]*\|$", "", section, flags=re.M))) == set(
        template.written["Parameters"]
    )


def test_every_alarm_is_explained_and_no_other(template: Template) -> None:
    alarms = template.of_type("AWS::CloudWatch::Alarm")

    assert set(re.findall(r"`(\w+(?:Errors|Alarm))`", PAGE)) == set(alarms)
    assert f"({len(alarms)} alarms," in PAGE


def test_resources_that_are_named_exist(template: Template) -> None:
    for name in re.findall(r"`([A-Z]\w+(?:Queue|Bucket|Function|Topic|Secret|Mapping))`", PAGE):
        assert name in template.resources, name


def test_log_groups_are_those_of_the_template(template: Template) -> None:
    groups = {group["LogGroupName"]["Fn::Sub"] for group in template.of_type("AWS::Logs::LogGroup").values()}
    names = {group.rpartition("/")[2] for group in groups}
    section = PAGE.partition("One log group per function:")[2].partition(" with a line")[0]

    assert set(re.findall(r"(\w+)`", section)) == names
    assert set(re.findall(r'"/\$STACK/(\w+)"', PAGE)) <= names


def counted() -> set[str]:
    """What the code counts in CloudWatch."""
    sources = [*PACKAGE.rglob("*.py"), *(PROJECT / "functions").glob("*.py")]
    named = {name for source in sources for name in re.findall(r'\bcount\("([A-Z]\w+)"', source.read_text())}
    return named | {f"Records_{name}" for name in COUNTS if name not in ("seen", "calls")}


def test_every_metric_is_explained_and_no_other() -> None:
    section = PAGE.partition("| metric |")[2].partition("\n\n")[0]
    cells = [line.split("|")[1] for line in section.splitlines()[2:]]

    assert {name for cell in cells for name in re.findall(r"`(\w+)`", cell)} == counted()


BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_shell_can_read_every_block() -> None:
    subprocess.run(["bash", "-n"], input="".join(BLOCKS), text=True, check=True)


def commands() -> list[list[str]]:
    """The calls of `aws` and `tb` in its shell blocks, also those inside of others."""
    lines = [re.sub(r'"?\$\((?:output|resource) \w+\)"?', "X", line) for line in "".join(BLOCKS).splitlines()]
    found = [call for line in lines for call in re.findall(r"(?:^|\$\(|\{ )((?:aws|tb) .*?)(?=; \}|\)$|$)", line)]
    return [shlex.split(call, comments=True) for call in found]


COMMANDS = commands()


def calls_of_the_api() -> list[list[str]]:
    return [words for words in COMMANDS if words[0] == "tb"]


def test_the_page_shows_calls_and_commands() -> None:
    assert len(calls_of_the_api()) > 15
    assert len([words for words in COMMANDS if words[0] == "aws"]) > 15


@pytest.mark.parametrize("words", calls_of_the_api(), ids=lambda words: " ".join(words[1:3]))
def test_every_call_of_the_api_meets_a_route(words: list[str]) -> None:
    _, method, path, *body = words
    app = door("admin_api").app
    routes = [(route.method, route.openapi_path) for route in [*app._static_routes, *app._dynamic_routes]]
    given = f"/v1/{path.partition('?')[0]}"

    assert any(
        method == verb and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), given) for verb, template in routes
    )
    assert not body or isinstance(json.loads(body[0]), dict)


OF_THE_CLI_ITSELF = {("logs", "tail"): {"since", "follow", "filter-pattern"}}
EVERYWHERE = {"query", "output", "cli-binary-format"}


@cache
def operation(service: str, name: str) -> set[str]:
    """The options of an operation, from the model that the AWS CLI is made of. Raises KeyError when there is none."""
    if (service, name) in OF_THE_CLI_ITSELF:
        return OF_THE_CLI_ITSELF[service, name]
    model = botocore.session.get_session().get_service_model(service)
    known = {xform_name(each, "-"): each for each in model.operation_names}
    members: dict[str, Any] = model.operation_model(known[name]).input_shape.members
    flags = {xform_name(member, "-") for member in members}
    return flags | {f"no-{flag}" for flag in flags}


@pytest.mark.parametrize(
    "words", [words for words in COMMANDS if words[0] == "aws"], ids=lambda words: " ".join(words[1:3])
)
def test_every_command_of_aws_exists_with_its_options(words: list[str]) -> None:
    _, service, name, *rest = words
    options = {word.removeprefix("--") for word in rest if word.startswith("--")}

    assert options <= operation(service, name) | EVERYWHERE


def test_callbacks_and_webhooks_are_routes_of_the_template(template: Template) -> None:
    events = [event for function in template.functions.values() for event in function.get("Events", {}).values()]
    paths = [event["Properties"]["Path"] for event in events if event["Type"] == "HttpApi"]
    for page in (PAGE, (PROJECT / "docs" / "add.md").read_text()):
        for given in re.findall(r"`<PublicUrl>(/[^`]+)`", page):
            assert any(re.fullmatch(re.sub(r"\{[\w+]+\}", "[^/]+", path), given) for path in paths), given
