"""Spelling: American English by codespell's dictionary, and names and terms as AWS writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources

from tests.text.sources import Text, without_code

# AWS's own spelling, or a name: MITRE ATT&CK; a concert programme is the name of a bucket and an app.
_KEPT = {"mitre", "programme"}

# What must not be written, and what is written instead.
_TERMS = {
    r"\bids\b": "IDs",
    r"\be-mails?\b": "email",
    r"\bDynamoDb\b|\bDynamo DB\b": "DynamoDB",
    r"\bCloudtrail\b|\bCloud Trail\b": "CloudTrail",
    r"\bEventbridge\b": "EventBridge",
    r"\bIdentity center\b|\bidentity center\b": "Identity Center",
    r"\bsecrets manager\b|\bSecrets manager\b": "Secrets Manager",
    r"\bBlock public access\b|\bblock public access\b": "Block Public Access",
    r"\bmulti-region\b|\bMulti-region\b": "multi-Region",
    r"(?<!-)\bregions?\b(?!-)": "Region",
    r"\bavailability zones?\b": "Availability Zone",
    r"\bdata centre\b": "data center",
    r"\bcross account\b": "cross-account",
    r"\borg(?:ani[sz]ation)?al units? \(OUs?\)(?=.*\borgani[sz]ational units?\b)": "OU",
    r"(?<=\w)’(?=\w)": "'",  # the other one closes a quotation within a quotation
    r"\be\.g\.|\bi\.e\.": "for example, that is",
}
_WRONG_TERMS = [(re.compile(pattern), right) for pattern, right in _TERMS.items()]
_WORD = re.compile(r"[A-Za-z]+")


@cache
def _american() -> dict[str, str]:
    dictionary = resources.files("codespell_lib") / "data" / "dictionary_en-GB_to_en-US.txt"
    pairs = (
        line.split("->", 1) for line in dictionary.read_text(encoding="utf-8").splitlines() if "->" in line
    )
    return {british.lower(): american.rstrip(",").strip() for british, american in pairs}


def problems(texts: Iterable[Text]) -> Iterator[str]:
    """Yield a sentence for each word that is British, or a term that AWS writes otherwise."""
    american = _american()
    for text in texts:
        if text.kind == "answers":  # words of AWS, such as "Invalid region"
            continue
        prose = without_code(text.text)
        for word in _WORD.findall(prose):
            if word.lower() in american and word.lower() not in _KEPT:
                yield f"{text.place}: “{word}” is written {american[word.lower()]}"
        for pattern, right in _WRONG_TERMS:
            for match in pattern.finditer(prose):
                yield f"{text.place}: “{match[0]}” is written {right}"
