import json

import pytest
from samcli.yamlhelper import yaml_parse

from tests.infra.sam_template import PROJECT, Json, Template, translate


@pytest.fixture(scope="session")
def template() -> Template:
    written = yaml_parse((PROJECT / "template.yaml").read_text())
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        return Template(written, translate(written))


@pytest.fixture(scope="session")
def state_machine() -> Json:
    definition: Json = json.loads((PROJECT / "statemachines" / "initial_sync.asl.json").read_text())
    return definition
