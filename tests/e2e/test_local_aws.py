"""The local AWS must behave like AWS where the product depends on it: one probe for each change in `launcher.py`."""

import json
import os
import subprocess
import time
import uuid
from pathlib import Path

import requests

from sandbox.aws import LocalAws
from sandbox.aws.local import LAUNCHER, venv_python, wait_for
from sandbox.aws.stack import client
from tests.e2e.calls import execute, invoke

Outputs = dict[str, str]


def test_another_version_of_the_emulator_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "ministack-9.9.9.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: ministack\nVersion: 9.9.9\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [venv_python(".emulator"), str(LAUNCHER)]
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert finished.returncode == 1
    assert "not 9.9.9" in finished.stderr


def test_a_function_sees_its_layers_and_variables_and_nothing_of_the_host(aws: LocalAws, probe: Outputs) -> None:
    seen = invoke(aws, probe["Echo"], {"a": 1})
    assert seen["event"] == {"a": 1}
    assert seen["greeting"] == "hello layer"
    assert seen["python"] == [3, 13]
    assert seen["environment"]["COLOUR"] == "green"
    assert seen["environment"]["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.13"
    assert not {"HOME", "GATEWAY_PORT", "LAMBDA_PYTHON", "STATE_DIR"} & set(seen["environment"])


def test_a_dependency_missing_from_the_layers_fails_as_on_aws(aws: LocalAws, probe: Outputs) -> None:
    error = invoke(aws, probe["MissingDependency"])
    assert error["errorType"] == "Runtime.ImportModuleError"
    assert "No module named 'requests'" in error["errorMessage"]


def test_an_exception_keeps_its_type_its_trace_and_the_warm_environment(aws: LocalAws, probe: Outputs) -> None:
    case = str(uuid.uuid4())
    error = invoke(aws, probe["Failing"], {"case": case, "reject": True})
    assert (error["errorType"], error["errorMessage"]) == ("Rejected", "attempt 1")
    assert "failing.py" in error["stackTrace"][-1]
    assert invoke(aws, probe["Failing"], {"case": case}) == {"attempts": 2}


def test_a_state_machine_retries_and_catches_by_the_type_of_the_error(aws: LocalAws, probe: Outputs) -> None:
    event = {"case": str(uuid.uuid4()), "limited": 2}
    retried = execute(aws, probe["StateMachineArn"], event)
    assert (retried["status"], json.loads(retried["output"])) == ("SUCCEEDED", {"attempts": 3})
    caught = execute(aws, probe["StateMachineArn"], {"case": str(uuid.uuid4()), "reject": True})
    assert json.loads(caught["output"])["error"]["Error"] == "Rejected"
    failed = execute(aws, probe["StateMachineArn"], {"case": str(uuid.uuid4()), "limited": 9})
    assert (failed["status"], failed["error"]) == ("FAILED", "RateLimited")


def test_the_routes_of_the_template_exist_at_an_address_that_stays(probe: Outputs) -> None:
    body = b'{"a":  1}\r\n'
    answer = requests.post(f"{probe['ApiUrl']}/hook/t1", data=body, headers={"content-type": "text/xml"}, timeout=10)
    event = answer.json()["event"]
    assert probe["ApiId"] == "0a0b0c0d"
    assert event["routeKey"] == "POST /hook/{name}"
    assert event["pathParameters"] == {"name": "t1"}
    assert event["body"].encode() == body
    assert requests.get(f"{probe['ApiUrl']}/nowhere", timeout=10).status_code == 404


def test_a_route_with_an_authorizer_asks_for_a_token_of_the_user_pool(aws: LocalAws, probe: Outputs) -> None:
    url = f"{probe['ApiUrl']}/v1/anything/below"
    assert requests.get(url, timeout=10).status_code == 401
    assert requests.get(url, headers={"Authorization": "Bearer a.b.c"}, timeout=10).status_code == 401
    token = access_token(aws, probe["UserPoolId"])
    answer = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=10)
    assert answer.json()["event"]["requestContext"]["authorizer"]["jwt"]["claims"]["username"] == "ada"


def access_token(aws: LocalAws, pool: str) -> str:
    cognito = client(aws, "cognito-idp")
    password = uuid.uuid4().hex + "-Aa"
    cognito.admin_create_user(UserPoolId=pool, Username="ada", MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username="ada", Password=password, Permanent=True)
    app = cognito.list_user_pool_clients(UserPoolId=pool)["UserPoolClients"][0]["ClientId"]
    parameters = {"USERNAME": "ada", "PASSWORD": password}
    flow = "ADMIN_USER_PASSWORD_AUTH"
    session = cognito.admin_initiate_auth(UserPoolId=pool, ClientId=app, AuthFlow=flow, AuthParameters=parameters)
    return str(session["AuthenticationResult"]["AccessToken"])


def test_groups_of_a_fifo_queue_run_side_by_side_and_each_in_order(aws: LocalAws, probe: Outputs) -> None:
    queue, sent = client(aws, "sqs"), ["left-1", "left-2", "right-1", "right-2"]
    for name in sent:
        message = {"MessageBody": name, "MessageGroupId": name[:-2], "MessageDeduplicationId": name}
        queue.send_message(QueueUrl=probe["QueueUrl"], **message)
    wait_for(lambda: len(notes(aws, probe)) == len(sent), 20, "not every message was handled")
    seen = notes(aws, probe)
    assert seen["left-1"]["ended"] <= seen["left-2"]["began"]
    assert seen["right-1"]["ended"] <= seen["right-2"]["began"]
    assert seen["left-1"]["began"] < seen["right-1"]["ended"]
    assert seen["right-1"]["began"] < seen["left-1"]["ended"]


def notes(aws: LocalAws, probe: Outputs) -> dict[str, dict[str, float]]:
    """When the worker began and ended each message."""
    items = client(aws, "dynamodb").scan(TableName=probe["Table"])["Items"]
    return {item["pk"]["S"]: {moment: float(item[moment]["N"]) for moment in ("began", "ended")} for item in items}


def test_a_stream_record_reported_as_failed_comes_again_and_then_no_more(aws: LocalAws, probe: Outputs) -> None:
    client(aws, "dynamodb").put_item(TableName=probe["Edited"], Item={"pk": {"S": "x"}})
    wait_for(lambda: len(invoke(aws, probe["Edits"])["seen"]) >= 2, 20, "the record did not come again")
    time.sleep(1.5)  # longer than the pause before a failed batch is tried again
    first, *others = invoke(aws, probe["Edits"])["seen"]
    assert others == [first]


def test_a_function_may_do_only_what_its_role_grants(aws: LocalAws, probe: Outputs) -> None:
    assert invoke(aws, probe["Denied"], {"write": False})["ResponseMetadata"]["HTTPStatusCode"] == 200
    error = invoke(aws, probe["Denied"], {"write": True})
    assert error["errorType"] == "ClientError"
    assert "AccessDenied" in error["errorMessage"]


def test_sending_a_batch_of_messages_is_granted_by_the_action_for_one(aws: LocalAws, probe: Outputs) -> None:
    assert invoke(aws, probe["Denied"], {"send": True}) == {"sent": 1}
