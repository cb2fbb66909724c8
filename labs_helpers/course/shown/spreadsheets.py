"""Text in the cells of CSV files, which spreadsheets open."""

from __future__ import annotations

import re

_BREAK = re.compile(r"^(?=[\t\r\n])")
_FORMULA = re.compile(r'(?:^|[;\t\r\n])[\s"]*(?=[=+\-@\uff1d\uff0b\uff0d\uff20])')
"""The beginning of a formula: in the cell, or in text that a separator or a line break turns into a cell."""


def harmless(text: str) -> str:
    """Return text in a form that no spreadsheet treats as a formula: with an apostrophe before it.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    return _BREAK.sub("'", _FORMULA.sub(lambda found: f"{found[0]}'", text))
