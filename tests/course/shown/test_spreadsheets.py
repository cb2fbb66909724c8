"""Text in CSV cells: none is a formula, whichever separator a spreadsheet splits the line at."""

from __future__ import annotations

import pytest

from labs_helpers.course.shown.spreadsheets import harmless


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "'\t'=1"),
        ("\r1", "'\r1"),
        ("\n=1", "'\n'=1"),
        (" =1", " '=1"),
        ("\uff1d1", "'\uff1d1"),
        ("a;=1", "a;'=1"),
        ('a;"=1"', 'a;"\'=1"'),
        ("", ""),
        ("a-b = c; d", "a-b = c; d"),
        ("arn:aws:iam::111122223333:role/a=b", "arn:aws:iam::111122223333:role/a=b"),
    ],
)
def test_what_begins_a_formula_has_an_apostrophe_before_it(text, written):
    assert harmless(text) == written
