"""House rules of template.yaml. What AWS itself would refuse is left to `sam validate --lint`."""

import json
import re
import subprocess
from dataclasses import fields
from typing import Any

import pytest

from sandbox.aws.local import venv_python
from sandbox.aws.stack import API_ID
from tests.infra.sam_template import PROJECT, Json, Template
from timebridge.settings import Settings
from timebridge.store.tables import TABLES

# The pinned SAM translator calls what it has itself deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:samtranslator")

AWS_MANAGED_POLICIES = {
    # SAM gives them to every function and state machine. They allow to write logs, or traces, to any name (`*`):
    # X-Ray knows no resources to narrow it to. They read nothing.
    "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    "arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess",
}
PUBLIC_ROUTES = {
    "GET /openapi.json",
    "GET /api/{provider}/start",
    "GET /api/{provider}/callback",
    "GET /api/{provider}/launch",
    "GET /api/{provider}/reconnect",
    "GET /api/{provider}/disconnected",
    "POST /api/salesforce/webhook/{connection}/{secret}",
    "POST /api/quickbooks/webhook",
    "GET /console",
    "ANY /console/{proxy+}",
}


def events(function: Json) -> list[Json]:
    return list(function.get("Events", {}).values())


def http_events(template: Template) -> list[Json]:
    found = [event for function in template.functions.values() for event in events(function)]
    return [event["Properties"] for event in found if event["Type"] == "HttpApi"]


def mappings_of(template: Template, function: str) -> list[Json]:
    mappings = template.of_type("AWS::Lambda::EventSourceMapping").values()
    return [mapping for mapping in mappings if mapping["FunctionName"] == {"Ref": function}]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_every_function_is_a_file_and_every_file_a_function(template: Template) -> None:
    named = {function["Handler"].removesuffix(".handler") for function in template.functions.values()}
    assert named == {file.stem for file in (PROJECT / "functions").glob("*.py")}


def test_logical_ids_follow_the_file_names(template: Template) -> None:
    for logical_id, function in template.functions.items():
        words = function["Handler"].removesuffix(".handler").split("_")
        assert logical_id == "".join(word.capitalize() for word in words) + "Function"


def test_every_function_writes_to_a_log_group_that_forgets(template: Template) -> None:
    groups = template.of_type("AWS::Logs::LogGroup")
    for function in template.functions.values():
        group = groups[function["LoggingConfig"]["LogGroup"]["Ref"]]
        assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_errors_of_every_function_raise_an_alarm(template: Template) -> None:
    watched = set()
    for alarm in template.of_type("AWS::CloudWatch::Alarm").values():
        assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}]
        assert alarm["TreatMissingData"] == "notBreaching"
        if alarm["MetricName"] == "Errors":
            watched.add(alarm["Dimensions"][0]["Value"]["Ref"])
    assert watched == set(template.functions)


def test_every_function_and_the_state_machine_is_traced(template: Template) -> None:
    functions = [r for r in template.translated.values() if r["Type"] == "AWS::Lambda::Function"]
    assert len(functions) == len(template.functions)
    assert {function["Properties"]["TracingConfig"]["Mode"] for function in functions} == {"Active"}
    assert template.of_type("AWS::Serverless::StateMachine")["InitialSyncStateMachine"]["Tracing"] == {"Enabled": True}


def test_work_that_is_given_up_is_kept_or_told(template: Template) -> None:
    for name, function in template.functions.items():
        answers_a_caller = bool(events(function)) and all(event["Type"] == "HttpApi" for event in events(function))
        on_failure = "OnFailure" in function.get("EventInvokeConfig", {}).get("DestinationConfig", {})
        sources = mappings_of(template, name)
        mapped = bool(sources) and all(source_keeps_failures(template, source) for source in sources)
        step = name == "InitialSyncFunction"  # its caller, the state machine, catches; see test_state_machine
        assert answers_a_caller or on_failure or mapped or step, name


def source_keeps_failures(template: Template, mapping: Json) -> bool:
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    source, attribute = mapping["EventSourceArn"]["Fn::GetAtt"]
    if attribute == "StreamArn":
        retries = mapping["MaximumRetryAttempts"] > 0 and mapping["BisectBatchOnFunctionError"]
        return bool(retries and mapping["DestinationConfig"]["OnFailure"])
    return "deadLetterTargetArn" in template.of_type("AWS::SQS::Queue")[source]["RedrivePolicy"]


