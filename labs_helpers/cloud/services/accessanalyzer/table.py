"""The authorization table for Access Analyzer's operations: the required actions, resources, and condition keys.

Actions, resource types, condition keys:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiamaccessanalyzer.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.shared.authorization_table import Table
from labs_helpers.cloud.services.shared.table_rows import given, has, passes_role, tags_in


def _analyzer(call: Call) -> str | None:
    """Return the analyzer's name from the name or the ARN in the request."""
    return (
        call.parameters.get("analyzerName")
        or (call.parameters.get("analyzerArn") or "").rpartition("/")[2]
        or None
    )


def _role(call: Call) -> list[str | None]:
    return [(call.parameters.get("cloudTrailDetails") or {}).get("accessRole")]


TABLE = Table(
    "accessanalyzer",
    "access-analyzer",
    resources={
        "Analyzer": {"AnalyzerName": _analyzer},
        "ArchiveRule": {"AnalyzerName": _analyzer, "RuleName": "ruleName"},
    },
)
ask = TABLE.ask
_TAGS = tags_in("tags", "tagKeys")

# Analyzers
ask("CreateAnalyzer CreateServiceLinkedAnalyzer", on="Analyzer", keys=(_TAGS,))
ask("CreateAnalyzer", action="TagResource", on="Analyzer", keys=(_TAGS,), when=has("tags"))
ask("DeleteAnalyzer DeleteServiceLinkedAnalyzer GetAnalyzer UpdateAnalyzer ListArchiveRules", on="Analyzer")
ask("ListAnalyzers")
ask(
    "CreateArchiveRule DeleteArchiveRule GetArchiveRule UpdateArchiveRule",
    on="ArchiveRule",
)
ask("TagResource UntagResource", on="Analyzer", arns=given("resourceArn"), keys=(_TAGS,))
ask("ListTagsForResource", on="Analyzer", arns=given("resourceArn"))

# Findings
ask(
    "ApplyArchiveRule CreateAccessPreview GenerateFindingRecommendation GetAccessPreview GetAnalyzedResource "
    "GetFinding GetFindingRecommendation GetFindingsStatistics ListAccessPreviewFindings ListAccessPreviews "
    "ListAnalyzedResources ListFindings StartResourceScan UpdateFindings",
    on="Analyzer", arns=given("analyzerArn"),
)  # fmt: skip
# https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_GetFindingV2.html and API_ListFindingsV2.html
ask("GetFindingV2", action="GetFinding", on="Analyzer", arns=given("analyzerArn"))
ask("ListFindingsV2", action="ListFindings", on="Analyzer", arns=given("analyzerArn"))

# Policies
ask(
    "CheckAccessNotGranted CheckNoNewAccess CheckNoPublicAccess ValidatePolicy CancelPolicyGeneration "
    "GetGeneratedPolicy ListPolicyGenerations StartPolicyGeneration"
)
# The role with which Access Analyzer reads the trail:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-generation.html
passes_role(TABLE, "StartPolicyGeneration", "access-analyzer.amazonaws.com", _role)
