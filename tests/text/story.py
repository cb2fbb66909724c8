"""Consistency of the company's story: each name, pronoun, account number, and address belongs to one party.

`story.json` lists the cast, the accounts, and the addresses. Notebooks and data/ must not contain any others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.text.sources import ROOT, Text, texts, without_code

_DATA = Path(__file__).with_name("story.json")
_ACCOUNT = re.compile(r"(?<![\w-])\d{12}(?![\w-])")
_ADDRESS = re.compile(r"(?<![\d.])(?:203\.0\.113|198\.51\.100|192\.0\.2|198\.18)\.\d{1,3}(?:\.\d{1,3})?")
_WEEKDAY = re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b")
_DAY = re.compile(r"day(\d)")
_SHE, _HE = re.compile(r"\b(?:she|her|hers|herself)\b", re.I), re.compile(r"\b(?:he|him|his|himself)\b", re.I)
_SENTENCE = re.compile(r"(?<=[.!?:;|])\s+|\n+")


@cache
def story() -> dict[str, Any]:
    """Return the cast, the accounts and the addresses of the six days."""
    return json.loads(_DATA.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def _files(root: Path) -> Iterator[Path]:
    for folder in ("notebooks", "data"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".ipynb", ".json", ".md", ".py") and _DAY.search(
                path.relative_to(root).as_posix()
            ):
                yield path


def _day(place: str) -> int:
    match = _DAY.search(place)
    return int(match[1]) if match else 0


def party_problems(place: str, content: str) -> Iterator[str]:
    """Yield a sentence for each number or address whose party is unknown, or has nothing to do with this day."""
    day = _day(place)
    accounts, addresses = story()["accounts"], story()["addresses"]
    for number in sorted(set(_ACCOUNT.findall(content))):
        if number not in accounts:
            yield f"{place}: the account {number} belongs to nobody in tests/text/story.json"
        elif day not in accounts[number]["days"]:
            yield f"{place}: the account {number} is {accounts[number]['party']}, which has no part in Day {day}"
    for address in sorted(set(_ADDRESS.findall(content))):
        party = max((start for start in addresses if address.startswith(start)), key=len, default=None)
        if party is None or day not in addresses[party]["days"]:
            yield f"{place}: the address {address} belongs to nobody of Day {day} in tests/text/story.json"
    for name in story()["gone"]:
        if re.search(rf"\b{name}\b", content):
            yield f"{place}: {name} is no company of this story"


def pronoun_problems(text: Text) -> Iterator[str]:
    """Yield a sentence where one person is named, with a pronoun that fits nobody in the text."""
    people = story()["people"]
    names = re.compile(rf"\b({'|'.join(people)})\b(?!['’]s)")
    prose = without_code(text.text)
    if len({people[name]["pronoun"] for name in re.findall(rf"\b(?:{'|'.join(people)})\b", prose)}) > 1:
        return
    for sentence in _SENTENCE.split(prose):
        pronouns = {people[name]["pronoun"] for name in names.findall(sentence)}
        if len(pronouns) == 1:
            other = _HE if pronouns == {"she"} else _SHE
            if other.search(sentence):
                yield f"{text.place}: who is “{other.search(sentence)[0]}” in “{sentence.strip()[:90]}”?"  # type: ignore[index]


def weekday_problems(text: Text) -> Iterator[str]:
    """Yield a sentence for each weekday outside of the day that is a working week."""
    if _day(text.place) not in (0, *story()["weekdays_on"]) and (
        match := _WEEKDAY.search(without_code(text.text))
    ):
        yield f"{text.place}: {match[0]}, but weeks pass between the days"


def problems(root: Path = ROOT, read: Iterable[Text] | None = None) -> Iterator[str]:
    """Yield what notebooks and data/ tell otherwise than the story."""
    for path in _files(root):
        yield from party_problems(str(path.relative_to(root)), path.read_text(encoding="utf-8"))
    for text in read if read is not None else texts(root):
        if text.kind not in ("docs", "answers"):
            yield from pronoun_problems(text)
            yield from weekday_problems(text)
