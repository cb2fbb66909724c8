"""Services and actions in AWS's managed policies that the Service Authorization Reference doesn't list.

Most of them are retired, but some still exist. Access Analyzer doesn't report policies that name them.
"""

from __future__ import annotations

SERVICES = frozenset(
    "a4b applicationwizard apptest aws-portal builderid catalog-admin catalog-user codestar crowd datazonecontrol "
    "deepcomposer deeplens deepracer ec2-reports evidently frauddetector honeycode importexport "
    "iot1click iotevents iotfleethub iotroborunner lookoutmetrics lookoutvision machinelearning mobilehub nimble "
    "opsworks opsworks-cm panorama qldb robomaker sagemaker-groundtruth-synthetic simspaceweaver sms sumerian "
    "supportrecommendations workdocs worklink zocalo".split()
)
"""Service prefixes of actions that the reference doesn't list."""
ACTIONS = frozenset(
    "account:getchallengequestions budgets:createbudget budgets:deletebudget budgets:describebudget "
    "budgets:describebudgets budgets:updatebudget "
    "dsql:createmultiregionclusters dsql:deletemultiregionclusters "
    "route53-recovery-control-config:describeroutingcontrolbyname servicecatalog:accountleveldescriberecord "
    "servicecatalog:accountlevellistrecordhistory servicecatalog:accountlevelscanprovisionedproducts "
    "servicecatalog:gettagoptionmigrationstatus sso:describepermissionspolicies artifact:get "
    "organizations:createbuilderidownedaccount".split()
)
"""Actions, in lowercase, that the reference doesn't list."""
PARTLY_LISTED = frozenset(("payments", "sagemaker-unified-studio-mcp", "securityagent"))
"""Services for which the reference lists only some actions."""
KEYS = frozenset(("aws:principalorgmasteraccountid",))
"""Condition keys, in lowercase, that the reference doesn't list."""
