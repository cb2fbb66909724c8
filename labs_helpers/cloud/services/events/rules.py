"""Rules of event buses.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html and the other operations' pages
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.events import moto_view as events
from labs_helpers.cloud.services.events.errors import bus_of, invalid, no_rule
from labs_helpers.cloud.services.events.event_patterns import checked
from labs_helpers.cloud.services.events.pages import PAGES
from labs_helpers.cloud.services.events.schedules import is_schedule
from labs_helpers.cloud.services.events.tags import check_tags


def _bus(call: Call) -> Any:
    return bus_of(call, call.parameters.get("EventBusName"))


def rule_of(call: Call, name: str) -> Any:
    """Return the rule that a request specifies. Raises ResourceNotFoundException if the bus or rule doesn't exist."""
    bus = _bus(call)
    if name not in bus.rules:
        raise no_rule(name, bus.name)
    return bus.rules[name]


@operation("events", "PutRule")
def put_rule(call: Call) -> Mapping[str, Any]:
    """Create or change a rule without changing its targets and tags. Rejects invalid patterns and schedules.

    Tags in a request for an existing rule are ignored.
    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
    """
    given = call.parameters
    pattern, schedule, bus = given.get("EventPattern"), given.get("ScheduleExpression"), _bus(call)
    if not pattern and not schedule:
        raise invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.")
    if schedule and bus.name != "default":
        raise invalid("ScheduleExpression is supported only on the default event bus.")
    if schedule and not is_schedule(schedule):
        raise invalid("Parameter ScheduleExpression is not valid.")
    if pattern:
        checked(pattern)
    check_tags(call)
    backend = events.backend(call.account, call.region)
    known = bus.rules.get(given["Name"])
    rule = backend.put_rule(
        given["Name"], description=given.get("Description"), event_bus_arn=bus.name, event_pattern=pattern,
        role_arn=given.get("RoleArn"), state=given.get("State"), tags=given.get("Tags") if known is None else None,
        managed_by=known.managed_by if known is not None else None,
        # moto's own check accepts schedules that the check above rejects, and rejects some that AWS accepts.
        scheduled_expression=None if pattern else "rate(5 minutes)",
    )  # fmt: skip
    rule.scheduled_expression = schedule
    rule.created_by = known.created_by if known is not None else call.caller_account
    return {"RuleArn": rule.arn}


def _listed(rule: Any) -> dict[str, Any]:
    described = {**rule.describe(), "CreatedBy": None}
    return {name: value for name, value in described.items() if value not in (None, "")}


@operation("events", "DescribeRule")
def describe_rule(call: Call) -> Mapping[str, Any]:
    """Return a rule and the account that created it."""
    rule = rule_of(call, call.parameters["Name"])
    return {**_listed(rule), "CreatedBy": rule.created_by}


@operation("events", "ListRules")
def list_rules(call: Call) -> Mapping[str, Any]:
    """Return a bus's rules, optionally only rules with a given name prefix."""
    prefix = call.parameters.get("NamePrefix") or ""
    rules = sorted(_bus(call).rules.items())
    return PAGES.page(call, "Rules", [_listed(rule) for name, rule in rules if name.startswith(prefix)])


@operation("events", "ListRuleNamesByTarget")
def list_rule_names_by_target(call: Call) -> Mapping[str, Any]:
    """Return the names of a bus's rules that have a given target."""
    wanted, rules = call.parameters["TargetArn"], sorted(_bus(call).rules.items())
    names = [name for name, rule in rules if any(each["Arn"] == wanted for each in rule.targets)]
    return PAGES.page(call, "RuleNames", names)


@operation("events", "EnableRule", "DisableRule")
def switch_rule(call: Call) -> Mapping[str, Any]:
    """Enable or disable a rule."""
    rule_of(call, call.parameters["Name"]).state = "ENABLED" if call.operation == "EnableRule" else "DISABLED"
    return {}


@operation("events", "DeleteRule")
def delete_rule(call: Call) -> Answer | Mapping[str, Any]:
    """Delete a rule that has no targets. Deleting a nonexistent rule succeeds."""
    bus = _bus(call)
    rule = bus.rules.get(call.parameters["Name"])
    if rule is None:
        return {}
    if rule.managed_by and not call.parameters.get("Force"):
        raise invalid(
            f"Rule {rule.name} is managed by {rule.managed_by}. To delete it, specify the parameter Force."
        )
    return call.moto()
