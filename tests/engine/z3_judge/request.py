"""A symbolic request: an action, a resource, and the condition keys of a world, each with its type."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

import z3

from tests.engine.z3_judge.formulas import ALWAYS, Formula, all_of, any_of, atom
from tests.engine.z3_judge.patterns import UnsupportedError, Variable

TEXT, ARN, NUMBER, DATE, BOOLEAN, ADDRESS = "text", "ARN", "number", "date", "boolean", "address"
TEXTS = (TEXT, ARN)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
V4, V6 = 1 << 32, 1 << 128


class Address(NamedTuple):
    """An IP address: its version, and its number."""

    is_v4: z3.BoolRef
    number: z3.ArithRef


@dataclass(frozen=True)
class Key:
    """A condition key of a symbolic request.

    `places` are what it can contain, each with whether it is in use: one for a key with a single value, whose place is
    in use if the key is present. `loose` keys are texts that are compared as something else: perhaps, such a text isn't
    `readable` as that.
    """

    name: str
    kind: str
    several: bool
    places: tuple[tuple[Formula, Any], ...]
    present: Formula
    readable: Formula = ALWAYS
    loose: bool = False

    @property
    def value(self) -> Any:
        """The value of a key with a single value. Raises `UnsupportedError` for another."""
        if self.several:
            raise UnsupportedError(f"{self.name} has several values, without a set operator")
        return self.places[0][1]


def new_key(name: str, kind: str, places: int = 0, *, loose: bool = False) -> Key:
    """Return a key without a value yet; `places` is how many values it can have, or 0 for a single-valued key."""
    values = tuple(_variable(f"{name}[{place}]", kind) for place in range(places or 1))
    if not places:
        present = atom(z3.Bool(f"{name} is present"))
        readable = atom(z3.Bool(f"{name} is readable")) if loose else ALWAYS
        return Key(
            name,
            kind,
            several=False,
            places=((present, values[0]),),
            present=present,
            readable=readable,
            loose=loose,
        )
    used = tuple(atom(z3.Bool(f"{name}[{place}] is used")) for place in range(places))
    present = any_of(*used)
    return Key(name, kind, several=True, places=tuple(zip(used, values, strict=True)), present=present)


def _variable(name: str, kind: str) -> Any:
    if kind == ADDRESS:
        return Address(z3.Bool(f"{name} is IPv4"), z3.Int(f"{name} address"))
    make = {TEXT: z3.String, ARN: z3.String, NUMBER: z3.Real, DATE: z3.Real, BOOLEAN: z3.Bool}
    return make[kind](name)


@dataclass
class Request:
    """A symbolic request. `keys` are by lowercase name; a key that isn't there is never in a request."""

    keys: Mapping[str, Key]
    action: z3.SeqRef = field(default_factory=lambda: z3.String("action"))
    resource: z3.SeqRef = field(default_factory=lambda: z3.String("resource"))

    def text(self, variable: Variable) -> z3.SeqRef:
        """Return the value that a policy variable stands for."""
        return self.keys[variable.key].value

    def well_formed(self) -> Formula:
        """Return what holds of every request: an address is within its version's range."""
        facts = []
        for key in self.keys.values():
            if key.kind == ADDRESS:
                for _, address in key.places:
                    facts += [address.number >= 0, address.number < z3.If(address.is_v4, V4, V6)]
        return all_of(*map(atom, facts))

    def equals(
        self, action: str, resource: str, context: Mapping[str, Any]
    ) -> list[tuple[z3.ExprRef, z3.ExprRef]]:
        """Return the substitutions that make this a concrete request."""
        given = {name.lower(): value for name, value in context.items()}
        found = [(self.action, z3.StringVal(action.lower())), (self.resource, z3.StringVal(resource))]
        for name, key in self.keys.items():
            values = given.get(name, ())
            listed = list(values) if isinstance(values, list | tuple) else [values]
            if len(listed) > len(key.places):
                raise UnsupportedError(f"{name} has {len(listed)} values, and only {len(key.places)} places")
            for place, (used, variable) in enumerate(key.places):
                found.append((used.whole, z3.BoolVal(place < len(listed))))
                if place < len(listed):
                    constants = _constants(key.kind, variable, listed[place])
                    found += constants
                    if key.loose:
                        found.append((key.readable.whole, z3.BoolVal(bool(constants))))
                    elif not constants:
                        raise UnsupportedError(f"{listed[place]!r} is no {key.kind}")
        return found

    def read(self, value: Callable[[z3.ExprRef], z3.ExprRef]) -> dict[str, Any]:
        """Return the concrete request with these values: its action, resource, and context."""
        context: dict[str, Any] = {}
        for name, key in self.keys.items():
            read = [
                _concrete(key.kind, variable, value)
                for used, variable in key.places
                if z3.is_true(value(used.whole))
            ]
            if read and key.loose and not z3.is_true(value(key.readable.whole)):
                read = ["unreadable"]
            if read:
                context[name] = read if key.several else read[0]
        return {
            "action": text_of(value(self.action)),
            "resource": text_of(value(self.resource)),
            "context": context,
        }


