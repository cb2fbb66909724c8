"""Mutants of a policy: the solution with one thing changed, each under a name that describes the change. Some allow
more than the solution, some less, and some the same. The grader has to find out which.
"""

from __future__ import annotations

import copy
import ipaddress
import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from labs_helpers.course.content.schema import Probe
from labs_helpers.engine.policy import PolicyKind
from labs_helpers.engine.reference import authorization as reference

ELSEWHERE = "999988887777"
STRANGER = f"arn:aws:iam::{ELSEWHERE}:user/mallory"
_WITH_PRINCIPAL = (PolicyKind.RESOURCE, PolicyKind.KEY)
_RAILS = (PolicyKind.SCP, PolicyKind.RCP)


class Mutant(NamedTuple):
    """A changed policy. name: what was changed and where: `statement 2: no condition s3:prefix`."""

    name: str
    document: dict[str, Any]


def mutants(document: dict[str, Any], kind: PolicyKind) -> list[Mutant]:
    """Return every mutant of a policy: each document once, without the policy itself."""
    found: dict[str, Mutant] = {}
    own = _text(document)
    for name, changed in (*_of_policy(document, kind), *_of_statements(document)):
        text = _text(changed)
        if text != own and changed["Statement"]:
            found.setdefault(text, Mutant(name, changed))
    return list(found.values())


def _text(value: Any) -> str:
    """Return a document as text, in which a list of one item is written as that item."""
    return json.dumps(_unlisted(value), sort_keys=True)


def _unlisted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _unlisted(each) for key, each in value.items()}
    if isinstance(value, list):
        return _unlisted(value[0]) if len(value) == 1 else [_unlisted(each) for each in value]
    return value


# The whole policy


def _of_policy(document: dict[str, Any], kind: PolicyKind) -> Iterator[tuple[str, dict[str, Any]]]:
    statements = document["Statement"]
    for number in range(len(statements)):
        yield (
            f"without statement {number + 1}",
            _with(document, statements[:number] + statements[number + 1 :]),
        )
    if "Version" in document:
        yield "without Version", {"Statement": copy.deepcopy(statements)}
    for name, statement in _too_much(statements, kind):
        yield f"and {name}", _with(document, [*statements, statement])


