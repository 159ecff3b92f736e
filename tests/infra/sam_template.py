import copy
from pathlib import Path
from typing import Any

from samtranslator.internal.managed_policies import get_bundled_managed_policy_map
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

PROJECT = Path(__file__).resolve().parents[2]
Json = dict[str, Any]


class Template:
    """template.yaml as it is written (`resources`) and as SAM hands it to CloudFormation (`translated`)."""

    def __init__(self, written: Json, translated: Json) -> None:
        self.written = written
        self.resources: dict[str, Json] = written["Resources"]
        self.translated: dict[str, Json] = translated["Resources"]

    def of_type(self, kind: str) -> dict[str, Json]:
        """Properties by logical id, as written."""
        return {name: r["Properties"] for name, r in self.resources.items() if r["Type"] == kind}

    @property
    def functions(self) -> dict[str, Json]:
        return self.of_type("AWS::Serverless::Function")


def translate(written: Json) -> Json:
    packaged = copy.deepcopy(written)
    packaged["Globals"]["Function"]["CodeUri"] = "s3://bucket/key"
    for resource in packaged["Resources"].values():
        for path in {"ContentUri", "DefinitionUri"} & set(resource.get("Properties", {})):
            resource["Properties"][path] = "s3://bucket/key"
    parameters = {name: str(p.get("Default", "")) for name, p in packaged["Parameters"].items()}
    translator = Translator(get_bundled_managed_policy_map("aws"), Parser())
    translated: Json = translator.translate(packaged, parameters)
    return translated
