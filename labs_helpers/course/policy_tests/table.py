"""What a table of policy tests may hold, and reading one (docs/policy-as-code.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from labs_helpers.course.content.schema import AccountId
from labs_helpers.limits import POLICY_TESTS_BYTES, TooLarge, read_limited

_DEFAULTS = {"scp": ("FullAWSAccess",), "rcp": ("RCPFullAWSAccess",)}


class TableError(ValueError):
    """A table that can't be run. Its text names the file and the place in it."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


class Level(_Strict):
    """The root, or a unit: what hangs there by name, the units and accounts below."""

    scp: tuple[str, ...] = _DEFAULTS["scp"]
    rcp: tuple[str, ...] = _DEFAULTS["rcp"]
    units: dict[str, Level] = {}
    accounts: dict[str, AccountId | AccountLevel] = {}


class AccountLevel(_Strict):
    """An account with policies of its own."""

    id: AccountId
    scp: tuple[str, ...] = _DEFAULTS["scp"]
    rcp: tuple[str, ...] = _DEFAULTS["rcp"]


class Test(_Strict):
    """Requests, and what must come of each: every combination of the lists.

    `account` is whose principal asks, by name or id; `principal` a path in it (`role/admin`, `root`), a whole ARN, or
    `anonymous`; `owner` whose resource it is, unless the principal's own. `identity` are the policies of the principal,
    by default one for everything, so that the guardrails alone decide; `permission_set` is one of those instead. In the
    same way the policy of a resource is open to everybody, where one must agree, unless `resource_policy` names one.
    """

    __test__ = False

    name: str = Field(min_length=1)
    account: tuple[str, ...] = ()
    principal: tuple[str, ...] = ("role/anybody",)
    action: tuple[str, ...] = Field(min_length=1)
    resource: tuple[str, ...] = ("*",)
    owner: str | None = None
    context: dict[str, Any] = {}
    identity: tuple[str, ...] | None = None
    permission_set: str | None = None
    resource_policy: str | None = None
    expect: Literal["allow", "deny"]
    because: str | None = None

    @field_validator("account", "principal", "action", "resource", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return _listed(value)


class File(_Strict):
    """A whole file. `policies`: directories with a JSON file a policy, beside those that the file holds itself."""

    policies: tuple[str, ...] = ()
    documents: dict[str, dict[str, Any]] = {}
    permission_sets: dict[str, tuple[str, ...]] = {}
    management: str = Field("111122223333", pattern=r"^\d{12}$")
    organization_id: str = Field("o-exampleorgid", pattern=r"^o-[a-z0-9]{10,32}$")
    tree: Level = Level()
    tests: tuple[Test, ...] = Field(min_length=1)

    @field_validator("policies", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return _listed(value)


def read_text(path: Path) -> str:
    """Return the text of a table or policy. Raise TableError for one that is too long."""
    try:
        return read_limited(path, POLICY_TESTS_BYTES).decode()
    except TooLarge as error:
        raise TableError(str(error)) from None


def read_table(path: Path) -> File:
    """A table, validated. TableError says what is wrong, and where."""
    import yaml

    try:
        text = read_text(path)
        if "&" in text and any(isinstance(each, yaml.AliasToken) for each in yaml.scan(text)):
            raise TableError(f"{path}: aliases are not read; write out what they stand for")
        found = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise TableError(f"{path}: {error}") from None
    if not isinstance(found, dict):
        raise TableError(f'{path}: no table; it needs "tests"')
    try:
        return File.model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise TableError(f"{path}: {where}: {first['msg']}") from None
    except RecursionError:
        raise TableError(f"{path}: nested too deep") from None