def text_of(value: z3.ExprRef) -> str:
    """Return a Z3 string's text."""
    text = value.as_string()
    start = text.find("\\u{")
    while start >= 0:
        end = text.index("}", start)
        text = text[:start] + chr(int(text[start + 3 : end], 16)) + text[end + 1 :]
        start = text.find("\\u{", start + 1)
    return text


def _constants(kind: str, variable: Any, value: Any) -> list[tuple[z3.ExprRef, z3.ExprRef]]:
    """Return the values of a key's variables; none if the value can't be read."""
    if kind in TEXTS:
        text = {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else value
        return [(variable, z3.StringVal(str(text)))]
    if kind == BOOLEAN:
        if str(value).lower() not in ("true", "false"):
            return []
        return [(variable, z3.BoolVal(str(value).lower() == "true"))]
    if kind == ADDRESS:
        address = read_address(str(value))
        if address is None:
            return []
        return [
            (variable.is_v4, z3.BoolVal(address.version == 4)),
            (variable.number, z3.IntVal(int(address))),
        ]
    number = read_number(value) if kind == NUMBER else read_date(value)
    return [] if number is None else [(variable, z3.RealVal(number))]


def _concrete(kind: str, variable: Any, value: Any) -> str:
    if kind in TEXTS:
        return text_of(value(variable))
    if kind == BOOLEAN:
        return "true" if z3.is_true(value(variable)) else "false"
    if kind == ADDRESS:
        number = value(variable.number).as_long()
        version = ipaddress.IPv4Address if z3.is_true(value(variable.is_v4)) else ipaddress.IPv6Address
        return str(version(number))
    number = value(variable).as_fraction()
    if kind == NUMBER:
        return str(number.numerator) if number.denominator == 1 else f"{float(number)!r}"
    if abs(number) < 1 << 36:
        moment = EPOCH + timedelta(microseconds=float(number * 1_000_000))
        return (
            moment.strftime("%Y-%m-%dT%H:%M:%S")
            + (f".{moment.microsecond:06}" if moment.microsecond else "")
            + "Z"
        )
    return str(int(number))


def read_number(value: Any) -> Fraction | None:
    """Return the number that a policy or request contains; None if it is none."""
    try:
        return None if isinstance(value, bool) else Fraction(str(value).strip())
    except (ValueError, ZeroDivisionError):
        return None


def read_date(value: Any) -> Fraction | None:
    """Return a date as seconds since 1970; None if it is no date in AWS's form or in epoch seconds.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date
    """
    number = read_number(value)
    if number is not None and "-" not in str(value)[1:]:
        return number
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return Fraction((moment - EPOCH) // timedelta(microseconds=1), 1_000_000)


def read_address(value: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address in a text; None if it is none."""
    try:
        return ipaddress.ip_address(value)
    except ValueError:
        return None


def read_network(value: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """Return the range in a text, one address if it has no prefix length; None if it is none.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IPAddress
    """
    try:
        return ipaddress.ip_network(value, strict=False)
    except ValueError:
        return None


def listed(value: Any) -> Sequence[Any]:
    """Return a JSON value as a list."""
    return value if isinstance(value, list | tuple) else [value]
