"""Request parameters and responses, in the form in which CloudTrail records them.

CloudTrail writes member names with a lowercase first letter. It hides the members that AWS's API models mark as
sensitive. It also hides members that aren't marked but that a service's documentation mentions; `trail_facts`
lists these.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from labs_helpers.cloud.core.record import Dropped, Entry
from labs_helpers.cloud.moto import protocols
from labs_helpers.cloud.services import trail_facts
from labs_helpers.cloud.services.shared.trail_facts import HIDDEN, MASKED, OMIT, SHOW, TrailFacts
from labs_helpers.cloud.services.shared.trail_values import plain

_LIMIT = 100 * 1024
"""The maximum size of requestParameters and responseElements, in characters here."""
_MIN_SECRET_LENGTH = 4
"""The minimum length of hidden values that are removed from error messages.

Shorter values could occur in any text.
"""

_EVERYWHERE = frozenset(
    "Password NewPassword OldPassword SecretAccessKey PrivateKey ClientSecret MasterUserPassword AuthToken SecretKey "
    "SecretString SecretBinary".split()
)
"""Members that are secret in every service, whether or not they are marked as sensitive."""


def request_parameters(entry: Entry) -> tuple[Any, frozenset[str]]:
    """Return requestParameters, and the strings that are hidden in them."""
    facts = trail_facts(entry.service)
    fills_in = facts.form is not None or (facts.defaults and facts.defaults(entry.operation, {}))
    if not entry.parameters and not fills_in:
        return None, frozenset()
    operation = _operation(entry)
    walk = _Walk(facts)
    if facts.form is not None:
        shown = facts.form.request(entry, operation, walk.hide)
    else:
        shown = walk.structure(operation.input_shape, entry.parameters)
    if facts.defaults is not None:
        shown = facts.defaults(entry.operation, shown)
    return _within_limit(shown or None), frozenset(walk.hidden)


def response_elements(entry: Entry) -> tuple[Any, frozenset[str]]:
    """Return responseElements (None for reads and failed calls), and the strings that are hidden in them."""
    facts = trail_facts(entry.service)
    if entry.error_code or entry.operation in facts.unanswered:
        return None, frozenset()
    walk = _Walk(facts, sets=facts.sets)
    shown = _answer_elements(entry, facts, walk) | facts.beyond(entry)
    if facts.wrapped and len(shown) == 1:
        (shown,) = shown.values()
    return _within_limit(shown or None), frozenset(walk.hidden)


def _answer_elements(entry: Entry, facts: TrailFacts, walk: _Walk) -> dict[str, Any]:
    """Return the response to a call that changes something, or nothing for reads and for actions without a request."""
    if entry.answer is None:
        return {}
    operation = _operation(entry)
    if operation.output_shape is None:
        return facts.nothing(entry) if facts.nothing is not None else {}
    if facts.form is not None:
        return facts.form.response(entry)
    shown = walk.structure(operation.output_shape, protocols.read(operation, entry.answer))
    return facts.answered(entry.operation, shown) if facts.answered is not None else shown


def without_secrets(text: str, secrets: frozenset[str]) -> str:
    """Return an error message without the secrets that the service quoted in it."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def _operation(entry: Entry) -> Any:
    model = protocols.model(entry.service)
    assert model is not None
    return model.operation_model(entry.operation)


def _within_limit(shown: Any) -> Any:
    return shown if shown is None or len(json.dumps(shown, default=str)) <= _LIMIT else None


class _Walk:
    """A traversal of a request or response according to its model, which collects the hidden strings."""

    def __init__(self, facts: TrailFacts, *, sets: bool = False):
        self._sets = sets
        self._rules = facts.members
        self._hides = facts.hides
        self._spelled = facts.spelled
        self.hidden: set[str] = set()

    def structure(self, shape: Any, value: Mapping[str, Any]) -> dict[str, Any]:
        """Return a structure with CloudTrail's member names, without the members that CloudTrail omits."""
        members = shape.members if shape is not None else {}
        shown = {}
        for name, item in value.items():
            if item is not None and name in members:
                item_shown = self._item(name, members[name], item)
                if item_shown is not OMIT:
                    shown[self._name(name, members[name])] = item_shown
        return shown

    def _name(self, name: str, shape: Any) -> str:
        if name in self._spelled:
            return self._spelled[name]
        written = shape.serialization.get("name", name) if self._sets else name
        return str(written[:1].lower() + written[1:])

    def _item(self, name: str, shape: Any, value: Any) -> Any:
        rule = self._rules.get(name)
        if rule is None and (name in _EVERYWHERE or shape.metadata.get("sensitive")):
            rule = self._hides
        if rule is None or rule is SHOW:
            return self._value(shape, value)
        if rule is MASKED and isinstance(value, str) and _is_identifier(value):
            return value
        self.hide(value)
        return rule

    def _value(self, shape: Any, value: Any) -> Any:
        if isinstance(value, Dropped):
            return OMIT
        if shape.type_name == "structure" and isinstance(value, Mapping):
            return self.structure(shape, value)
        if shape.type_name == "list" and isinstance(value, list | tuple):
            items = [self._item("", shape.member, item) for item in value]
            kept = [item for item in items if item is not OMIT]
            return kept if not self._sets else {"items": kept} if kept else {}
        if shape.type_name == "map" and isinstance(value, Mapping):
            named = {key: self._item(key, shape.value, item) for key, item in value.items()}
            return {key: item for key, item in named.items() if item is not OMIT}
        if self._sets and isinstance(value, datetime):
            return int(value.timestamp()) * 1000
        return plain(value)

    def hide(self, value: Any) -> None:
        """Remember every string in a hidden value."""
        if isinstance(value, str) and len(value) >= _MIN_SECRET_LENGTH:
            self.hidden.add(value)
        elif isinstance(value, bytes):
            self.hide(value.decode("utf-8", "replace"))
            self.hide(base64.b64encode(value).decode())
        elif isinstance(value, Mapping):
            for item in value.values():
                self.hide(item)
        elif isinstance(value, list | tuple):
            for item in value:
                self.hide(item)


def _is_identifier(value: str) -> bool:
    return (value.isdigit() and len(value) == 12) or value.startswith(("o-", "r-", "ou-", "h-"))
