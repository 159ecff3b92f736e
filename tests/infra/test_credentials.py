"""Where secrets are kept, who may read them, and that they travel encrypted only."""

import re
from typing import Any

import pytest

from tests.infra.sam_template import PROJECT, Json, Template
from tests.infra.test_template import as_list, statements

# The pinned SAM translator calls what it has itself deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:samtranslator")

GRANTS = {"Ref": "GrantsPolicy"}
HOLDERS = {"AdminApiFunction", "ConsoleFunction", "OauthFunction", "WorkerFunction", "InitialSyncFunction"}
"""Functions that speak with providers; no other one may read a grant or the secret of an app that tenants brought."""

PLACES = re.compile(r":secret:\$\{AWS::StackName\}/(?:app-\?{6}|grants/\*)$")


def test_B75_every_store_of_data_is_encrypted_with_kms(template: Template) -> None:
    tables, secrets = template.of_type("AWS::DynamoDB::Table"), template.of_type("AWS::SecretsManager::Secret")
    assert tables
    assert secrets
    for name, table in tables.items():
        assert table["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}, name
    for name, secret in secrets.items():  # Secrets Manager knows no other way: without a key of ours it takes its own
        assert secret.get("KmsKeyId", "aws/secretsmanager"), name
    for name, queue in template.of_type("AWS::SQS::Queue").items():
        assert queue.get("SqsManagedSseEnabled") or queue.get("KmsMasterKeyId"), name


def test_B75_each_function_has_a_role_of_its_own(template: Template) -> None:
    functions = {n: r["Properties"] for n, r in template.translated.items() if r["Type"] == "AWS::Lambda::Function"}
    roles = [str(function["Role"]) for function in functions.values()]
    assert len(set(roles)) == len(roles) == len(template.functions)


def test_B75_only_functions_that_speak_with_providers_read_grants(template: Template) -> None:
    held = {name for name, function in template.functions.items() if GRANTS in function.get("Policies", [])}
    assert held == HOLDERS


def test_B75_every_right_to_a_secret_names_the_secrets_of_this_stack(template: Template) -> None:
    found = [s for _, s in statements(template) if any("secretsmanager" in action for action in as_list(s["Action"]))]
    assert found
    for statement in found:
        for resource in as_list(statement["Resource"]):
            assert PLACES.search(arn(resource)), resource


def arn(resource: Any) -> str:
    return str(resource.get("Fn::Sub", resource)) if isinstance(resource, dict) else str(resource)


def test_B75_no_function_is_told_a_secret_through_its_environment(template: Template) -> None:
    shared: Json = template.written["Globals"]["Function"]["Environment"]["Variables"]
    own = [function.get("Environment", {}).get("Variables", {}) for function in template.functions.values()]
    for variables in (shared, *own):
        for name, value in variables.items():
            assert not re.search("TOKEN|PASSWORD|CLIENT_SECRET|STATE_KEY", name), name
            assert "resolve:secretsmanager" not in str(value), name


def test_B76_nothing_switches_the_verification_of_certificates_off() -> None:
    for file in (*PROJECT.glob("layers/timebridge/**/*.py"), *PROJECT.glob("functions/*.py")):
        text = file.read_text()
        assert not re.search(r"verify\s*=\s*False|CERT_NONE|disable_warnings|_create_unverified", text), file
