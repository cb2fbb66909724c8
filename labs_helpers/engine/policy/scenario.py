"""The scenario format, which tests, exercises, and benchmarks use: one JSON object per line for input and output.

    in   {"principal": {"arn": …}, "action": …, "resource": {"arn": …, "account": …},
          "context": {…}, "policies": {…}}
    out  {"decision": …, "reason": …, "checks": […]}
    or   {"error": "line 3: policies.identity[0].Statement[1].Efect: unknown element"}

principal is one of {"arn", "issuer"}, {"service"}, {"anonymous": true}, {"web_identity"}, {"saml"}.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, TypeVar

from labs_helpers.engine.policy.decide import decide, is_kms_key, needs_trust
from labs_helpers.engine.policy.decision import Decision
from labs_helpers.engine.policy.errors import UNKNOWN_ELEMENT, PolicyError
from labs_helpers.engine.policy.grants import parse_grants
from labs_helpers.engine.policy.parse import parse_policy
from labs_helpers.engine.policy.policy_set import Attached, Policies
from labs_helpers.engine.policy.principal import Principal, principal_from_arn
from labs_helpers.engine.policy.request import AccessRequest
from labs_helpers.engine.policy.statement import Policy, PolicyKind
from labs_helpers.engine.policy.strict_json import (
    MAX_BYTES,
    as_list,
    as_object,
    as_text,
    describe,
    only_known,
    read_json,
)

_FIELDS = ("principal", "action", "resource", "context", "policies")
_PRINCIPAL_FORMS = '{"arn": …}, {"service": …}, {"anonymous": true}, {"web_identity": …} or {"saml": …}'
_POLICIES = ("identity", "boundary", "session", "resource", "vpc_endpoint", "scp", "rcp", "grants")
_REMEMBERED = 256
_REMEMBERED_SIZE = 20_000
_ENDING = '"policies"'
_PLACEHOLDER = '"policies": 0}'


def simulate(lines: Iterable[str | bytes]) -> Iterator[str]:
    """Yield one line of JSON for each input line, in order, as lines arrive.

    Memory use is bounded, because only a limited number of parsed policies are cached.
    """
    parsed, written = _Parsed(), _Written()
    for number, line in enumerate(lines, start=1):
        yield written.text(_answer(line, number, parsed))


def simulate_line(line: str | bytes, number: int = 1) -> dict[str, Any]:
    """Return the result for one line: `Decision.to_dict()`, or {"error": "line N: …"}. Never raises an exception."""
    answer = _answer(line, number, _Parsed())
    return answer.to_dict() if isinstance(answer, Decision) else answer


def _answer(line: str | bytes, number: int, parsed: _Parsed) -> Decision | dict[str, Any]:
    try:
        return _decide(_text(line), parsed)
    except PolicyError as error:
        # The format shows an unknown element without the allowed alternatives; other errors list them.
        message = str(PolicyError(error.path, error.found)) if error.found == UNKNOWN_ELEMENT else str(error)
        return {"error": f"line {number}: {message}"}


def _text(line: str | bytes) -> str:
    if isinstance(line, str):
        text = line
    else:
        if len(line) > MAX_BYTES:
            raise PolicyError("", f"a line of more than {MAX_BYTES} bytes, the limit")
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            raise PolicyError("", "not UTF-8") from None
    if not text.strip():
        raise PolicyError("", "an empty line", "a JSON object")
    return text


def _decide(text: str, parsed: _Parsed) -> Decision:
    scenario, ending = parsed.scenario(text)
    as_object(scenario, "", f"an object with {', '.join(_FIELDS)}")
    only_known(scenario, _FIELDS, "")
    for name in ("principal", "action", "resource"):
        if name not in scenario:
            raise PolicyError(name, "missing", "principal, action, and resource are required")
    request = _request(scenario)
    return decide(request, parsed.policies(scenario.get("policies", {}), ending, request))


def _request(scenario: dict[str, Any]) -> AccessRequest:
    resource = as_object(scenario["resource"], "resource", '{"arn": …, "account": …}')
    only_known(resource, ("arn", "account"), "resource")
    if "arn" not in resource:
        raise PolicyError("resource.arn", "missing", '"*" or an ARN')
    if "account" in resource:
        as_text(resource["account"], "resource.account", "twelve digits")
    return AccessRequest.of(
        _principal(scenario["principal"]),
        scenario["action"],
        resource["arn"],
        account=resource.get("account"),
        context=as_object(scenario.get("context", {}), "context", "an object of condition keys"),
    )


def _principal(given: Any) -> Principal:
    as_object(given, "principal", _PRINCIPAL_FORMS)
    only_known(given, ("arn", "issuer", "service", "anonymous", "web_identity", "saml"), "principal")
    forms = [name for name in given if name != "issuer"]
    if len(forms) != 1:
        raise PolicyError("principal", "no principal" if not forms else " and ".join(forms), _PRINCIPAL_FORMS)
    form = forms[0]
    if form == "arn":
        issuer = given.get("issuer")
        if "issuer" in given and issuer is None:
            raise PolicyError("principal.issuer", "null", "the ARN of the session's role")
        if isinstance(given["arn"], str) and (issuer is None or isinstance(issuer, str)):
            return _principal_of(given["arn"], issuer)
        return principal_from_arn(given["arn"], issuer, "principal")
    if "issuer" in given:
        raise PolicyError(
            "principal.issuer", f"an issuer with {form}", "an issuer only with the ARN of a session"
        )
    if form == "anonymous":
        if given["anonymous"] is not True:
            raise PolicyError("principal.anonymous", describe(given["anonymous"]), "true")
        return Principal.anonymous()
    name = as_text(given[form], f"principal.{form}")
    if not name:
        raise PolicyError(f"principal.{form}", "an empty string", "a name")
    make = {"service": Principal.service, "web_identity": Principal.web_identity, "saml": Principal.saml}
    return make[form](name)


@lru_cache(maxsize=_REMEMBERED)
def _principal_of(arn: str, issuer: str | None) -> Principal:
    return principal_from_arn(arn, issuer, "principal")


def _policies(given: Any, request: AccessRequest, parsed: _Parsed) -> Policies:
    as_object(given, "policies", f"an object with {', '.join(_POLICIES)}")
    only_known(given, _POLICIES, "policies")

    def one(name: str, kind: PolicyKind) -> Attached | None:
        """Return the policy with this name, or None if it is missing."""
        return Attached(name, parsed.policy(given[name], kind, f"policies.{name}")) if name in given else None

    def several(name: str, documents: Any, kind: PolicyKind) -> tuple[Attached, ...]:
        """Return the policies in a list."""
        listed = as_list(documents, f"policies.{name}", "a list of policies")
        return tuple(
            Attached(f"{name}[{index}]", parsed.policy(document, kind, f"policies.{name}[{index}]"))
            for index, document in enumerate(listed)
        )

    def levels(name: str, kind: PolicyKind) -> tuple[tuple[Attached, ...], ...] | None:
        """Return the policies in a list of levels, or None if it is missing."""
        if name not in given:
            return None
        listed = as_list(
            given[name], f"policies.{name}", "a list of levels, root first, each a list of policies"
        )
        return tuple(several(f"{name}[{level}]", documents, kind) for level, documents in enumerate(listed))

    return Policies(
        identity=several("identity", given.get("identity", []), PolicyKind.IDENTITY),
        boundary=one("boundary", PolicyKind.BOUNDARY),
        session=several("session", given.get("session", []), PolicyKind.SESSION),
        resource=one("resource", resource_kind(request)),
        vpc_endpoint=one("vpc_endpoint", PolicyKind.VPC_ENDPOINT),
        scp=levels("scp", PolicyKind.SCP),
        rcp=levels("rcp", PolicyKind.RCP),
        grants=parse_grants(given["grants"], "policies.grants") if "grants" in given else None,
    )


def read_policies(policies: dict[str, Any], request: AccessRequest) -> Policies:
    """Parse a scenario's "policies". The request determines the kind of the resource's policy.

    Raises `PolicyError`, which gives the path of the fault.
    """
    return _policies(policies, request, _Parsed())


def resource_kind(request: AccessRequest) -> PolicyKind:
    """Return the kind of the resource's policy: role trust policy, key policy, or another resource-based policy."""
    if needs_trust(request.action_key, request.resource):
        return PolicyKind.TRUST
    return PolicyKind.KEY if is_kms_key(request.resource) else PolicyKind.RESOURCE


