import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3

from sandbox.aws.local import PROJECT, REGION, LocalAws

ARTIFACTS_BUCKET = "deployment-artifacts"
API_ID = "71e3b21d"  # template.yaml pins it with the tag ms-custom-id


def build(project: Path = PROJECT) -> None:
    """`sam build`: unchanged functions and layers come from the cache in `.aws-sam`."""
    sam(project, "build", "--cached", "--parallel")


def deploy(
    aws: LocalAws, stack: str = "timebridge", parameters: Mapping[str, str] | None = None, project: Path = PROJECT
) -> dict[str, str]:
    """Build the project's template as it is, deploy it to the emulator and return the outputs of the stack.

    `PublicUrl` and `SignInUrl` are filled in, because the addresses are known beforehand; tables are not protected.
    `ApiUrl` is replaced by the URL under which the emulator answers. Raises `RuntimeError` with the output of sam.
    """
    build(project)
    create_artifacts_bucket(aws)
    own = (
        {"PublicUrl": aws.api_url(API_ID), "SignInUrl": aws.endpoint_url, "DeletionProtection": "false"}
        if project == PROJECT
        else {}
    )
    overrides = [f"{name}={value}" for name, value in (own | dict(parameters or {})).items()]
    sam(
        project,
        "deploy",
        "--config-env",
        "local",  # samconfig.toml speaks of the real AWS
        "--stack-name",
        stack,
        "--s3-bucket",
        ARTIFACTS_BUCKET,
        "--capabilities",
        "CAPABILITY_IAM",
        "--no-confirm-changeset",
        "--no-fail-on-empty-changeset",
        *(["--parameter-overrides", *overrides] if overrides else []),
        environment=aws.environment() | {"SAM_CLI_POLL_DELAY": "0.2"},
    )
    return outputs(aws, stack)


def create_artifacts_bucket(aws: LocalAws) -> None:
    storage = client(aws, "s3")
    try:
        storage.create_bucket(Bucket=ARTIFACTS_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    except storage.exceptions.BucketAlreadyOwnedByYou:
        return


def outputs(aws: LocalAws, stack: str = "timebridge") -> dict[str, str]:
    described = client(aws, "cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    values = {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
    if "ApiId" in values:
        values["ApiUrl"] = aws.api_url(values["ApiId"])
    return values


def client(aws: LocalAws, service: str) -> Any:
    """A boto3 client of the emulator, whatever AWS account the shell is logged in to."""
    environment = aws.environment()
    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        region_name=environment["AWS_REGION"],
    )


def sam(project: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
    """Run the SAM CLI of this virtual environment, whose python3.13 also builds the layers."""
    tools = Path(sys.executable).parent
    shell = {**os.environ, "SAM_CLI_TELEMETRY": "0", "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', '')}"}
    finished = subprocess.run(  # noqa: S603 - no shell reads the arguments
        [tools / "sam", *arguments],
        cwd=project,
        env=shell | dict(environment or {}),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if finished.returncode:
        raise RuntimeError(f"sam {arguments[0]} failed:\n{finished.stdout}")
    return finished.stdout
