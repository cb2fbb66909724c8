"""What AWS's managed policies name though the Service Authorization Reference does not list it: services and actions
that there were, and some that there are. No policy is wrong for naming them.
"""

from __future__ import annotations

SERVICES = frozenset(
    "a4b applicationwizard apptest aws-portal builderid catalog-admin catalog-user codestar crowd datazonecontrol "
    "deepcomposer deeplens deepracer ec2-reports elastic-inference evidently frauddetector honeycode importexport "
    "iot1click iotevents iotfleethub iotroborunner lookoutmetrics lookoutvision machinelearning mobilehub nimble "
    "opsworks opsworks-cm panorama qldb robomaker sagemaker-groundtruth-synthetic simspaceweaver sms sumerian "
    "supportrecommendations workdocs worklink zocalo".split()
)
"""Prefixes of actions."""
ACTIONS = frozenset(
    "account:getchallengequestions budgets:createbudget budgets:deletebudget budgets:describebudget "
    "budgets:describebudgets budgets:updatebudget cloud9:validateenvironmentname cloudhsm:createlunaclient "
    "cloudhsm:deletelunaclient cloudhsm:describehapg cloudhsm:describelunaclient cloudhsm:getconfig "
    "cloudhsm:modifyhapg cloudhsm:modifylunaclient dsql:createmultiregionclusters dsql:deletemultiregionclusters "
    "memorydb:replicatemultiregionclusterdata qapps:importdocumenttoqapp qapps:importdocumenttoqappsession "
    "route53-recovery-control-config:describeroutingcontrolbyname servicecatalog:accountleveldescriberecord "
    "servicecatalog:accountlevellistrecordhistory servicecatalog:accountlevelscanprovisionedproducts "
    "servicecatalog:gettagoptionmigrationstatus sso:describepermissionspolicies artifact:get "
    "organizations:createbuilderidownedaccount".split()
)
"""In lower case."""
PARTLY_LISTED = frozenset(("payments", "securityagent"))
"""Services of which the reference lists some actions only."""
KEYS = frozenset(("aws:principalorgmasteraccountid", "lakeformation:gluearn"))
"""Condition keys, in lower case."""
