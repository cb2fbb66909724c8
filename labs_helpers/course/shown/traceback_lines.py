"""The lines of a learner's own code in a traceback."""

from __future__ import annotations

import linecache
from types import TracebackType
from typing import Any

from labs_helpers.course.shown.printable import clean


def line_of_cell(trace: TracebackType | None, cell_globals: dict[str, Any]) -> str:
    """Return a traceback's innermost line in a cell, such as "line 3: s3.get_object(…)", or ""."""
    found = ""
    while trace is not None:
        frame = trace.tb_frame
        if frame.f_globals is cell_globals:
            source = linecache.getline(frame.f_code.co_filename, trace.tb_lineno).strip()
            found = clean(f"line {trace.tb_lineno}: {source}".rstrip(": "), 200)
        trace = trace.tb_next
    return found


def line_of_code(trace: TracebackType | None) -> str:
    """Return a traceback's innermost line outside this package, such as "line 3: header["kid"]", or ""."""
    found = ""
    while trace is not None:
        frame = trace.tb_frame
        if not frame.f_globals.get("__name__", "").startswith("labs_helpers."):
            source = linecache.getline(frame.f_code.co_filename, trace.tb_lineno).strip()
            found = clean(f"line {trace.tb_lineno}: {source}".rstrip(": "), 200)
        trace = trace.tb_next
    return found