def test_every_queue_of_given_up_work_raises_an_alarm(template: Template) -> None:
    alarms = template.of_type("AWS::CloudWatch::Alarm").values()
    watched = {alarm["Dimensions"][0]["Value"]["Fn::GetAtt"][0] for alarm in alarms if alarm["Namespace"] == "AWS/SQS"}
    assert watched == set(template.of_type("AWS::SQS::Queue"))


def test_changes_keep_their_order_within_a_connection_and_outlive_a_slow_worker(template: Template) -> None:
    queue = template.of_type("AWS::SQS::Queue")["ChangesQueue"]
    assert (queue["FifoQueue"], queue["DeduplicationScope"]) == (True, "messageGroup")
    assert queue["FifoThroughputLimit"] == "perMessageGroupId"
    assert queue["VisibilityTimeout"] >= 6 * template.functions["WorkerFunction"]["Timeout"]
    dead = queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
    assert template.of_type("AWS::SQS::Queue")[dead]["FifoQueue"] is True


def statements(template: Template) -> list[tuple[str, Json]]:
    """Every statement of every role and policy, those that SAM adds included."""
    found = []
    for name, resource in template.translated.items():
        properties = resource.get("Properties", {})
        documents = [policy["PolicyDocument"] for policy in properties.get("Policies") or [] if "PolicyName" in policy]
        if resource["Type"] == "AWS::IAM::ManagedPolicy":
            documents.append(properties["PolicyDocument"])
        found += [(name, statement) for document in documents for statement in document["Statement"]]
    return found


def test_no_policy_of_ours_holds_a_wildcard_for_actions_or_for_whole_services(template: Template) -> None:
    assert len(statements(template)) > len(template.functions)
    for name, statement in statements(template):
        for action in as_list(statement["Action"]):
            assert "*" not in action, (name, action)
        for resource in as_list(statement["Resource"]):
            assert names_something(resource), (name, resource)


def names_something(resource: Any) -> bool:
    """True if the resource is one of this stack, or a prefix that starts with the name of this stack."""
    if isinstance(resource, dict) and "Fn::Sub" in resource:
        text = resource["Fn::Sub"]
        text = text if isinstance(text, str) else text[0]
        own = re.match(r"\$\{\w+\.Arn\}", text) or "${AWS::StackName}" in text or text.endswith("identity/${MailFrom}")
        return bool(own) and "*" not in text.rstrip("*").rstrip("/:")
    return isinstance(resource, dict) and bool({"Ref", "Fn::GetAtt"} & set(resource))


def test_roles_take_nothing_else_from_aws(template: Template) -> None:
    for name, resource in template.translated.items():
        if resource["Type"] == "AWS::IAM::Role":
            attached = resource["Properties"].get("ManagedPolicyArns", [])
            assert {arn for arn in attached if isinstance(arn, str)} <= AWS_MANAGED_POLICIES, name


def test_webhooks_can_read_no_grant_and_write_no_table(template: Template) -> None:
    for name in ("SalesforceWebhookFunction", "QuickbooksWebhookFunction"):
        granted = [
            action for role, s in statements(template) if role == f"{name}Role" for action in as_list(s["Action"])
        ]
        assert set(granted) <= {"dynamodb:GetItem", "dynamodb:Query", "secretsmanager:GetSecretValue"}
        assert {"Ref": "GrantsPolicy"} not in template.functions[name]["Policies"]


def test_only_these_routes_are_public(template: Template) -> None:
    api = template.of_type("AWS::Serverless::HttpApi")["HttpApi"]
    assert api["Auth"]["DefaultAuthorizer"] == "Users"
    public = {f"{e['Method']} {e['Path']}" for e in http_events(template) if e.get("Auth") == {"Authorizer": "NONE"}}
    others = {f"{e['Method']} {e['Path']}" for e in http_events(template) if "Auth" not in e}
    assert public == PUBLIC_ROUTES
    assert others == {"ANY /v1/{proxy+}"}


