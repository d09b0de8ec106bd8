"""What the pages say: every text has its Russian, and the language is the visitor's."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.lab_app import JSON, Lab, form

from artstyle import settings
from artstyle.lab import form as forms
from artstyle.lab import views, words
from artstyle.lab.russian import RUSSIAN

LAB = Path(words.__file__).parent
IN_TEMPLATES = re.compile(r"""\bt\((?:"([^"]*)"|'([^']*)')""")


def in_modules() -> Iterator[str]:
    """The texts that modules pass to ``t(…)`` or to ``translate(language, …)``."""
    for path in LAB.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                place = {"t": 0, "translate": 1}.get(node.func.id)
                found = node.args[place] if place is not None and len(node.args) > place else None
                if isinstance(found, ast.Constant):
                    yield str(found.value)


def in_templates() -> Iterator[str]:
    for path in (LAB / "templates").iterdir():
        for double, single in IN_TEMPLATES.findall(path.read_text(encoding="utf-8")):
            yield double or single


def in_tables() -> Iterator[str]:
    """The texts of tables, which are passed on as variables."""
    yield from [*views.PHASES.values(), *views.STATES.values(), "not reached", "yes", "no"]
    yield from [label for label, _ in forms.recipes({})] + ["photo", "clip", "painting", "mask"]
    yield from ["Not found", "That didn't work"]
    for each in settings.SETTINGS.values():
        yield from filter(None, [each.label, each.help, each.unset, *each.choices.values()])
        yield from each.slider or ()


def every() -> set[str]:
    return {*in_modules(), *in_templates(), *in_tables(), *words.script_words("ru")}


def test_every_text_has_its_russian_and_nothing_else_is_kept() -> None:
    assert every() - RUSSIAN.keys() == set()
    assert RUSSIAN.keys() - every() == set()


@pytest.mark.parametrize("text", RUSSIAN)
def test_the_russian_has_the_same_values(text: str) -> None:
    def values(words: str) -> list[str]:
        return sorted(set(re.findall(r"\{\w+\}", words)))

    assert values(RUSSIAN[text]) == values(text)


def test_a_text_is_filled_with_its_values() -> None:
    assert words.translate("en", "{time} left", time="5 s") == "5 s left"
    assert words.translate("ru", "{time} left", time="5 с") == "осталось 5 с"
    assert words.translate("ru", "no such text") == "no such text"


ACCEPTED = {
    "": "en",
    "ru": "ru",
    "ru-RU,ru;q=0.9,en;q=0.8": "ru",
    "en-GB,en;q=0.9,ru;q=0.8": "en",
    "de,ru;q=0.5": "ru",
    "en;q=0.2, ru;q=0.7": "ru",
    "ru;q=0": "en",
    "ru;q=x, de": "en",
}


@pytest.mark.parametrize("header", ACCEPTED)
async def test_the_language_is_that_of_the_browser(it: Lab, header: str) -> None:
    html = await it.text("/", headers={"Accept-Language": header})
    assert f'<html lang="{ACCEPTED[header]}">' in html
    assert ("Нарисовать" in html) == (ACCEPTED[header] == "ru")


async def test_the_choice_is_remembered_and_leads_back(it: Lab) -> None:
    job = await it.job()
    page = str(it.client.make_url(f"/jobs/{job.id}"))
    async with it.client.get(
        "/language/ru", headers={"Referer": f"{page}?a=1"}, allow_redirects=False
    ) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, f"/jobs/{job.id}?a=1")
    html = await it.text(f"/jobs/{job.id}", headers={"Accept-Language": "en"})
    assert 'lang="ru"' in html and "ждёт" not in html  # it runs
    await it.text("/language/xx", status=404)


@pytest.mark.parametrize("referrer", ["http://elsewhere.example/jobs", "", "nonsense"])
async def test_the_choice_never_leads_to_another_site(it: Lab, referrer: str) -> None:
    async with it.client.get(
        "/language/en", headers={"Referer": referrer}, allow_redirects=False
    ) as answer:
        assert answer.headers["Location"] == "/"


async def test_errors_are_told_in_the_language_of_the_page(it: Lab) -> None:
    html = await it.text("/jobs/nothing", status=404, headers={"Accept-Language": "ru"})
    assert "Не найдено" in html and "возможно, картинку удалили" in html
    wrong = form(levels="9")
    headers = {**JSON, "Accept-Language": "ru"}
    told = await it.json("POST", "/jobs", 422, data=wrong, headers=headers)
    assert re.search("[а-я]", told["errors"]["levels"])
