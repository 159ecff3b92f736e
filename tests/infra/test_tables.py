"""The tables of the template are the tables that the models expect."""

from typing import Any

import pytest

from tests.infra.sam_template import Json, Template
from timebridge.store.tables import TABLES, Table


def resource(template: Template, table: type[Table]) -> Json:
    """The table that the functions are given under the model's environment variable."""
    variables = template.written["Globals"]["Function"]["Environment"]["Variables"]
    return template.of_type("AWS::DynamoDB::Table")[variables[table.variable]["Ref"]]


def keys(schema: Any) -> list[tuple[str, str]]:
    return sorted((key["AttributeName"], key["KeyType"]) for key in schema)


def indexes_of(written: Json, kind: str) -> dict[str, tuple[list[tuple[str, str]], str]]:
    found = written.get(kind, [])
    return {each["IndexName"]: (keys(each["KeySchema"]), each["Projection"]["ProjectionType"]) for each in found}


def modelled(indexes: Any) -> dict[str, tuple[list[tuple[str, str]], str]]:
    return {each["index_name"]: (keys(each["key_schema"]), each["projection"]["ProjectionType"]) for each in indexes}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_keys_and_indexes_are_those_of_the_model(template: Template, table: type[Table]) -> None:
    written, schema = resource(template, table), table._get_schema()

    assert keys(written["KeySchema"]) == keys(schema["key_schema"])
    assert indexes_of(written, "GlobalSecondaryIndexes") == modelled(schema["global_secondary_indexes"])
    assert indexes_of(written, "LocalSecondaryIndexes") == modelled(schema["local_secondary_indexes"])


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_the_attributes_of_keys_have_the_types_of_the_model(template: Template, table: type[Table]) -> None:
    def types(definitions: Any) -> set[tuple[str, str]]:
        return {(each["AttributeName"], each["AttributeType"]) for each in definitions}

    written = types(resource(template, table)["AttributeDefinitions"])

    assert written == types(table._get_schema()["attribute_definitions"])


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_what_expires_in_the_model_expires_in_the_table(template: Template, table: type[Table]) -> None:
    attribute = table._ttl_attribute()
    expected = {"AttributeName": attribute.attr_name, "Enabled": True} if attribute else None

    assert resource(template, table).get("TimeToLiveSpecification") == expected


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_the_stream_shows_what_the_model_says(template: Template, table: type[Table]) -> None:
    stream = resource(template, table).get("StreamSpecification", {}).get("StreamViewType")

    assert stream == getattr(table.Meta, "stream_view_type", None)


def test_every_table_has_a_model(template: Template) -> None:
    assert len(template.of_type("AWS::DynamoDB::Table")) == len(TABLES)
