"""The schema of a table of policy tests, and a reader for it (docs/policy-as-code.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from labs_helpers.course.content.schema import AccountId
from labs_helpers.course.shown.file_errors import file_problem
from labs_helpers.limits import POLICY_TESTS_BYTES, TooLarge, read_limited

_DEFAULTS = {"scp": ("FullAWSAccess",), "rcp": ("RCPFullAWSAccess",)}


class TableError(ValueError):
    """The error for a table that can't be run. The message names the file and the location in the file."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


class Level(_Strict):
    """The root or an OU: the names of its policies, and the OUs and accounts directly in it."""

    scp: tuple[str, ...] = _DEFAULTS["scp"]
    rcp: tuple[str, ...] = _DEFAULTS["rcp"]
    units: dict[str, Level] = {}
    accounts: dict[str, AccountId | AccountLevel] = {}


class AccountLevel(_Strict):
    """An account, and the policies attached directly to it."""

    id: AccountId
    scp: tuple[str, ...] = _DEFAULTS["scp"]
    rcp: tuple[str, ...] = _DEFAULTS["rcp"]


class Test(_Strict):
    """Requests with the same expected decision, one for every combination of values in the lists.

    `account`: the principal's account, by name or ID. `principal`: a path in that account (`role/admin`, `root`), an
    ARN, `anonymous`, or `service:` with a service principal. `owner`: the resource's account, by default the
    principal's, or `account` for a principal without an account. `identity`: the principal's
    policies, by default a policy that allows everything, so that the decision depends only on the guardrails;
    `permission_set` replaces `identity`. Likewise, if a resource-based policy must allow the request, it is the one
    that `resource_policy` names, or by default one that allows everyone.
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
    """A table file. `policies`: directories with one JSON file per policy, in addition to the file's `documents`."""

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


def read_input(path: Path) -> str:
    """Return the text of a table or policy. Raises `TableError` if the text is too long."""
    try:
        return read_limited(path, POLICY_TESTS_BYTES).decode()
    except TooLarge as error:
        raise TableError(str(error)) from None


def read_table(path: Path) -> File:
    """Return the validated table in a file. Raises `TableError`, which locates the first fault, if it is invalid."""
    import yaml

    try:
        text = read_input(path)
        if "&" in text and any(isinstance(each, yaml.AliasToken) for each in yaml.scan(text)):
            raise TableError(f"{path}: YAML aliases aren't supported; write their content out")
        # The parser in C, which not every installation has, reads a table of 1,000 requests five times as fast.
        found = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except OSError as error:
        raise TableError(file_problem(error)) from None
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise TableError(f"{path}: {error}") from None
    if not isinstance(found, dict):
        raise TableError(f'{path}: not a table: "tests" is missing')
    try:
        return File.model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise TableError(f"{path}: {where}: {first['msg']}") from None
    except RecursionError:
        raise TableError(f"{path}: nested too deeply") from None