def _too_much(statements: list[dict[str, Any]], kind: PolicyKind) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield statements that the task doesn't require. An RCP can't contain an Allow, and in an SCP that only denies, an
    Allow has no effect.
    """
    if kind in _RAILS and not any(one["Effect"] == "Allow" for one in statements):
        return
    services = {action.partition(":")[0] for one in statements for action in _listed(one.get("Action", []))}
    if kind is PolicyKind.TRUST:
        for principal in ("*", STRANGER, f"arn:aws:iam::{ELSEWHERE}:root"):
            yield f"{principal} may assume", _allow("sts:AssumeRole", None, {"AWS": principal})
        yield "lambda may assume", _allow("sts:AssumeRole", None, {"Service": "lambda.amazonaws.com"})
        yield "everybody may tag", _allow("sts:TagSession", None, {"AWS": "*"})
        return
    for action in sorted(f"{service}:*" for service in services if service != "*") or ["s3:*"]:
        resource = _first_resource(statements) if kind in _WITH_PRINCIPAL else "*"
        if kind in _WITH_PRINCIPAL:
            for principal in ("*", STRANGER):
                yield f"{action} for {principal}", _allow(action, resource, {"AWS": principal})
        else:
            yield f"{action} on *", _allow(action, resource)
    if kind in _WITH_PRINCIPAL:
        return
    yield "iam:* on *", _allow("iam:*", "*")
    yield "* on *", _allow("*", "*")
    yield "secretsmanager:GetSecretValue on *", _allow("secretsmanager:GetSecretValue", "*")
    yield "all but iam", {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}


def _allow(action: str, resource: str | None, principal: Any = None) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": action}
    if resource is not None:
        statement["Resource"] = resource
    if principal is not None:
        statement["Principal"] = principal
    return statement


def _first_resource(statements: list[dict[str, Any]]) -> str:
    return next(text for one in statements for text in _listed(one.get("Resource", [])))


# The examples only


def fitted(document: dict[str, Any], kind: PolicyKind, probes: Iterable[Probe]) -> list[Mutant]:
    """Yield the policy limited to the examples in the exercise's own requests, or to this year. Everything else that it
    allows is denied: to other people, accounts, and resources, with other values, and at another time.
    """
    allowed = [probe for probe in probes if probe.expected == "allow"]
    return [
        Mutant(f"only {name}", _with(document, _narrowed(document["Statement"], kind, narrowing, allowed)))
        for name, narrowing in _narrowings(allowed)
        if kind is not PolicyKind.TRUST or "Condition" in narrowing
    ]


def _narrowed(
    statements: list[dict[str, Any]], kind: PolicyKind, narrowing: dict[str, Any], allowed: list[Probe]
) -> list[dict[str, Any]]:
    """Return the statements with a Deny for everything else; a trust policy can't deny everyone, so its statements are
    limited.
    """
    if kind is PolicyKind.TRUST:
        ((operator, test),) = narrowing["Condition"].items()
        only = {_ONLY[operator]: test}
        return [{**each, "Condition": _both(each.get("Condition", {}), only)} for each in statements]
    others: dict[str, Any] = {"Effect": "Deny", "Action": "*", "Resource": "*", **narrowing}
    if "NotResource" in narrowing:
        del others["Resource"]
    if kind in (*_WITH_PRINCIPAL, PolicyKind.RCP):
        others["Principal"] = "*"
    if kind is PolicyKind.RCP:
        others["Action"] = sorted({probe.action.partition(":")[0] + ":*" for probe in allowed})
    return [*statements, others]


_ONLY = {
    "DateGreaterThanEquals": "DateLessThan",
    "ArnNotEqualsIfExists": "ArnEqualsIfExists",
    "StringNotEqualsIfExists": "StringEqualsIfExists",
    "NotIpAddressIfExists": "IpAddressIfExists",
}


def _both(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {name: {**one.get(name, {}), **other.get(name, {})} for name in {**one, **other}}


def _narrowings(allowed: list[Probe]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (what the policy is limited to, elements of the Deny for everything else)."""
    yield "this year", {"Condition": {"DateGreaterThanEquals": {"aws:CurrentTime": "2026-12-31T12:00:00Z"}}}
    people = {probe.issuer or probe.principal for probe in allowed}
    named = sorted(each for each in people if each.startswith("arn:"))
    if named:
        yield "the named people", {"Condition": {"ArnNotEqualsIfExists": {"aws:PrincipalArn": named}}}
        accounts = sorted({arn.split(":")[4] for arn in named})
        outside = {"StringNotEqualsIfExists": {"aws:PrincipalAccount": accounts}}
        yield "the named accounts", {"Condition": outside}
    resources = sorted({probe.resource for probe in allowed})
    if "*" not in resources:
        yield "the named resources", {"NotResource": resources}
    keys = {key for probe in allowed for key, value in probe.context.items() if isinstance(value, str)}
    for key in sorted(keys - {"aws:CurrentTime"}):
        values = sorted({str(probe.context[key]) for probe in allowed if key in probe.context})
        yield f"the named {key}", {"Condition": {_unlike(values): {key: values}}}


def _unlike(values: list[str]) -> str:
    """Return the operator that is true for every value except these."""
    try:
        for value in values:
            ipaddress.ip_network(value)
    except ValueError:
        return "StringNotEqualsIfExists"
    return "NotIpAddressIfExists"


# One statement


