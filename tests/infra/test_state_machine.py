"""The initial sync as a state machine: what it calls, retries and catches."""

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.infra.sam_template import PROJECT, Json, Template

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:samtranslator")
ERRORS = PROJECT / "layers" / "timebridge" / "timebridge" / "errors.py"
OF_AWS = ("States.", "Lambda.", "Sandbox.")


def states(definition: Json) -> Iterator[tuple[str, Json]]:
    for name, state in definition["States"].items():
        yield name, state
        if "ItemProcessor" in state:
            yield from states(state["ItemProcessor"])


def tasks(definition: Json) -> dict[str, Json]:
    return {name: state for name, state in states(definition) if state["Type"] == "Task"}


def classes(source: str) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)}


def test_every_substitution_is_given_and_used(state_machine: Json, template: Template) -> None:
    used = set(re.findall(r"\$\{(\w+)\}", json.dumps(state_machine)))
    assert used == set(template.resources["InitialSyncStateMachine"]["Properties"]["DefinitionSubstitutions"])


def test_a_state_is_named_after_its_step(state_machine: Json) -> None:
    for name, state in tasks(state_machine).items():
        assert state["Parameters"]["step"] == name.lower()
        assert state["Resource"] == "${InitialSyncFunctionArn}"


def test_every_step_knows_whose_sync_it_is(state_machine: Json) -> None:
    for state in tasks(state_machine).values():
        assert {"tenant.$", "connection.$", "run.$"} <= set(state["Parameters"])


def test_retries_name_errors_that_exist(state_machine: Json) -> None:
    known = classes(ERRORS.read_text())
    for _, state in states(state_machine):
        for rule in state.get("Retry", []) + state.get("Catch", []):
            for error in rule["ErrorEquals"]:
                assert error in known or error.startswith(OF_AWS), error


def test_every_error_worth_another_try_is_retried_with_patience(state_machine: Json) -> None:
    transient = subclasses(ast.parse(ERRORS.read_text()), "Transient")
    for name, state in tasks(state_machine).items():
        [rule] = state["Retry"]
        assert rule["JitterStrategy"] == "FULL"
        assert rule["BackoffRate"] > 1
        assert transient <= set(rule["ErrorEquals"]) or rule["ErrorEquals"] == ["States.ALL"], name


def subclasses(tree: ast.Module, base: str) -> set[str]:
    """`base` and every class below it: a state machine compares names and knows no inheritance."""
    found = {base}
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and found & {name.id for name in node.bases if isinstance(name, ast.Name)}:
            found.add(node.name)
    return found


def test_whatever_fails_outside_a_part_is_told_on_the_run_and_to_the_alarm(state_machine: Json) -> None:
    failing = {name: state for name, state in state_machine["States"].items() if state["Type"] in ("Task", "Map")}
    for name, state in failing.items():
        if name != "Fail":
            assert state["Catch"] == [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Fail"}]
    assert state_machine["States"]["Fail"]["Next"] == "Failed"
    assert state_machine["States"]["Failed"]["Type"] == "Fail"


def test_phases_run_one_after_the_other_and_parts_side_by_side(state_machine: Json) -> None:
    phases = state_machine["States"]["Phases"]
    parts: dict[str, Any] = phases["ItemProcessor"]["States"]["Parts"]
    assert phases["MaxConcurrency"] == 1
    assert parts["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED"
    assert parts["MaxConcurrency"] > 1


def test_a_part_that_fails_does_not_stop_the_others(state_machine: Json) -> None:
    parts = state_machine["States"]["Phases"]["ItemProcessor"]["States"]["Parts"]
    assert parts["ToleratedFailurePercentage"] == 100
    assert "Catch" not in parts["ItemProcessor"]["States"]["Part"]


def test_nothing_is_used_that_the_local_aws_ignores(state_machine: Json) -> None:
    for _, state in states(state_machine):
        assert not {"ItemBatcher", "ResultWriter", "QueryLanguage"} & set(state)