def test_access_logs_hold_no_path_because_a_path_holds_a_secret(template: Template) -> None:
    written = template.of_type("AWS::Serverless::HttpApi")["HttpApi"]["AccessLogSettings"]["Format"]
    fields = set(json.loads(written).values())
    assert not {"$context.path", "$context.protocol", "$context.integration.requestId"} & fields
    assert "$context.routeKey" in fields


def test_a_user_can_move_into_no_other_tenant_and_become_nobody_else(template: Template) -> None:
    clients = template.of_type("AWS::Cognito::UserPoolClient")
    assert set(clients) == {"UserPoolClient", "ConsoleClient"}
    for client in clients.values():
        assert {"custom:tenant_id", "email", "email_verified"} <= set(client["ReadAttributes"])
        assert client["WriteAttributes"] == ["name"]
    pool = template.of_type("AWS::Cognito::UserPool")["UserPool"]
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True


def test_the_roles_of_the_design_are_groups(template: Template) -> None:
    groups = {group["GroupName"] for group in template.of_type("AWS::Cognito::UserPoolGroup").values()}
    assert groups == {"platform_admin", "tenant_admin", "member", "viewer"}


def test_every_table_is_encrypted_recoverable_and_led_by_the_tenant(template: Template) -> None:
    tables = template.of_type("AWS::DynamoDB::Table")
    assert len(tables) == 6
    for table in tables.values():
        assert table["KeySchema"][0] == {"AttributeName": "pk", "KeyType": "HASH"}
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert table["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}
        assert table["DeletionProtectionEnabled"] == {"Ref": "DeletionProtection"}


def test_tables_are_what_the_store_expects(template: Template) -> None:
    tables = template.of_type("AWS::DynamoDB::Table")
    variables = template.written["Globals"]["Function"]["Environment"]["Variables"]
    for model in TABLES:
        table = tables[variables[model.variable]["Ref"]]
        written = {index["IndexName"]: keys_of(index) for index in indexes_of(table)}
        expected = {index.Meta.index_name: keys_of(index._get_schema()) for index in model._indexes.values()}
        assert written == expected, model.variable
        expiring = "TimeToLiveSpecification" in table
        assert expiring == (model._ttl_attribute() is not None), model.variable


def indexes_of(table: Json) -> list[Json]:
    return [*table.get("GlobalSecondaryIndexes", []), *table.get("LocalSecondaryIndexes", [])]


def keys_of(index: Any) -> dict[str, str]:
    """Attribute by role, HASH or RANGE."""
    return {key["KeyType"]: key["AttributeName"] for key in index.get("KeySchema") or index["key_schema"]}


def test_every_setting_of_the_package_is_a_variable_of_the_functions(template: Template) -> None:
    variables = template.written["Globals"]["Function"]["Environment"]["Variables"]
    settings = {field.name.upper() for field in fields(Settings)} | {model.variable for model in TABLES}
    assert settings - set(variables) == {"STATE_MACHINE_ARN"}  # only who starts the state machine, or looks after it
    knowing = {name for name, f in template.functions.items() if "STATE_MACHINE_ARN" in str(f.get("Environment"))}
    assert knowing == {"AdminApiFunction", "ConsoleFunction", "OauthFunction", "ScheduleFunction"}


def test_exports_are_private_encrypted_and_forgotten(template: Template) -> None:
    bucket = template.of_type("AWS::S3::Bucket")["ExportsBucket"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert bucket["LifecycleConfiguration"]["Rules"][0]["ExpirationInDays"] == 30
    [statement] = template.of_type("AWS::S3::BucketPolicy")["ExportsBucketPolicy"]["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"]["Bool"] == {"aws:SecureTransport": "false"}


def test_the_api_keeps_the_address_that_the_local_aws_announces(template: Template) -> None:
    assert template.of_type("AWS::Serverless::HttpApi")["HttpApi"]["Tags"] == {"ms-custom-id": API_ID}


def test_the_local_aws_knows_every_type_of_resource(template: Template) -> None:
    script = (
        "import json; from ministack.services.cloudformation import provisioners;"
        "print(json.dumps(sorted(provisioners._RESOURCE_HANDLERS)))"
    )
    printed = subprocess.run([venv_python(".emulator"), "-c", script], capture_output=True, text=True, check=True)
    unconditional = {r["Type"] for r in template.translated.values() if "Condition" not in r}
    assert unconditional <= set(json.loads(printed.stdout.splitlines()[-1]))
