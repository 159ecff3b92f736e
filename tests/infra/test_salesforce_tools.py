"""What Salesforce's own tools say of the package of `salesforce/`, and of what is made for a tenant."""

import re
from pathlib import Path

import pytest

from tests.infra.metadata_types import NAMESPACE, faults_of
from tests.infra.salesforce_tools import ROOT, run
from timebridge.providers.salesforce.package import deployment

SOURCE = ROOT / "force-app" / "main" / "default"
FILES = sorted(SOURCE.rglob("*-meta.xml"))


# --- Salesforce's own tools ------------------------------------------------------------------------------------------


def test_A16_salesforces_command_line_converts_the_package(tmp_path: Path) -> None:
    done = run(
        "sf", "project", "convert", "source", "-r", "force-app", "-d", str(tmp_path / "out"), where=ROOT, home=tmp_path
    )

    assert done.returncode == 0, done.stdout + done.stderr
    manifest = (tmp_path / "out" / "package.xml").read_text()
    for member in ("TB_Time_Entry__c", "Opportunity.TB_Total_Hours__c", "timebridge_integration", "tbProjectSummary"):
        assert f"<members>{member}</members>" in manifest
    assert not list((tmp_path / "out").rglob("__tests__"))


def test_B62_salesforces_command_line_converts_the_notices_of_a_tenant(tmp_path: Path) -> None:
    for path, text in deployment.notice_files("https://x.example/hook/acme.sf/secret", "sync@acme.example").items():
        file = tmp_path / "project" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    command = ("sf", "project", "convert", "source", "-p", "messages", "-p", "flows", "-d", str(tmp_path / "out"))
    done = run(*command, where=tmp_path / "project", home=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    manifest = (tmp_path / "out" / "package.xml").read_text()
    members = set(re.findall(r"<members>(.*)</members>", manifest))
    for name in deployment.OBJECTS:
        assert {f"TB_{name}_Changed", f"{name}.TB_{name}_Changed"} <= members


def test_the_component_passes_its_own_tests(tmp_path: Path) -> None:
    done = run("sfdx-lwc-jest", "--", "--ci", where=ROOT, home=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Tests:\s+(\d+) passed, \1 total", done.stderr + done.stdout)


def test_every_component_has_tests() -> None:
    components = [path for path in (SOURCE / "lwc").iterdir() if path.is_dir()]

    assert components
    assert all(list(path.glob("__tests__/*.test.js")) for path in components)


# --- every file by itself --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(SOURCE).as_posix())
def test_elements_are_those_that_salesforce_knows(file: Path) -> None:
    assert faults_of(file) == []


def test_elements_of_a_tenants_notices_are_those_that_salesforce_knows(tmp_path: Path) -> None:
    for path, text in deployment.notice_files("https://x.example/hook/a.b/s?x=1&y", "o'neil@acme.example").items():
        file = tmp_path / Path(path).name
        file.write_text(text)
        assert file.suffix == ".json" or faults_of(file) == []


@pytest.mark.parametrize(
    ("element", "fault"),
    [
        ("<bogus>1</bogus>", "CustomField: there is no element bogus"),
        ("<length>long</length>", "CustomField.length: long is no number"),
        ("<type>Words</type>", "CustomField.type: Words is none of"),
        ("<label>a</label><label>b</label>", "CustomField: label stands twice"),
        ("<valueSet><valueSetDefinition/></valueSet>", "CustomField.valueSet.valueSetDefinition: sorted is missing"),
    ],
)
def test_what_an_org_would_refuse_is_found(tmp_path: Path, element: str, fault: str) -> None:
    file = tmp_path / "X__c.field-meta.xml"
    file.write_text(f'<CustomField xmlns="{NAMESPACE[1:-1]}">{element}</CustomField>')

    assert fault in "; ".join(faults_of(file))
