"""Lambda's events in CloudTrail: the names of management events end with the version of their API.

https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html
"""

from labs_helpers.cloud.services.shared.trail_facts import OMIT, TrailFacts

_VERSIONS = {
    "20150331": (
        "CreateFunction DeleteFunction ListFunctions CreateEventSourceMapping DeleteEventSourceMapping "
        "UpdateEventSourceMapping ListEventSourceMappings GetEventSourceMapping PublishVersion "
        "ListVersionsByFunction CreateAlias UpdateAlias DeleteAlias GetAlias ListAliases"
    ),
    "20150331v2": (
        "GetFunction GetFunctionConfiguration UpdateFunctionCode UpdateFunctionConfiguration AddPermission "
        "RemovePermission GetPolicy"
    ),
    "20181031": (
        "PublishLayerVersion DeleteLayerVersion GetLayerVersion ListLayers ListLayerVersions "
        "AddLayerVersionPermission RemoveLayerVersionPermission GetLayerVersionPolicy"
    ),
    "20170331v2": "TagResource UntagResource",
    "20170331": "ListTags",
    "20171031": "PutFunctionConcurrency DeleteFunctionConcurrency",
    "20160819": "GetAccountSettings",
}

TRAIL = TrailFacts(
    names={name: name + version for version, names in _VERSIONS.items() for name in names.split()},
    data_type="AWS::Lambda::Function",
    data_events=frozenset(("Invoke", "InvokeAsync", "InvokeWithResponseStream")),
    members=dict.fromkeys(("Payload", "ZipFile", "Variables", "ClientContext", "InvokeArgs"), OMIT),
    types={"function": "AWS::Lambda::Function"},
    resources_in_data_events=True,
)
