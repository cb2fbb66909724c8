"""Changes that might make a denied request allowed. The search tries each change with the engine.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from labs_helpers.engine.policy.conditions import compile_condition
from labs_helpers.engine.policy.decide import decide, is_kms_key, needs_trust
from labs_helpers.engine.policy.decision import IMPLICIT_DENY, Check, Decision, Matched
from labs_helpers.engine.policy.elements import as_list
from labs_helpers.engine.policy.errors import PolicyError
from labs_helpers.engine.policy.layers import Layer, statement_words
from labs_helpers.engine.policy.policy_set import Attached, Policies
from labs_helpers.engine.policy.principal import Principal, PrincipalKind
from labs_helpers.engine.policy.request import AccessRequest
from labs_helpers.engine.policy.statement import ALLOW, EXPLICIT_DENY, Policy, Statement
from labs_helpers.engine.policy.whatif.change import Change, ChangeKind, Edit, written
from labs_helpers.engine.policy.whatif.guesses import condition_values, value_that_makes

# Services whose resources can have policies that this engine reads.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
WITH_RESOURCE_POLICIES = frozenset("s3 sqs sns lambda secretsmanager dynamodb kms events logs".split())
_MOST_DENIES = 6  # Deny statements of one check; if there are more, they are proposed as one change
_MOST_CONTEXTS = 8
_MOST_NEAR_MISSES = 24
_COGNITO_AMR = "cognito-identity.amazonaws.com:amr"
PRINCIPAL_LAYERS = ("PRINCIPAL", "PERMISSIONS_BOUNDARY", "SESSION")


def layer_words(layer: str, level: int | None = None, *, trust: bool = False, key: bool = False) -> str:
    """Return a check's type in words, such as "service control policy at the root" or "role trust policy"."""
    if layer == "RESOURCE" and (trust or key):
        return "role trust policy" if trust else "key policy"
    if layer == "CONTEXT":
        return "request"
    where = "" if level is None else " at the root" if level == 0 else f" at level {level}"
    return Layer(layer).words + where


