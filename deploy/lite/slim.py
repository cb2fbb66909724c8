"""The files that the site's wheels leave out, so that learners download less: models of services that the cloud lacks.

botocore contains the models of more than 400 services, of which the cloud serves 25. moto and jedi contain data about
services and packages that no lab uses.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from deploy.lite.wheels import ROOT

_MODEL = re.compile(r"botocore/data/(?P<service>[a-z0-9-]+)/(?P<version>\d{4}-\d\d-\d\d)/(?P<file>[^/]+)")
_UNUSED = (
    "moto/ssm/resources/", "moto/ec2/resources/ecs/", "moto/emr/resources/", "moto/appmesh/", "moto/config/",
    "moto/glue/", "moto/stepfunctions/parser/", "moto/support/", "moto/swf/", "ipywidgets/widgets/tests/",
    "jedi/third_party/django-stubs/", "jedi/third_party/typeshed/stubs/",
)  # fmt: skip
"""The files to leave out: Systems Manager's public parameters, moto's largest parts for services that the cloud doesn't
serve, tests, and autocompletion data for packages that the site doesn't have."""


def services() -> frozenset[str]:
    """Return boto3's names of the services that the cloud serves. Each service has a folder with a table."""
    tables = (ROOT / "labs_helpers" / "cloud" / "services").glob("*/table.py")
    return frozenset(each.parent.name.rstrip("_").replace("_", "-") for each in tables)


def slim(wheel: Path) -> None:
    """Rewrite a wheel without the files that the site doesn't need, compressed as much as possible."""
    with zipfile.ZipFile(wheel) as archive:
        keeps = _kept(archive.namelist())
        files = [(each, archive.read(each)) for each in archive.infolist() if keeps(each.filename)]
    files = [
        (each, _listed(content, keeps) if _is_record(each.filename) else content) for each, content in files
    ]
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for entry, content in files:
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)


def _kept(names: Iterable[str]) -> Callable[[str], bool]:
    """Return a function that decides whether to keep a file. It keeps only the newest model of each service."""
    served, newest = services(), dict[str, str]()
    for name in names:
        if found := _MODEL.fullmatch(name):
            newest[found["service"]] = max(found["version"], newest.get(found["service"], ""))

    def keeps(name: str) -> bool:
        found = _MODEL.fullmatch(name)
        if found is None:
            return not name.startswith(_UNUSED)
        is_newest = found["version"] == newest[found["service"]]
        return found["service"] in served and is_newest and not found["file"].startswith("examples")

    return keeps


def _is_record(name: str) -> bool:
    return name.endswith(".dist-info/RECORD")


def _listed(record: bytes, keeps: Callable[[str], bool]) -> bytes:
    """Return a wheel's list of files without the files that are left out."""
    return b"".join(
        line for line in record.splitlines(keepends=True) if keeps(line.decode().partition(",")[0])
    )
