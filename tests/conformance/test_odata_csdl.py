"""The description of the feed judged by OASIS: its XML schemas, its JSON schema, its converter between the forms."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from lxml import etree

from connector.actions.odata_feeds import FeedChoice, feeds, property_id
from connector.deliver.odata.metadata import csdl_json, csdl_xml
from connector.deliver.odata.model import MOST_LETTERS
from connector.model.query import LANGUAGES, Language
from connector.model.workspace import CustomColumn, Profile
from tests.metrics.memory import MemoryReader

pytestmark = pytest.mark.conformance
PACKAGE = Path(__file__).resolve().parents[1] / "odata" / "node_modules" / "odata-csdl"
OWN = (
    CustomColumn("deal", "Регион поставки и хранения готовой продукции (склад)", "text", 'Регион "<&>" \x0b\x1f'),
    CustomColumn("deal", "1st; DROP TABLE deal--", "date", "=1+1"),
    CustomColumn("deal", "flag", "boolean", ""),
)


@pytest.fixture(scope="module")
def package() -> Path:
    if not PACKAGE.exists() or shutil.which("node") is None:
        pytest.skip("needs node and tests/odata/node_modules (make conformance installs them)")
    return PACKAGE


def described(language: Language) -> tuple[bytes, Any]:
    found = feeds(MemoryReader(Profile(custom=OWN)), FeedChoice(language))
    return csdl_xml(found), json.loads(csdl_json(found))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_xml_is_valid_by_the_schemas_of_oasis(package: Path, language: Language) -> None:
    schema = etree.XMLSchema(etree.parse(package / "schemas" / "edmx.xsd"))
    document = etree.fromstring(described(language)[0])
    assert schema.validate(document), schema.error_log
    names = {each.get("Name") for each in document.iter("{*}Property")}
    assert len(names) > 450
    assert max(map(len, names)) <= MOST_LETTERS


def test_the_schema_would_find_a_mistake(package: Path) -> None:
    schema = etree.XMLSchema(etree.parse(package / "schemas" / "edmx.xsd"))
    xml = described("en")[0]
    for right, wrong in (
        (b'Type="Edm.Date"', b'Type="Day"'), (b"PropertyRef", b"Ref"), (b'Name="sales"', b'Name="1 sales"'),
    ):  # fmt: skip
        broken = xml.replace(right, wrong)
        assert broken != xml
        assert not schema.validate(etree.fromstring(broken)), wrong


def test_the_json_is_valid_by_the_schema_of_oasis(package: Path) -> None:
    # Python's expressions have no classes of Unicode letters by that name; \w stands for them.
    text = (package / "schemas" / "csdl.schema.json").read_text(encoding="utf-8")
    schema = json.loads(re.sub(r"\\\\p\{\w+\}", r"\\\\w", text))
    validator = jsonschema.validators.validator_for(schema)(schema)
    document = described("en")[1]
    assert not list(validator.iter_errors(document))
    document["Puente"]["sales_row"]["$Key"] = "row_id"
    assert list(validator.iter_errors(document))


def test_the_converter_of_oasis_makes_our_json_of_our_xml(package: Path, tmp_path: Path) -> None:
    xml, ours = described("ru")
    (tmp_path / "feed.xml").write_bytes(xml)
    command = ["node", str(package / "lib" / "cli.js"), "-t", str(tmp_path / "feed.json"), str(tmp_path / "feed.xml")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    theirs = json.loads((tmp_path / "feed.json").read_text(encoding="utf-8"))
    assert theirs == ours


def test_names_that_are_too_long_stay_apart() -> None:
    names = ["deal__own__" + "_43f_" * 40 + end for end in ("a", "b", "")]
    ids = [property_id(name) for name in names]
    assert len(set(ids)) == 3
    assert {len(each) for each in ids} == {MOST_LETTERS}
    assert property_id("owner") == "owner"
