"""Lazy loading of moto's and botocore's files: each file is read when it is first needed, and only in part.

Reading every Region's and zone's instance types takes a second and 66 MB, but a cloud usually uses one Region. The
public images are 1,300 objects per account and Region. moto reads the service models a second time, although half of
each model is documentation that no response needs.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib import resources
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Any

import botocore.loaders
import botocore.session
from botocore.exceptions import DataNotFoundError
from moto.core import loaders as moto_loaders
from moto.core import utils as moto_core
from moto.utilities import utils as moto_utilities

from labs_helpers.cloud.moto import hooks

_OFFERINGS = "ec2/resources/instance_type_offerings"
_INSTANCE_TYPES = "moto.ec2.models.instance_types"


class JSONFiles(botocore.loaders.JSONFileLoader):
    """A reader that loads botocore's files into plain dictionaries, which need half the memory and preserve order."""

    def _load_file(self, full_path: str, open_method: Any) -> Any:
        try:
            with open_method(full_path, "rb") as file:
                return json.loads(file.read(), object_pairs_hook=self._kept)
        except FileNotFoundError:
            return None  # botocore tries each name with and without .gz

    _kept: Any = None
    """A function that turns the pairs of a JSON object into the value to keep; None keeps a dictionary of all pairs."""


class _WithoutDocumentation(JSONFiles):
    @staticmethod
    def _kept(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        # A shape might have a member with this name, whose value is a dictionary.
        return {name: value for name, value in pairs if name != "documentation" or not isinstance(value, str)}


class _OneServiceLoader(botocore.loaders.Loader):
    """A loader that looks only for the files of the requested service.

    botocore's own loader first lists the files of all 400 services, once for each kind of file, and moto creates a
    new loader for each service.
    """

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        """Return the content of a service's file of one kind (`service-2`), with its extras, as botocore does."""
        kept = "load_service_model", service_name, type_name, api_version
        if kept not in self._cache:
            self._cache[kept] = self._load(service_name, type_name, api_version)
        return self._cache[kept]

    def _load(self, service_name: str, type_name: str, api_version: str | None) -> Any:
        try:
            version = api_version or self.determine_latest_version(service_name, type_name)
        except DataNotFoundError:
            # botocore's own loader raises an error that lists all services.
            return super().load_service_model(service_name, type_name)
        found = self.load_data(os.path.join(service_name, version, type_name))
        self._extras_processor.process(found, self._find_extras(service_name, type_name, version))
        return found


class _SharedLoader(_OneServiceLoader):
    """The loader of all sessions. moto gets the models that this loader has already loaded for clients."""

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        """Return the content of the file and keep the model of a service for moto."""
        found = super().load_service_model(service_name, type_name, api_version)
        if type_name == "service-2" and api_version is None and service_name not in _REWRITTEN:
            _loaded[service_name] = found
        return found


_REWRITTEN = ("s3",)
"""Services whose models botocore changes when it sends a request: it removes the bucket from the models' paths."""
_loaded: dict[str, Any] = {}
"""The models of services that `_SharedLoader` has loaded. It keeps the models anyway, so this takes no extra memory."""


class _MotoLoader(_OneServiceLoader, moto_loaders.Loader):
    """moto's loader, which also finds moto's extras."""

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        """Return the clients' model if there is one, or else a model without documentation, with moto's extras."""
        if type_name != "service-2" or service_name not in _loaded:
            return super().load_service_model(service_name, type_name, api_version)
        version = self.determine_latest_version(service_name, type_name)
        found = _loaded[service_name]
        for extras in self._find_extras(service_name, type_name, version):
            found = _merged(found, extras.get("merge", {}))
        return found


def _merged(base: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """Merge as `botocore.utils.deep_merge` does, but into a new dictionary, because `base` belongs to the clients."""
    both = {
        name: _merged(base[name], value)
        for name, value in extra.items()
        if isinstance(value, dict) and isinstance(base.get(name), dict)
    }
    return {**base, **extra, **both}


def loader(path: str | None = None) -> botocore.loaders.Loader:
    """Return a botocore loader, like `botocore.loaders.create_loader`, that reads files with `JSONFiles`.

    `path` is the value of AWS_DATA_PATH: additional folders, separated as in PATH.
    """
    return _OneServiceLoader(extra_search_paths=_folders(path), file_loader=JSONFiles())


def _folders(path: str | None) -> list[str]:
    return [os.path.expanduser(os.path.expandvars(each)) for each in path.split(os.pathsep)] if path else []


@lru_cache(maxsize=8)
def _shared_loader(data_path: str | None) -> botocore.loaders.Loader:
    # A loader with additional folders might find models other than moto's.
    kind = _OneServiceLoader if data_path else _SharedLoader
    return kind(extra_search_paths=_folders(data_path), file_loader=JSONFiles())


def share_loaders() -> hooks.Undo:
    """Make all sessions share one loader. A new loader would reread the same files, which takes 70 ms per session."""
    return hooks.replace(botocore.session, create_loader=_shared_loader)


def _loader_for_moto() -> botocore.loaders.Loader:
    return _MotoLoader(extra_search_paths=[moto_loaders.moto_root], file_loader=_WithoutDocumentation())


@hooks.while_installed
def _read_models_without_documentation() -> hooks.Undo:
    return hooks.replace(moto_core, create_loader=_loader_for_moto)


class _Offerings(Mapping[str, "list[dict[str, str]]"]):
    """The instance types that each Region offers, by Region name; `where` is moto's name for the location type."""

    def __init__(self, where: str) -> None:
        self._where = where

    def __getitem__(self, region: str) -> list[dict[str, str]]:
        if region not in _regions(self._where):
            raise KeyError(region)
        return _offered(self._where, region)

    def __iter__(self) -> Iterator[str]:
        return iter(_regions(self._where))

    def __len__(self) -> int:
        return len(_regions(self._where))


@cache
def _regions(where: str) -> Mapping[str, str]:
    """Return the name of the file with each Region's offerings."""
    files = (resources.files("moto") / _OFFERINGS / where).iterdir()
    return {file.name.split(".")[0]: file.name for file in files}


@cache
def _offered(where: str, region: str) -> list[dict[str, str]]:
    read = moto_utilities.load_resource(f"{_OFFERINGS}/{where}/{_regions(where)[region]}")
    return [{**each, "LocationType": where} for each in read]


class _InstanceTypes(SourceFileLoader):
    """A loader for moto's instance types module that leaves out the offerings, which are read later."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the module without the offerings and put lazy mappings in their place."""
        read = moto_utilities.load_resource
        undo = hooks.replace(
            moto_utilities, load_resource=lambda name: [] if name.startswith(_OFFERINGS) else read(name)
        )
        try:
            super().exec_module(module)
        finally:
            undo()
        module.load_resource = read  # type: ignore[attr-defined]
        offerings = module.INSTANCE_TYPE_OFFERINGS
        for where in offerings:
            offerings[where] = _Offerings(where)


class _Finder(MetaPathFinder):
    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return the spec of moto's instance types module, with our loader, or None for other modules."""
        if name != _INSTANCE_TYPES:
            return None
        found = PathFinder.find_spec(name, path, target)
        if found is not None and type(found.loader) is SourceFileLoader:
            found.loader = _InstanceTypes(found.loader.name, found.loader.path)
        return found


@hooks.while_installed
def _read_offerings_late() -> hooks.Undo:
    finder, finders = _Finder(), sys.meta_path  # at exit, Python clears `sys` before the hooks are undone
    finders.insert(0, finder)
    return lambda: finders.remove(finder)