def _of_statements(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, statement in enumerate(document["Statement"]):
        for name, changed in _of_statement(statement):
            others = document["Statement"]
            yield (
                f"statement {number + 1}: {name}",
                _with(document, [*others[:number], changed, *others[number + 1 :]]),
            )


def _of_statement(statement: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    denies = statement["Effect"] == "Deny"
    for element, change in (
        ("Action", _everything if denies else _actions),
        ("Resource", _everything if denies else _resources),
    ):
        texts = _listed(statement.get(element, []))
        for place, text in enumerate(texts):
            for name, other in change(text):
                yield (
                    f"{text} is {name}",
                    {**statement, element: [*texts[:place], other, *texts[place + 1 :]]},
                )
            if len(texts) > 1:
                yield f"no {text}", {**statement, element: texts[:place] + texts[place + 1 :]}
    yield from _spared(statement)
    yield from _principals(statement)
    yield from _conditions(statement)


def _spared(statement: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield changes to the list in NotAction: one item removed, and one item added."""
    texts = _listed(statement.get("NotAction", []))
    for place, text in enumerate(texts):
        if len(texts) > 1:
            yield f"spares no {text}", {**statement, "NotAction": texts[:place] + texts[place + 1 :]}
        elif text != "*":
            yield "spares nothing", {**_without(statement, "NotAction"), "Action": "*"}
    for more in ("s3:*", "ec2:*", "lambda:InvokeFunction") if texts else ():
        if more not in texts:
            yield f"spares {more}", {**statement, "NotAction": [*texts, more]}


def _everything(text: str) -> Iterator[tuple[str, str]]:
    """Yield only a Deny for everything, because a Deny that is too wide blocks work, which the probes find."""
    yield "*", "*"


def _actions(text: str) -> Iterator[tuple[str, str]]:
    service, _, name = text.partition(":")
    if not name:
        return
    word = name.rstrip("*")[: max(3, len(name.rstrip("*")) - 4)]
    if any(each.startswith(word.lower()) and each != name.lower() for each in reference.actions(service)):
        yield f"{service}:{word}*", f"{service}:{word}*"
    yield f"{service}:*", f"{service}:*"
    yield "*", "*"


def _resources(text: str) -> Iterator[tuple[str, str]]:
    if text == "*":
        return
    yield "*", "*"
    *head, tail = text.split(":", 5)
    for cut in (tail.rstrip("*").rstrip("/"), tail.rpartition("/")[0].rpartition("/")[0]):
        for wider in (f"{cut}*", f"{cut}/*") if cut else ("*",):
            yield f"…{wider}", ":".join([*head, wider])
    if "${" in tail:
        yield "for everybody", text.replace(tail[tail.index("${") : tail.index("}") + 1], "*")
    if head[4]:
        yield "of any account", ":".join([*head[:4], "*", tail])
        yield "of another account", ":".join([*head[:4], ELSEWHERE, tail])
    if head[3] and head[3] != "*":
        yield "in any Region", ":".join([*head[:3], "*", head[4], tail])


def _principals(statement: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    principal = statement.get("Principal")
    if principal is None:
        return
    if principal != "*":
        yield "for everybody", {**statement, "Principal": {"AWS": "*"}}
        texts = _listed(principal.get("AWS", []))
        yield "for an outsider as well", {**statement, "Principal": {**principal, "AWS": [*texts, STRANGER]}}
        for place, text in enumerate(texts):
            account = text.split(":")[4]
            wider = [*texts[:place], f"arn:aws:iam::{account}:root", *texts[place + 1 :]]
            yield f"for the account of {text}", {**statement, "Principal": {**principal, "AWS": wider}}
            other = [*texts[:place], text.replace(account, ELSEWHERE), *texts[place + 1 :]]
            yield f"for {text} of another account", {**statement, "Principal": {**principal, "AWS": other}}


def _conditions(statement: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    block = statement.get("Condition", {})
    if block:
        yield "no condition", {key: value for key, value in statement.items() if key != "Condition"}
    for operator, entries in block.items():
        for key, value in entries.items():
            for name, other_operator, other in _tests(operator, key, value):
                yield (
                    f"{key} {name}",
                    {**statement, "Condition": _replaced(block, operator, key, other_operator, other)},
                )


def _replaced(block: Any, operator: str, key: str, other_operator: str, other: Any) -> dict[str, Any]:
    made = copy.deepcopy(block)
    del made[operator][key]
    if not made[operator]:
        del made[operator]
    if other is not None:
        made.setdefault(other_operator, {})[key] = other
    return made


def _tests(operator: str, key: str, value: Any) -> Iterator[tuple[str, str, Any]]:
    """Yield (what changed, operator, values) for one key; the values None remove the key."""
    yield "dropped", operator, None
    if operator.endswith("IfExists"):
        yield "without IfExists", operator.removesuffix("IfExists"), value
    elif operator != "Null":
        yield "IfExists", f"{operator}IfExists", value
    if operator in ("StringEquals", "StringLike", "ArnLike", "ArnEquals"):
        yield "whatever it is", "StringLike", "*"
    if operator.startswith("ForAnyValue:"):
        plain = operator.removeprefix("ForAnyValue:")
        yield "without ForAnyValue", plain, value
        yield "for all values", f"ForAllValues:{plain}", value
    yield from _negations(operator, value)
    texts = _listed(value)
    if len(texts) > 1:
        for place, text in enumerate(texts):
            yield f"not {text}", operator, texts[:place] + texts[place + 1 :]
    for place, text in enumerate(texts):
        for name, other in _values(operator, text):
            yield name, operator, [*texts[:place], other, *texts[place + 1 :]]


def _negations(operator: str, value: Any) -> Iterator[tuple[str, str, Any]]:
    pairs = {
        "StringEquals": "StringNotEquals",
        "StringLike": "StringNotLike",
        "ArnEquals": "ArnNotEquals",
        "IpAddress": "NotIpAddress",
        "DateLessThan": "DateGreaterThanEquals",
        "DateGreaterThanEquals": "DateLessThan",
    }
    pairs |= {other: one for one, other in pairs.items() if not one.startswith("Date")}
    if operator in pairs:
        yield "turned around", pairs[operator], value


def _values(operator: str, text: str) -> Iterator[tuple[str, Any]]:
    name = operator.removesuffix("IfExists").rpartition(":")[2]
    if text.startswith("$") and text[1] != "{":  # a value that only the cloud knows; with braces, a variable
        return
    if name.startswith("Date"):
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        for days in (-366, -1, 1, 366):
            moved = (moment + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
            yield f"{days:+d} days", moved
    elif "IpAddress" in name:
        network = ipaddress.ip_network(text)
        yield f"{text} twice as wide", str(network.supernet())
        yield f"{text} much wider", str(network.supernet(new_prefix=8))
        yield f"half of {text}", str(next(network.subnets()))
    elif name == "Bool":
        yield "the other way", "false" if text == "true" else "true"
    elif name.startswith(("String", "Arn")):
        if "Like" in name or name.startswith("Arn"):
            yield "cut short", text.rstrip("*").rstrip("/") + "*"
            yield "with anything before it", "*" + text if not name.startswith("Arn") else text
            if "${" in text:
                yield "for everybody", text.replace(text[text.index("${") : text.index("}") + 1], "*")
        yield "another", "another-value" if not text.startswith("arn:") else STRANGER


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


def _with(document: dict[str, Any], statements: list[Any]) -> dict[str, Any]:
    return {**document, "Statement": copy.deepcopy(statements)}


# Other words for the same


def paraphrases(document: dict[str, Any], kind: PolicyKind) -> list[Mutant]:
    """Yield the policy written differently: each version must pass, as the solution does."""
    statements = document["Statement"]
    denies = all(one["Effect"] == "Deny" for one in statements)
    found = [
        Mutant("in another order", _with(document, statements[::-1])),
        Mutant("without Sids", _with(document, [_without(one, "Sid") for one in statements])),
        Mutant("actions in small letters", _with(document, [_small(one) for one in statements])),
        Mutant("one statement an action", _with(document, _parts(statements, "Action"))),
        Mutant("everything in lists", _with(document, [_in_lists(one) for one in statements])),
        Mutant("every statement twice", _with(document, [_without(one, "Sid") for one in statements * 2])),
    ]
    if kind is not PolicyKind.TRUST:
        found.append(Mutant("one statement a resource", _with(document, _parts(statements, "Resource"))))
        if kind is PolicyKind.SCP and denies:
            allowing = {"Effect": "Allow", "Action": "*", "Resource": "*"}
            found.append(Mutant("with FullAWSAccess once more", _with(document, [*statements, allowing])))
        if kind not in (*_WITH_PRINCIPAL, PolicyKind.RCP):
            actions = ["groundstation:*"] if kind is PolicyKind.SCP else ["organizations:*", "account:*"]
            forbidden = {"Effect": "Deny", "Action": actions, "Resource": "*"}
            found.append(
                Mutant("with a deny of what nobody asked for", _with(document, [*statements, forbidden]))
            )
    return found


def _without(statement: dict[str, Any], element: str) -> dict[str, Any]:
    return {key: value for key, value in statement.items() if key != element}


def _small(statement: dict[str, Any]) -> dict[str, Any]:
    element = "Action" if "Action" in statement else "NotAction"
    return {**statement, element: [action.lower() for action in _listed(statement[element])]}


def _parts(statements: list[dict[str, Any]], element: str) -> list[dict[str, Any]]:
    return [
        {**_without(one, "Sid"), element: each} if each is not None else one
        for one in statements
        for each in _listed(one.get(element))  # a statement with NotAction can't be split
    ]


_ELEMENTS = ("Action", "NotAction", "Resource", "NotResource")


def _in_lists(statement: dict[str, Any]) -> dict[str, Any]:
    block = {
        operator: {key: _listed(value) for key, value in entries.items()}
        for operator, entries in statement.get("Condition", {}).items()
    }
    made = {
        **statement,
        **{each: _listed(statement[each]) for each in _ELEMENTS if each in statement},
    }
    return {**made, "Condition": block} if block else made
