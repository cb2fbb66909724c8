"""Hooks into moto's Lambda: names in ARNs, settings that moto forgets, and the numbers of versions.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from moto.awslambda.models import LambdaBackend, LambdaFunction, LambdaStorage
from moto.awslambda.responses import LambdaResponse

from labs_helpers.cloud.moto import hooks
from labs_helpers.cloud.services.lambda_.moto_view import PUBLISHED_FROM, SETTINGS, layer_version, revise
from labs_helpers.engine.policy.arn import Arn

_UNKNOWN_TO_MOTO = ("DeadLetterConfig", "FileSystemConfigs", "LoggingConfig", "SnapStart")
"""Settings that moto doesn't store."""
_OWN_TO_VERSION = ("FunctionArn", "LastModified", "Version")
"""Members that differ between $LATEST and a version with the same code and configuration."""


@hooks.while_installed
def _keep_settings() -> hooks.Undo:
    """Store settings that moto ignores in a new or changed function, and accept an ARN as a new function's name."""
    create, update = LambdaFunction.__init__, LambdaFunction.update_configuration
    create_by_name = LambdaBackend.create_function

    def named(self: LambdaBackend, spec: dict[str, Any]) -> Any:
        """Create a function whose name can be given as an ARN or a partial ARN."""
        name = spec["FunctionName"]
        return create_by_name(self, {**spec, "FunctionName": name.partition("function:")[2] or name})

    def created(
        self: LambdaFunction, account_id: str, spec: dict[str, Any], region: str, version: Any = 1
    ) -> None:
        """Create a function with all settings in a request."""
        create(self, account_id, spec, region, version)
        _store(self, spec)

    def updated(self: LambdaFunction, changes: dict[str, Any]) -> dict[str, Any]:
        """Change all settings in a request."""
        if "TracingConfig" in changes:
            self.tracing_config = changes["TracingConfig"]
        if "EphemeralStorage" in changes:
            self.ephemeral_storage = changes["EphemeralStorage"]["Size"]
        _store(self, changes)
        changed: dict[str, Any] = update(self, changes)
        return changed

    return hooks.all_of(
        hooks.replace(LambdaBackend, create_function=named),
        hooks.replace(LambdaFunction, __init__=created, update_configuration=updated),
    )


def _store(function: LambdaFunction, given: Mapping[str, Any]) -> None:
    # Versions are copies of the function that share its values: the stored settings are replaced, never changed.
    kept = {name: given[name] for name in _UNKNOWN_TO_MOTO if given.get(name) is not None}
    function.__dict__[SETTINGS] = {**function.__dict__.get(SETTINGS, {}), **kept}


def _layer_of_region(self: LambdaBackend, layer_version_arn: str) -> Any:
    same_region = Arn.parse(layer_version_arn).region == self.region_name
    return layer_version(layer_version_arn) if same_region else None


@hooks.while_installed
def _find_layers_of_others() -> hooks.Undo:
    """Find a function's layers in other accounts as well. moto searches only the function's own account.

    https://docs.aws.amazon.com/lambda/latest/dg/permissions-layer-cross-account.html
    """
    return hooks.replace(LambdaBackend, layers_versions_by_arn=_layer_of_region)


_PARTIAL_ARN = re.compile(r"(?<=/functions/)(?:\d{12}(?::|%3A))?function(?::|%3A)(?=[^/])", re.IGNORECASE)


def _set_up_with_name(self: LambdaResponse, *given: Any, **more: Any) -> None:
    super(LambdaResponse, self).setup_class(*given, **more)
    self.path = _PARTIAL_ARN.sub("", self.path)


@hooks.while_installed
def _read_partial_arns() -> hooks.Undo:
    """Read the name in a partial ARN, such as `111122223333:function:resize`. moto fails on a partial ARN.

    https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html (FunctionName)
    """
    return hooks.replace(LambdaResponse, setup_class=_set_up_with_name)


@hooks.while_installed
def _publish_changes_only() -> hooks.Undo:
    """Publish a version, with its own revision, only if the code or the configuration has changed."""
    publish = LambdaStorage.publish_version

    def published(self: LambdaStorage, name_or_arn: str, description: str = "") -> Any:
        """Return a new version, or the last version if nothing has changed."""
        function = self.get_function_by_name_or_arn_forbid_qualifier(name_or_arn)
        known = [each for each in self._functions[function.function_name]["versions"] if each is not None]
        source = _comparable(function)
        if known and known[-1].__dict__.get(PUBLISHED_FROM) == source:
            return known[-1]
        function.code_or_config_updated = True
        made = publish(self, name_or_arn, description)
        if made is not None:
            made.__dict__[PUBLISHED_FROM] = source
            made.url_config = None
            _number(self, made)
            revise(made)
        return made

    return hooks.replace(LambdaStorage, publish_version=published)


def _number(storage: LambdaStorage, made: LambdaFunction) -> None:
    """Give a new version the next unused number.

    After a deletion, moto would reuse the deleted version's number. "Version numbers are never reused, even for
    a function that has been deleted and recreated."
    https://docs.aws.amazon.com/lambda/latest/dg/versioning-intro.html
    """
    name = made.function_name
    last = storage.__dict__.setdefault("labs_last_versions", {})
    last[name] = last.get(name, 0) + 1
    storage._arns.pop(made.function_arn, None)
    made.set_version(last[name])
    storage._arns.update({each.function_arn: each for each in storage._functions[name]["versions"]})


def _comparable(function: LambdaFunction) -> dict[str, Any]:
    shown = function.get_configuration() | function.__dict__.get(SETTINGS, {})
    return {name: value for name, value in shown.items() if name not in _OWN_TO_VERSION}
