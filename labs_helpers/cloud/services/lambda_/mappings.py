"""Event source mappings, through which functions receive messages from queues.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.lambda_ import moto_view as lambdas
from labs_helpers.cloud.services.lambda_.errors import in_conflict, invalid, missing, not_found
from labs_helpers.cloud.services.lambda_.invocation import POLLING
from labs_helpers.cloud.services.lambda_.pages import PAGES
from labs_helpers.cloud.services.lambda_.table import qualified_arn
from labs_helpers.cloud.services.lambda_.tags import check_tags
from labs_helpers.cloud.services.sqs import moto_view as sqs
from labs_helpers.engine.detection import event_patterns


@operation("lambda", "CreateEventSourceMapping")
def create_event_source_mapping(call: Call) -> Mapping[str, Any]:
    """Map a queue to a function. The function's role must be allowed to receive messages from the queue."""
    given = call.parameters
    source = given.get("EventSourceArn") or ""
    if source.split(":")[2:3] != ["sqs"]:
        raise NotModelled(
            f"lambda:CreateEventSourceMapping is modeled only for queues; nothing reads from {source or 'this source'}"
        )
    arn = qualified_arn(call)
    function = lambdas.function(arn)
    if function is None:
        raise not_found(f"Function not found: {arn}")
    _check_filters(given)
    _check_window(given)
    check_tags(given.get("Tags") or {})
    _check_queue(call, source, function)
    for each in lambdas.mappings(call.account, call.region):
        if (each.event_source_arn, each.function_arn) == (source, function.function_arn):
            raise in_conflict(
                f'The event source arn (" {source} ") and function (" {function.function_name} ") provided mapping '
                f"already exists. Please update or delete the existing mapping with UUID {each.uuid}"
            )
    answer = json.loads(call.moto().body)
    return _shown(answer, "Creating")


_MOST_WITHOUT_WINDOW, _MOST_FILTERS = 10, 10


def _check_filters(given: Mapping[str, Any]) -> None:
    """Reject too many filters, and invalid filters.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
    """
    filters = (given.get("FilterCriteria") or {}).get("Filters") or ()
    if len(filters) > _MOST_FILTERS:
        raise invalid(f"An event source mapping can have at most {_MOST_FILTERS} filters.")
    for each in filters:
        try:
            event_patterns.pattern_in(each.get("Pattern") or "")
        except event_patterns.InvalidPattern as why:
            raise invalid("Invalid filter pattern definition.") from why


def _check_window(settings: Mapping[str, Any]) -> None:
    """Reject batches of more than ten messages for a FIFO queue, and for a standard queue without a batching window.

    https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
    """
    if (settings.get("BatchSize") or 0) <= _MOST_WITHOUT_WINDOW:
        return
    if settings["EventSourceArn"].endswith(".fifo"):
        raise invalid(f"Maximum batch size for FIFO queues is {_MOST_WITHOUT_WINDOW}")
    if not settings.get("MaximumBatchingWindowInSeconds"):
        raise invalid(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
        )


def _check_queue(call: Call, source: str, function: Any) -> None:
    """Reject a queue that doesn't exist, that the role can't read, or that makes messages visible again too early."""
    caller = call.state.caller
    assert caller is not None, "a running cloud has a caller"
    for action in POLLING:
        allowed = caller.may_as_service(
            function.role, f"sqs:{action}", source, account=call.account, region=call.region,
            source_arn=function.function_arn,
        )  # fmt: skip
        if not allowed:
            raise invalid(f"The provided execution role does not have permissions to call {action} on SQS")
    queue = sqs.queue(source)
    if queue is None:
        raise invalid(
            "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error "
            "Message: The specified queue does not exist."
        )
    if int(queue.visibility_timeout) < int(function.timeout):
        raise invalid(
            f"Queue visibility timeout: {queue.visibility_timeout} seconds is less than Function timeout: "
            f"{function.timeout} seconds"
        )


def _shown(configuration: dict[str, Any], state: str | None = None) -> dict[str, Any]:
    """Return a mapping as Lambda shows it."""
    shown = {
        "MaximumBatchingWindowInSeconds": 0, "FunctionResponseTypes": [], **configuration,
        "StateTransitionReason": "USER_INITIATED",
    }  # fmt: skip
    shown.pop("StartingPosition", None)
    shown.pop("Tags", None)
    return shown | ({"State": state} if state is not None else {})


def _known(call: Call) -> Any:
    found = lambdas.mapping(call.account, call.region, call.parameters["UUID"])
    if found is None:
        raise missing()
    return found


@operation("lambda", "GetEventSourceMapping")
def get_event_source_mapping(call: Call) -> Mapping[str, Any]:
    """Return a mapping."""
    return _shown(_known(call).get_configuration())


@operation("lambda", "ListEventSourceMappings")
def list_event_source_mappings(call: Call) -> Mapping[str, Any]:
    """Return the Region's mappings, optionally only those for a given source or function."""
    source = call.parameters.get("EventSourceArn")
    wanted = qualified_arn(call) if call.parameters.get("FunctionName") else None
    shown = [
        _shown(each.get_configuration())
        for each in lambdas.mappings(call.account, call.region)
        if source in (None, each.event_source_arn) and wanted in (None, each.function_arn)
    ]
    return PAGES.page(call, "EventSourceMappings", shown)


@operation("lambda", "UpdateEventSourceMapping")
def update_event_source_mapping(call: Call) -> Mapping[str, Any]:
    """Change a mapping."""
    known = _known(call).get_configuration()
    _check_filters(call.parameters)
    _check_window({**known, **call.parameters})
    if call.parameters.get("FunctionName") and lambdas.function(qualified_arn(call)) is None:
        raise not_found(f"Function not found: {qualified_arn(call)}")
    return _shown(json.loads(call.moto().body), "Updating")


@operation("lambda", "DeleteEventSourceMapping")
def delete_event_source_mapping(call: Call) -> Mapping[str, Any]:
    """Delete a mapping and return its final state."""
    lambdas.unplug(_known(call))
    answer = call.moto()
    if answer.status >= 400:
        raise ServiceError(
            "ResourceNotFoundException", "The resource you requested does not exist.", 404, Type="User"
        )
    return _shown(json.loads(answer.body), "Deleting")