class Proposals:
    """The generator of changes that might make a denied request allowed."""

    def __init__(self, request: AccessRequest, policies: Policies) -> None:
        """Prepare proposals for a denied request."""
        self._request, self._policies = request, policies
        self._trust = needs_trust(request.action_key, request.resource)
        self._key = is_kms_key(request.resource)

    def words(self, layer: str, level: int | None) -> str:
        """Return a check's type in words, chosen for this request's resource."""
        return layer_words(layer, level, trust=self._trust, key=self._key)

    def refusal(self, check: Check) -> str:
        """Return a clause that describes why a check denied the request."""
        words = self.words(check.check_type, check.level)
        for each in check.matched:
            if each.effect == EXPLICIT_DENY:
                return f"the {words} explicitly denies it ({_matched_words(each)})"
        return f"no {words} allows it"

    # Changes to policies

    def repairs(self, check: Check, *, denies: bool) -> Iterator[Change]:
        """Yield changes that would keep a check from denying the request.

        If `denies` is True, the changes also cover the check's explicit denies. All explicit denies must be found in
        the first decision, because statements have different indexes in later decisions.
        """
        if check.effect == IMPLICIT_DENY:
            change = self.allow(check.check_type, check.level)
            if change is not None:
                yield change
            return
        if not denies:
            return
        edits = [
            edit
            for matched in check.matched
            if matched.effect == EXPLICIT_DENY
            for edit in self._denies(check, matched)
        ]
        unique = list(dict.fromkeys((edit.name, edit.policy, edit.index) for edit in edits))
        if len(unique) > _MOST_DENIES:
            yield self._all_denies(check, edits)
            return
        for key in unique:
            edit = next(each for each in edits if (each.name, each.policy, each.index) == key)
            yield self._one_deny(check, edit)

    def _attached(self, layer: str, level: int | None) -> tuple[Attached, ...]:
        return Layer(layer).attached(self._policies, level)

    def _denies(self, check: Check, matched: Matched) -> Iterator[Edit]:
        """Yield the edit of a Deny: narrow it, if narrowing exempts the request, or else remove it.

        Several edits are possible if policies have the same name, because a decision doesn't distinguish them.
        """
        for name, policy in self._attached(check.check_type, check.level):
            if name != matched.policy or matched.index >= len(policy.statements):
                continue
            statement = policy.statements[matched.index]
            if statement.effect != EXPLICIT_DENY or not self._matches(policy, statement.source):
                continue  # another policy with the same name
            narrowed = self._narrowed(check.check_type, statement.source)
            exempting = (source for source in narrowed if self._matches(policy, source) is False)
            yield Edit(name, policy, statement.index, next(exempting, None))

    def _narrowed(self, layer: str, source: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """Yield narrower versions of a Deny."""
        request = self._request
        if (
            layer not in PRINCIPAL_LAYERS
        ):  # the statement applies to other principals as well, so exempt this one
            arn = request.context.get("aws:principalarn")
            if isinstance(arn, str):
                block = {operator: dict(entries) for operator, entries in source.get("Condition", {}).items()}
                entries = block.setdefault("ArnNotEquals", {})
                key = next(
                    (each for each in entries if each.lower() == "aws:principalarn"), "aws:PrincipalArn"
                )
                listed = entries.get(key, [])
                entries[key] = [*as_list(listed), arn]
                entries[key] = entries[key][0] if len(entries[key]) == 1 else entries[key]
                yield {**source, "Condition": block}
        if request.resource != "*":
            if source.get("Resource") in ("*", ["*"]):
                rest = {name: value for name, value in source.items() if name != "Resource"}
                yield {**rest, "NotResource": request.resource}
            elif "NotResource" in source:
                yield {**source, "NotResource": [*as_list(source["NotResource"]), request.resource]}
        actions = as_list(source.get("Action", []))
        others = [each for each in actions if str(each).lower() != request.action_key]
        if others and len(others) < len(actions):
            yield {**source, "Action": others}

    def _matches(self, policy: Policy, source: Mapping[str, Any]) -> bool | None:
        """Return whether a statement matches the request in a policy like this, or None if it can't be written."""
        try:
            alone = written(policy.kind, policy.version, None, [source])
        except PolicyError:
            return None
        asked = Policies(boundary=self._policies.boundary, resource=Attached("", alone))
        decision = decide(self._request, asked)
        return any(check.matched for check in decision.checks if check.check_type == "RESOURCE")

    def _one_deny(self, check: Check, edit: Edit) -> Change:
        statement = edit.policy.statements[edit.index]
        place = f"{_statement_words(statement)} of {edit.name}"
        if edit.source is None:
            kind, text = ChangeKind.REMOVE_DENY, f"Remove {place}, which denies the request."
        else:
            kind, text = (
                ChangeKind.NARROW_DENY,
                f"{self._exception_words(edit)} {place}, which denies the request.",
            )
        layer = check.check_type
        return Change(
            0, layer, kind, text, check.level, edit.name, edit.index, edit.source, edits=(edit,),
            note=self._note(layer, edit.name),
        )  # fmt: skip

    def _exception_words(self, edit: Edit) -> str:
        before, after = edit.policy.statements[edit.index].source, edit.source
        assert after is not None
        if after.get("Condition") != before.get("Condition"):
            return f"Exempt {self._request.context['aws:principalarn']} from"
        if "NotResource" in after:
            return f"Exempt {self._request.resource} from"
        return f"Remove {self._request.action} from"

    def _all_denies(self, check: Check, edits: list[Edit]) -> Change:
        taken = tuple(
            {(e.name, e.policy, e.index): Edit(e.name, e.policy, e.index, None) for e in edits}.values()
        )
        words = self.words(check.check_type, check.level)
        text = f"Remove all {len(taken)} statements of the {words} that deny the request."
        return Change(
            0, check.check_type, ChangeKind.REMOVE_DENY, text, check.level, edits=taken,
            note=self._note(check.check_type, taken[0].name),
        )  # fmt: skip

    def allow(self, layer: str, level: int | None) -> Change | None:
        """Return a change that adds the smallest sufficient Allow to a layer, or None if it can't be written."""
        request, principal = self._request, self._request.principal
        if layer == "RESOURCE_CONTROL_POLICY":
            return None
        if layer == "PRINCIPAL" and (
            principal.kind is PrincipalKind.ROOT or not principal.has_identity_policies
        ):
            return None  # no identity policy applies to these principals
        attached = self._attached(layer, level)
        if layer == "RESOURCE" and not attached and not self._can_have_policy():
            return None
        single = layer in ("RESOURCE", "VPC_ENDPOINT", "PERMISSIONS_BOUNDARY") and bool(attached)
        version = attached[0].policy.version if single else "2012-10-17"
        statement: dict[str, Any] = {"Effect": "Allow"}
        if layer in ("RESOURCE", "VPC_ENDPOINT"):
            named = _principal_element(principal)
            if named is None:
                return None
            statement["Principal"] = named
        statement["Action"] = request.action
        if not (layer == "RESOURCE" and self._trust):
            whole = layer == "RESOURCE" and self._key  # in a key policy, "*" means the key itself
            statement["Resource"] = "*" if whole else _exactly(request.resource, version)
        name = attached[0].name if single else None
        where = name or f"a new {layer_words(layer, level, trust=self._trust, key=self._key)}"
        own = where.removeprefix(f"{request.resource} (")  # the resource's own policy: `… (key policy)`
        said = f"its {own.removesuffix(')')}" if own != where else where
        text = f"Allow {request.action} on {request.resource} in {said}."
        if layer == "RESOURCE" and self._trust:
            text = f"Allow {_principal_words(principal)} to call {request.action} in the role's trust policy."
        return Change(
            0, layer, ChangeKind.ADD_ALLOW, text, level, name, None, statement, note=self._note(layer, name)
        )

    def _can_have_policy(self) -> bool:
        if self._trust or self._key:
            return True
        parts = self._request.resource.split(":", 5)
        if len(parts) < 6 or self._request.action_key.partition(":")[0] != parts[2]:
            return False
        return parts[2] in WITH_RESOURCE_POLICIES and parts[5] not in ("", "*")

    def _note(self, layer: str, name: str | None) -> str:
        """Return a note about who has to make a change, if it isn't the caller's side."""
        request, principal = self._request, self._request.principal
        if name is not None and name.startswith("arn:aws") and ":aws:policy/" in name:
            return "This is an AWS managed policy, which only AWS can change: replace it with your own copy."
        if layer in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"):
            return "Only the organization's management account or a delegated administrator can change this policy."
        if layer == "SESSION" and "unauthenticated" in as_list(request.context.get(_COGNITO_AMR, [])):
            return (
                "But Cognito passes this policy for each guest in the enhanced flow, so you can't change it. "
                "A guest's session from the classic flow doesn't have it."
            )
        if layer == "SESSION":
            return "A session keeps its session policies until it ends, so this requires a new session."
        if layer != "RESOURCE":
            return ""
        notes = []
        if principal.kind is PrincipalKind.ANONYMOUS:
            notes.append(
                "This opens the resource to everyone. It's better to sign the request as an allowed principal."
            )
        if principal.account != request.account and request.account:
            notes.append(f"Only account {request.account}, which owns the resource, can change its policy.")
        return " ".join(notes)

    # Changes to the request

    def contexts(self, decision: Decision) -> list[Change]:
        """Return condition key changes that would make an Allow match, or a Deny not match."""
        unique: dict[frozenset[tuple[str, Any]], Change] = {}
        for check in decision.checks:
            proposed = [*self._escapes(check)]
            if not any(each.effect == ALLOW for each in check.matched):
                proposed += self._near_misses(check)
            for change in proposed:
                unique.setdefault(frozenset((key.lower(), value) for key, value in change.context), change)
                if len(unique) >= _MOST_CONTEXTS:
                    return list(unique.values())
        return list(unique.values())

    def _escapes(self, check: Check) -> Iterator[Change]:
        for matched in check.matched:
            if matched.effect != EXPLICIT_DENY:
                continue
            for name, policy in self._attached(check.check_type, check.level):
                if name != matched.policy or matched.index >= len(policy.statements):
                    continue
                statement = policy.statements[matched.index]
                for operator, key, values in _conditions(statement):
                    guess = self._value(False, operator, key, values, policy)
                    if guess is not None:
                        yield self._context(
                            check, name, statement, {key: guess[0]}, "no longer denies the request"
                        )

    def _near_misses(self, check: Check) -> Iterator[Change]:
        request, examined = self._request, 0
        for name, policy in self._attached(check.check_type, check.level):
            for statement in policy.candidates(request.action_key, request.resource):
                if statement.effect != ALLOW or not statement.condition_tests:
                    continue
                examined += 1
                if examined > _MOST_NEAR_MISSES:
                    return
                bare = {each: value for each, value in statement.source.items() if each != "Condition"}
                context = self._satisfied(policy, statement) if self._matches(policy, bare) else None
                if context:
                    yield self._context(check, name, statement, context, "then allows the request")

    def _satisfied(self, policy: Policy, statement: Statement) -> dict[str, Any] | None:
        """Return keys and values with which every condition of a statement holds, or None if that is impossible."""
        wanted: dict[str, Any] = {}
        for operator, key, values in _conditions(statement):
            variables = policy.version == "2012-10-17"
            test = compile_condition(operator, key, values, variables=variables, path="").test
            if test(self._request.context):
                continue
            guess = self._value(True, operator, key, values, policy)
            if guess is None:
                return None
            wanted[key] = guess[0]
        return wanted

    def _value(
        self, wanted: bool, operator: str, key: str, values: list[str], policy: Policy
    ) -> tuple[Any] | None:
        variables = policy.version == "2012-10-17"
        return value_that_makes(wanted, operator, key, values, self._request.context, variables=variables)

    def _context(
        self, check: Check, name: str, statement: Statement, context: Mapping[str, Any], effect: str
    ) -> Change:
        does = ", and ".join(_context_words(key, value) for key, value in context.items())
        text = f"{does[:1].upper()}{does[1:]}: {_statement_words(statement)} of {name} {effect}."
        return Change(
            0, "CONTEXT", ChangeKind.CHANGE_CONTEXT, text, check.level, name, statement.index,
            context=tuple(_with_companions(context, self._request).items()),
        )  # fmt: skip


def _conditions(statement: Statement) -> Iterator[tuple[str, str, list[str]]]:
    for operator, entries in statement.source.get("Condition", {}).items():
        for key, value in entries.items():
            yield operator, key, condition_values(value)


def _statement_words(statement: Statement) -> str:
    return statement_words(statement.index, statement.sid)


def _matched_words(matched: Matched) -> str:
    return f"{statement_words(matched.index, matched.sid)} of {matched.policy}"


def _exactly(resource: str, version: str) -> str:
    """Return a Resource string that matches only this resource: its wildcards and variables are escaped."""
    if resource == "*" or version != "2012-10-17":
        return resource
    head, tail = resource.split(":", 5)[:5], resource.split(":", 5)[5]
    literal = {"*": "${*}", "?": "${?}", "$": "${$}"}
    return ":".join((*head, "".join(literal.get(char, char) for char in tail)))


def _principal_element(principal: Principal) -> Any:
    """Return the Principal element that names a principal (a session by its role), or None if it can't be named."""
    if principal.kind is PrincipalKind.ANONYMOUS:
        return "*"
    if principal.kind is PrincipalKind.SERVICE:
        return {"Service": principal.arn}
    if principal.kind in (PrincipalKind.WEB_IDENTITY, PrincipalKind.SAML):
        return {"Federated": principal.arn} if principal.arn != "*" else None
    session_of = principal.kind is PrincipalKind.ROLE_SESSION and principal.issuer
    return {"AWS": session_of or principal.arn}


def _principal_words(principal: Principal) -> str:
    if principal.kind is PrincipalKind.ANONYMOUS:
        return "anyone"
    return (principal.kind is PrincipalKind.ROLE_SESSION and principal.issuer) or principal.arn


def _with_companions(context: Mapping[str, Any], request: AccessRequest) -> dict[str, Any]:
    """Add keys that change together with others: MFA has an age, and a request tag is among the tag keys."""
    together = dict(context)
    have = request.context
    names = {key.lower(): value for key, value in context.items()}
    mfa, age = "aws:multifactorauthpresent", "aws:multifactorauthage"
    if names.get(mfa) == "true" and age not in names and age not in have:
        together["aws:MultiFactorAuthAge"] = "0"
    if age in names and mfa not in names:
        together["aws:MultiFactorAuthPresent"] = None if names[age] is None else "true"
    sent = [key.partition("/")[2] for key, value in context.items()
            if key.lower().startswith("aws:requesttag/") and value is not None]  # fmt: skip
    if sent and "aws:tagkeys" not in names:
        present = have.get("aws:tagkeys", ())
        listed = (present,) if isinstance(present, str) else tuple(present)
        together["aws:TagKeys"] = tuple(dict.fromkeys((*listed, *sent)))
    return together


_KEY_WORDS = {
    "aws:sourceip": "call from the address {value}",
    "aws:securetransport": "call over HTTPS (aws:SecureTransport true)",
    "aws:requestedregion": "make the call in {value}",
    "aws:currenttime": "make the call at {value}",
    "aws:epochtime": "make the call at {value} seconds since 1970",
    "aws:sourcevpce": "come through the VPC endpoint {value}",
    "aws:sourcevpc": "come from the VPC {value}",
    "sts:externalid": "pass ExternalId={value}",
    "sts:rolesessionname": "pass RoleSessionName={value}",
    "aws:tokenissuetime": "get new temporary credentials (aws:TokenIssueTime {value} or later)",
}


def _context_words(key: str, value: Any) -> str:
    """Return in words how a condition key of the request gets its value."""
    name = key.lower()
    shown = ", ".join(value) if isinstance(value, tuple) else value
    if value is None:
        return f"make the request without {key}"
    if name == "aws:multifactorauthpresent" and value == "true":
        return "use MFA: a session from GetSessionToken or AssumeRole with SerialNumber and TokenCode"
    prefix, slash, tag = key.partition("/")
    where = {
        "aws:requesttag": "pass the tag {tag}={value}",
        "aws:principaltag": "tag the principal or its session {tag}={value}",
        "aws:resourcetag": "tag the resource {tag}={value}",
        "iam:resourcetag": "tag the resource {tag}={value}",
        "s3:existingobjecttag": "tag the object {tag}={value}",
        "s3:requestobjecttag": "pass the object's tag {tag}={value}",
    }.get(prefix.lower() if slash else "")
    if where:
        return where.format(tag=tag, value=shown)
    said = _KEY_WORDS.get(name)
    if said and not (name == "aws:securetransport" and value != "true"):
        return said.format(value=shown)
    return f"make the request with {key} = {shown or 'no value'}"
