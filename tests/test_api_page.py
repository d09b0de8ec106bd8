"""The page about the API."""

import re

from tests.lab_app import Lab

from artstyle.errors import CODES
from artstyle.lab.api_page import kind
from artstyle.lab.openapi import document


async def test_it_has_every_operation_record_field_and_error(it: Lab) -> None:
    page = await it.text("/api")
    told = document()
    for path, item in told["paths"].items():
        for method in {"get", "post", "delete"} & item.keys():
            assert f"{method.upper()} {path}</code>" in page
            assert f'id="{item[method]["operationId"]}"' in page
    for fields in told["components"]["schemas"].values():
        for name in fields.get("properties", {}):
            assert f"<code>{name}</code>" in page, name
    ids = re.findall(r'<tr id="([^"]+)"', page)
    assert sorted(ids) == sorted(CODES)
    assert "<script" not in page.partition("<main")[2]


async def test_a_problem_leads_to_its_row(it: Lab) -> None:
    async with it.client.get("/api/jobs/nobody") as answer:
        assert answer.content_type == "application/problem+json"
        told = await answer.json()
    assert (told["title"], told["status"]) == ("Not Found", 404)
    assert (
        told["detail"]
        == told["error"]
        == "There is nothing here: the picture may have been removed"
    )
    page, _, place = told["type"].partition("#")
    assert place == told["code"] == "not-found"
    assert f'<tr id="{place}"' in await it.text(page)


def test_kinds_in_words() -> None:
    assert kind({"anyOf": [{"type": "integer"}, {"type": "null"}]}) == "integer or null"
    assert kind({"type": "array", "items": {"$ref": "#/components/schemas/Job"}}) == "list of Job"
    crop = {"type": "array", "prefixItems": 4 * [{"type": "number"}], "items": False}
    assert kind({"type": "array", "items": crop}) == "list of list of 4 × number"
    assert kind({"type": "string", "format": "date-time"}) == "date-time"
    assert (
        kind({"enum": ["a", "b"]}) == "a, b"
        and kind({"const": 0}) == "0"
        and kind({}) == "anything"
    )
