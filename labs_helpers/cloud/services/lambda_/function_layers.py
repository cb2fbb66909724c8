"""Layers in Lambda's form: the description can be empty, and the license is omitted if none was specified.

https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.lambda_ import moto_view as lambdas
from labs_helpers.cloud.services.lambda_.errors import invalid, missing
from labs_helpers.cloud.services.lambda_.packages import check_package
from labs_helpers.cloud.services.lambda_.pages import PAGES
from labs_helpers.cloud.services.lambda_.table import layer_version_arn


def _shown(version: dict[str, Any]) -> dict[str, Any]:
    shown = {
        "Description": "",
        **{name: value for name, value in version.items() if value not in (None, "", [])},
    }
    content = shown.get("Content")
    if content is not None and str(content.get("Location", "")).startswith("s3://"):
        region = str(shown["LayerVersionArn"]).split(":")[3]
        bucket = f"awslambda-{region}-layers.s3.{region}.amazonaws.com"
        shown["Content"] = {**content, "Location": f"https://{bucket}/snapshots/{content['CodeSha256']}"}
    return shown


def _body(answer: Answer) -> Any:
    return json.loads(answer.body)


@operation("lambda", "PublishLayerVersion")
def publish_layer_version(call: Call) -> Mapping[str, Any]:
    """Create a version of a layer. Rejects content that isn't a ZIP archive.

    https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html
    """
    content = call.parameters.get("Content") or {}
    if not any(content.get(name) for name in ("ZipFile", "S3Bucket")):
        raise invalid("Please provide a source for layer content.")
    check_package(content.get("ZipFile") or None)
    return _shown(_body(call.moto()))


@operation("lambda", "GetLayerVersion")
def get_layer_version(call: Call) -> Mapping[str, Any]:
    """Return a layer version. Rejects a number below 1."""
    if call.parameters["VersionNumber"] < 1:
        raise invalid("Layer Version Cannot be less than 1.")
    if lambdas.layer_version(layer_version_arn(call)) is None:
        raise missing()
    return _shown(_body(call.moto()))


@operation("lambda", "ListLayerVersions")
def list_layer_versions(call: Call) -> Mapping[str, Any]:
    """Return a layer's versions, newest first, or an empty list for an unknown layer."""
    answer = call.moto()
    found = _body(answer)["LayerVersions"] if answer.status < 300 else ()
    return PAGES.page(call, "LayerVersions", [_without_content(each) for each in found])


def _without_content(version: dict[str, Any]) -> dict[str, Any]:
    hidden = ("Content", "LayerArn")
    return {name: value for name, value in _shown(version).items() if name not in hidden}


@operation("lambda", "ListLayers")
def list_layers(call: Call) -> Mapping[str, Any]:
    """Return the layers, each with its newest version."""
    layers = _body(call.moto())["Layers"]
    shown = [
        {**each, "LatestMatchingVersion": _without_content(each["LatestMatchingVersion"])} for each in layers
    ]
    return PAGES.page(call, "Layers", shown)


@operation("lambda", "DeleteLayerVersion")
def delete_layer_version(call: Call) -> Answer | Mapping[str, Any]:
    """Delete a layer version. Deleting a nonexistent version succeeds."""
    if lambdas.layer_version(layer_version_arn(call)) is None:
        return {}
    return call.moto()
