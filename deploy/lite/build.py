"""`python -m deploy.lite.build`: build the site. `make lite` prepares its environment and calls it.

Errors from pip, npm's folder, or JupyterLite end the build, so that no incomplete site remains.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.utils import canonicalize_name, parse_wheel_filename

from deploy.bytecode import precompile
from deploy.lite import contents, lock, pyodide, slim, wheels

HERE = Path(__file__).resolve().parent
LEFT_OUT = ("lxml", "signxml", "jupyterlab-widgets", "widgetsnbextension")
"""Packages that the site's Python lacks: two for SAML (docs/browser-alone.md), and two that are part of the page."""
_CONFIG = ("jupyter-lite.json", "jupyter_lite_config.json", "overrides.json")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.lite.build", description="Build the JupyterLite site."
    )
    parser.add_argument(
        "--out", type=Path, default=wheels.ROOT / "lite", help="the site's folder, which is replaced"
    )
    parser.add_argument(
        "--core", type=Path, required=True, help="npm's package pyodide: node_modules/pyodide"
    )
    parser.add_argument("--distribution", type=Path, help="a folder with Pyodide's full distribution")
    parser.add_argument(
        "--wheel",
        type=Path,
        action="append",
        default=[],
        help="an additional wheel, or one to replace the wheel with its name",
    )
    given = parser.parse_args(arguments)
    if given.out.exists() and not (given.out / "jupyter-lite.json").is_file():
        parser.error(f"{given.out} isn't a site, so it can't be replaced")
    with TemporaryDirectory() as folder:
        stage = Path(folder, "stage")
        site_python(stage / "static" / "pyodide", given.core, given.distribution, given.wheel)
        contents.copy(stage / "files")
        for name in _CONFIG:
            shutil.copy(HERE / name, stage)
        _preload(stage)
        built = _built(stage, Path(folder, "site"))
        shutil.rmtree(given.out, ignore_errors=True)
        shutil.copytree(built, given.out)
    size = sum(file.stat().st_size for file in given.out.rglob("*") if file.is_file())
    print(f"{given.out.name}/ contains the site: {size / 1e6:.0f} MB")


def _built(stage: Path, into: Path) -> Path:
    """Have JupyterLite create the site. If it fails, exit with its output."""
    lite = (sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", stage, "--output-dir", into)
    done = subprocess.run(lite, cwd=stage, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"JupyterLite could not build the site:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return into


def site_python(into: Path, core: Path, distribution: Path | None, more: list[Path]) -> None:
    """Fill a folder with Pyodide's core, every wheel, and the lock file that lists them."""
    into.mkdir(parents=True)
    for name in pyodide.CORE:
        shutil.copy(core / name, into)
    theirs = lock.read(core / "pyodide-lock.json")
    release = json.loads((core / "package.json").read_text("utf-8"))["version"]
    python = theirs["info"]["python"]
    with TemporaryDirectory() as made:
        wheels.fetch(into, python, theirs["info"]["abi_version"])
        wheels.build(into, Path(made))
    wheels.of_kernel(into)
    for wheel in more:
        _replace(into, wheel)
    for wheel in wheels.found(into):
        slim.slim(wheel)
    # The wheels aren't precompiled: as bytecode, they'd be half as large again.
    precompile(core, [into / "python_stdlib.zip"])
    entries = [lock.entry_of(wheel, python) for wheel in wheels.found(into)]
    had = {entry["name"] for entry in entries}
    missing = pyodide.its_own(theirs, pyodide.ITS_OWN, had)
    if distribution is None:
        entries += pyodide.linked(missing, release)
    else:
        entries += pyodide.brought(missing, distribution, into)
    theirs["packages"] = lock.joined(entries, LEFT_OUT)
    (into / "pyodide-lock.json").write_text(json.dumps(theirs, indent=1), "utf-8")


def _replace(into: Path, wheel: Path) -> None:
    """Add a wheel in place of the wheel with the same name."""
    name = parse_wheel_filename(wheel.name)[0]
    for other in wheels.found(into):
        if parse_wheel_filename(other.name)[0] == name:
            other.unlink()
    shutil.copy(wheel, into)


def _preload(stage: Path) -> None:
    """Have the kernel load every package when it starts, so that no package index is needed."""
    path = stage / "jupyter-lite.json"
    config = json.loads(path.read_text("utf-8"))
    settings = config["jupyter-config-data"]["litePluginSettings"][
        "@jupyterlite/pyodide-kernel-extension:kernel"
    ]
    packages = lock.read(stage / "static" / "pyodide" / "pyodide-lock.json")["packages"]
    settings["loadPyodideOptions"] = {
        "lockFileURL": "./static/pyodide/pyodide-lock.json",
        "packages": sorted(canonicalize_name(name) for name in packages),
    }
    path.write_text(json.dumps(config, indent=1), "utf-8")


if __name__ == "__main__":
    main()
