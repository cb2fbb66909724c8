"""Code that makes the boto3 calls described in data/: a day's stage, a situation, a check's tries.

The calls are made in order, by administrators, by profiles, or anonymously. Later calls can use earlier responses, and
the lab clock can be advanced between calls.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import boto3

from labs_helpers.course.shown.progress_line import with_progress
from labs_helpers.course.situations.identity_clients import client_as
from labs_helpers.course.situations.memory import Memory

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

NOBODY = "nobody"
"""The value of `who` for an unsigned call, which has no caller."""
KEPT = re.compile(r"\$([a-z_]\w*)((?:\.\w+)+)")
"""A reference to a member of an earlier step's response, such as `$key.KeyMetadata.Arn`.

In a list, a part of the path is an index, or `newest` for the object that was modified last.
"""


NO_CREDENTIALS = {"AccessKeyId": "ASIANOCREDENTIALS000", "SecretAccessKey": "none", "SessionToken": "none"}
"""The placeholder keys in the profile of a user who requested credentials but didn't get any."""


def set_stage(cloud: Cloud, steps: Iterable[Mapping[str, Any]]) -> None:
    """Make the calls in `steps`, write their profiles, and keep the responses.

    Raises `ClientError` for the first denied call.
    """
    performer = Performer(cloud)
    for step in with_progress(steps, lambda step: step.get("call", "the clock")):
        if step.get("advance"):
            cloud.clock.advance(**step["advance"])
            continue
        answer = performer.make(step)
        if step.get("profile"):
            cloud.profile(step["profile"], answer.get("AccessKey") or answer["Credentials"])


class NotKept(LookupError):
    """The error for a call with a reference to a response that wasn't kept from an earlier call."""


class NoCredentials(LookupError):
    """The error for a call by a user who requested credentials but didn't get any."""


class Performer:
    """An object that makes described calls in one cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def make(self, call: Mapping[str, Any]) -> Any:
        """Make a step's or a try's call and return AWS's response. Raises `ClientError` if AWS rejects it."""
        client = self.client(call)
        kept = self._cloud.part(Memory).kept
        given = with_kept(call.get("parameters", {}), kept)
        answer = getattr(client, call["call"])(**as_text(client, call["call"], given))
        if call.get("keep"):
            kept[call["keep"]] = answer
        return answer

    def client(self, call: Mapping[str, Any]) -> Any:
        """Return the boto3 client for a call: for the profile `who`, unsigned, or for the account's administrator.

        Raises `LookupError` for a profile that does not exist and `NoCredentials` for a profile without credentials.
        """
        who, service, region = call.get("who"), call["service"], call.get("region")
        if who == NOBODY:
            return client_as(self._cloud, None, service, region)
        if who is None:
            account = with_kept(call.get("account"), self._cloud.part(Memory).kept) or self._cloud.home
            if account == self._cloud.home:
                who = "default"
            else:
                self._cloud.account(account)
                who = f"admin-{account}"
        keys = self._cloud.keys(who)
        if keys == NO_CREDENTIALS:
            raise NoCredentials(f"{who} got no credentials")
        if keys is not None:
            return client_as(self._cloud, keys, service, region)
        if who not in self._cloud.profiles():
            raise LookupError(f"there is no profile {who!r}. Profiles: {', '.join(self._cloud.profiles())}")
        return boto3.Session(profile_name=who).client(service, region_name=region)


def with_kept(value: Any, kept: Mapping[str, Any]) -> Any:
    """Return a value in which each `$name.Member.Inner` is replaced by that member of the response kept as `name`.

    Policy variables (`${aws:username}`) are unchanged. Raises `LookupError` for an unknown name or member.
    """
    if isinstance(value, dict):
        return {with_kept(key, kept): with_kept(each, kept) for key, each in value.items()}
    if isinstance(value, list):
        return [with_kept(each, kept) for each in value]
    if not isinstance(value, str):
        return value
    whole = KEPT.fullmatch(value)
    if whole:
        return _look_up(whole, kept)
    return KEPT.sub(lambda found: str(_look_up(found, kept)), value)


def with_known(text: str, kept: Mapping[str, Any]) -> str:
    """Return a string with references replaced as in `with_kept`; a reference that can't be resolved is unchanged."""

    def known(found: re.Match[str]) -> str:
        """Return the value of a reference, or the reference itself if nothing is kept under its name."""
        try:
            return str(_look_up(found, kept))
        except LookupError:
            return found[0]

    return KEPT.sub(known, text)


def _look_up(found: re.Match[str], kept: Mapping[str, Any]) -> Any:
    name, path = found[1], found[2][1:].split(".")
    if name not in kept:
        raise NotKept(f"{found[0]}: no earlier step keeps {name!r}. Kept: {', '.join(kept) or 'nothing'}")
    value = kept[name]
    for part in path:
        try:
            value = _element(value, part) if isinstance(value, list) else value[part]
        except (KeyError, IndexError, ValueError, TypeError):
            raise LookupError(f"{found[0]}: the answer has no {part!r}") from None
    return value


def _element(values: list[Any], part: str) -> Any:
    """Return the element at an index, or the one that was modified last (`newest`)."""
    return max(values, key=lambda each: each["LastModified"]) if part == "newest" else values[int(part)]


def as_text(client: Any, call: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters in which objects are JSON text wherever the operation expects a string, as for policies."""
    operation = client.meta.method_to_api_mapping[call]
    shape = client.meta.service_model.operation_model(operation).input_shape
    return _fitting(parameters, shape) if shape is not None else dict(parameters)


def _fitting(value: Any, shape: Any) -> Any:
    kind = shape.type_name
    if kind == "string" and isinstance(value, (dict, list)):
        return json.dumps(value)
    if kind == "structure" and isinstance(value, Mapping):
        return {
            name: _fitting(each, shape.members[name]) if name in shape.members else each
            for name, each in value.items()
        }
    if kind == "list" and isinstance(value, list):
        return [_fitting(each, shape.member) for each in value]
    if kind == "map" and isinstance(value, Mapping):
        return {name: _fitting(each, shape.value) for name, each in value.items()}
    return value
