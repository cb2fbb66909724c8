"""The code that Pyodide runs while a page is built, because only Pyodide can write its own bytecode.

https://docs.python.org/3/reference/import.html#cached-bytecode-invalidation
"""

from __future__ import annotations

import importlib.util
import io
import zipfile
from contextlib import suppress
from importlib import _bootstrap_external
from pathlib import Path
from typing import Any

DAY = (2026, 1, 1, 0, 0, 0)
"""The date of all files in archives, so that the same sources always build the same bytes."""


def precompile(path: str) -> None:
    """Replace an archive's Python sources with bytecode, which Python uses without looking for the sources.

    A file that isn't valid Python, such as an example of a mistake, stays as it is.
    """
    made = io.BytesIO()
    with zipfile.ZipFile(path) as sources, zipfile.ZipFile(made, "w") as target:
        for name in sources.namelist():
            content = sources.read(name)
            if name.endswith(".py"):
                with suppress(SyntaxError):
                    name, content = f"{name}c", _bytecode(name, content)
            target.writestr(zipfile.ZipInfo(name, DAY), content, zipfile.ZIP_DEFLATED, 9)
    Path(path).write_bytes(made.getvalue())


def _bytecode(name: str, source: bytes) -> bytes:
    code = compile(source, name, "exec", dont_inherit=True)
    pyc: Any = _bootstrap_external
    return bytes(pyc._code_to_hash_pyc(code, importlib.util.source_hash(source), checked=False))
