"""Sabotaged designs: the reference without one of its controls, each under a name that states which."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any

from labs_helpers.course.days.day6 import blueprint
from labs_helpers.course.days.day6.actors import ANOTHERS_AUDIENCE

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
Design = dict[str, Any]


def sabotages() -> dict[str, Design]:
    """Return every sabotaged design, as data."""
    made: dict[str, Design] = {}
    for name, design in _all(blueprint.as_data()):
        assert name not in made, name
        made[name] = design
    return made


def without(names: Sequence[str]) -> Design:
    """Return the reference without several controls, by the names of their sabotages."""
    design = blueprint.as_data()
    for name in names:
        design = dict(_all(design))[name]
    return design


def _all(reference: Design) -> Iterator[tuple[str, Design]]:
    for kind in ("scps", "rcps"):
        for number, rail in enumerate(reference[kind]):
            yield from _without_denies(reference, (kind, number, "policy"), f"{kind[:3]} {rail['name']}")
    for number, key in enumerate(reference["keys"]):
        place = ("keys", number, "policy")
        yield from _without_denies(reference, place, f"key {key['alias']}")
        yield from _without_conditions(reference, place, f"key {key['alias']}")
    for number, bucket in enumerate(reference["buckets"]):
        if bucket.get("policy"):
            place = ("buckets", number, "policy")
            yield from _without_denies(reference, place, f"bucket {bucket['name']}")
            yield from _without_conditions(reference, place, f"bucket {bucket['name']}")
        if bucket.get("key"):
            yield (
                f"bucket {bucket['name']}: no default key",
                _put(reference, ("buckets", number, "key"), None),
            )
    yield from _of_roles(reference)
    for number, provider in enumerate(reference["providers"]):
        more = [*provider["audiences"], ANOTHERS_AUDIENCE]
        yield (
            f"provider {provider['url']}: one more audience",
            _put(reference, ("providers", number, "audiences"), more),
        )
    yield from _of_people(reference)
    for option, value in (("hide_who_exists", False), ("allow_classic", True)):
        yield f"customers: {option} {value}", _put(reference, ("customers", option), value)
    for number, trail in enumerate(reference["trails"]):
        yield f"trail {trail['name']}: gone", _gone(reference, ("trails", number))
        if trail.get("data"):
            yield f"trail {trail['name']}: no data events", _put(reference, ("trails", number, "data"), [])


def _of_roles(reference: Design) -> Iterator[tuple[str, Design]]:
    for kind in ("roles", "users"):
        for number, holder in enumerate(reference[kind]):
            name = f"{kind[:-1]} {holder['name']}"
            if holder.get("boundary"):
                yield f"{name}: no boundary", _put(reference, (kind, number, "boundary"), None)
            for own in holder.get("policies", {}):
                place = (kind, number, "policies", own)
                yield f"{name}: a policy for everything", _put(reference, place, EVERYTHING)
                yield from _without_conditions(reference, place, name)
            if "trust" in holder:
                yield from _without_conditions(reference, (kind, number, "trust"), f"{name}: trust")


def _of_people(reference: Design) -> Iterator[tuple[str, Design]]:
    for number, each in enumerate(reference["people"]["permission_sets"]):
        if each.get("policy"):
            place = ("people", "permission_sets", number)
            widened = _put(reference, (*place, "managed"), [ADMINISTRATOR])
            yield f"permission set {each['name']}: AdministratorAccess", widened
    for number, each in enumerate(reference["people"]["assignments"]):
        if each["group"] == "developers":
            place = ("people", "assignments", number, "accounts")
            yield "assignment of developers: prod as well", _put(reference, place, ["dev", "prod"])
    yield (
        "directory: a former employee is still there",
        _put(reference, ("people", "users", "lee"), ["developers"]),
    )


def _without_denies(reference: Design, place: tuple[Any, ...], name: str) -> Iterator[tuple[str, Design]]:
    """Yield the design without each deny statement, or without the policy if it has no other statement."""
    statements = _at(reference, place)["Statement"]
    for number, statement in enumerate(statements):
        if statement["Effect"] == "Deny":
            what = f"{name}: no {statement['Sid']}"
            if len(statements) > 1:
                yield what, _gone(reference, (*place, "Statement", number))
            elif place[0] in ("scps", "rcps"):
                yield what, _gone(reference, place[:2])
            else:
                yield what, _put(reference, place, None)


def _without_conditions(reference: Design, place: tuple[Any, ...], name: str) -> Iterator[tuple[str, Design]]:
    """Yield the design without each condition key of each allow statement."""
    for number, statement in enumerate(_at(reference, place)["Statement"]):
        if statement["Effect"] != "Allow":
            continue
        for operator, keys in statement.get("Condition", {}).items():
            for key in keys:
                design = copy.deepcopy(reference)
                conditions = _at(design, place)["Statement"][number]["Condition"]
                del conditions[operator][key]
                if key == "cognito-identity.amazonaws.com:aud":  # which IAM insists on: as wide as it takes
                    conditions["StringLike"] = {key: "<home>:*"}
                if not conditions[operator]:
                    del conditions[operator]
                sid = statement.get("Sid", f"statement {number + 1}")
                yield f"{name}: {sid} without {key}", design


def _at(design: Any, place: tuple[Any, ...]) -> Any:
    for step in place:
        design = design[step]
    return design


def _put(reference: Design, place: tuple[Any, ...], value: Any) -> Design:
    design = copy.deepcopy(reference)
    _at(design, place[:-1])[place[-1]] = value
    return design


def _gone(reference: Design, place: tuple[Any, ...]) -> Design:
    design = copy.deepcopy(reference)
    del _at(design, place[:-1])[place[-1]]
    return design