_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class _Cache(OrderedDict[_Key, _Value]):
    """A dictionary that keeps only the values stored most recently."""

    def __setitem__(self, key: _Key, value: _Value) -> None:
        super().__setitem__(key, value)
        if len(self) > _REMEMBERED:
            self.popitem(last=False)


class _Parsed:
    """Bounded caches of what the lines of a file tend to repeat: policies, and the strings in them."""

    def __init__(self) -> None:
        self._documents: _Cache[tuple[PolicyKind, str], Policy] = _Cache()
        self._endings: _Cache[str, dict[str, Any]] = _Cache()
        self._seen: _Cache[int, None] = _Cache()
        self._policies: _Cache[tuple[str, PolicyKind], Policies] = _Cache()

    def scenario(self, text: str) -> tuple[Any, str | None]:
        """Return a line's value and, if its ending (from `"policies"` on) was read before, the ending's text.

        The two parts are read separately: the rest of the line with `"policies": 0}` added, and the ending with `{`
        before it. The line's value has the members of both objects. Raises `PolicyError`.
        """
        start = text.rfind(_ENDING) if len(text) <= _REMEMBERED_SIZE else -1
        if start <= 0:
            return read_json(text, ""), None
        ending = text[start:]
        try:
            members = self._ending(ending)
            scenario = read_json(text[:start] + _PLACEHOLDER, "")
        except (PolicyError, LookupError):
            return read_json(text, ""), None
        if scenario.keys() & members.keys() != {"policies"}:  # a duplicate key
            return read_json(text, ""), None
        return scenario | members, ending

    def _ending(self, ending: str) -> dict[str, Any]:
        """Return the members in the end of a line. Raises `LookupError` for an ending that hasn't been read before."""
        members = self._endings.get(ending)
        if members is None:
            if hash(ending) not in self._seen:
                self._seen[hash(ending)] = None
                raise LookupError
            members = self._endings[ending] = read_json("{" + ending, "")
        return members

    def policies(self, given: Any, ending: str | None, request: AccessRequest) -> Policies:
        """Return a line's policies, from the cache if their text was read before. Raises `PolicyError`."""
        if ending is None:
            return _policies(given, request, self)
        key = ending, resource_kind(request)
        cached = self._policies.get(key)
        if cached is None:
            cached = self._policies[key] = _policies(given, request, self)
        return cached

    def policy(self, document: Any, kind: PolicyKind, path: str) -> Policy:
        """Return the parsed policy, from the cache if possible."""
        as_object(document, path, "a policy: an object with Version and Statement")
        try:
            key = (kind, _encode(document))
        except RecursionError:
            raise PolicyError(path, "nested too deeply") from None
        cached = self._documents.get(key)
        if cached is not None:
            return cached
        policy = parse_policy(document, kind, path=path)
        if len(key[1]) <= _REMEMBERED_SIZE:
            self._documents[key] = policy
        return policy


class _Written:
    """A bounded cache of the answers' strings."""

    def __init__(self) -> None:
        self._texts: _Cache[Decision, str] = _Cache()

    def text(self, answer: Decision | dict[str, Any]) -> str:
        """Return an answer as one line of JSON."""
        if not isinstance(answer, Decision):
            return json.dumps(answer)
        text = self._texts.get(answer)
        if text is None:
            text = self._texts[answer] = json.dumps(answer.to_dict())
        return text


_encode: Callable[[Any], str] = json.JSONEncoder(ensure_ascii=True, check_circular=False).encode
