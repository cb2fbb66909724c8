"""The text browser's view of a page: its words, and its links and buttons."""

from __future__ import annotations

from labs_helpers.cloud.actors.browser import Page

PAGE = """<html><head><title>Twice</title><style>p {}</style></head><body><h1>Let a
 program in</h1><form><p>It shows <code>AB&amp;C</code>
 (<b>yours</b>).</p><button name="answer">Confirm</button><button>Deny</button></form></body></html>"""


def shown(capsys, text, location=None):
    Page(200, "https://pool.example.com/login?state=1", text, {}, location).show()
    return capsys.readouterr().out.splitlines()


def test_a_page_is_shown_line_by_line_with_its_buttons(capsys):
    assert shown(capsys, PAGE) == [
        "200 https://pool.example.com/login",
        "  Let a program in",
        "  It shows AB&C (yours).",
        "  [Confirm]",
        "  [Deny]",
    ]


def test_a_redirect_shows_where_it_leads(capsys):
    assert shown(capsys, "", "https://app.example.com/done")[1] == "  → https://app.example.com/done"


def test_a_long_page_is_cut_and_says_so(capsys):
    assert shown(capsys, "<p>line</p>" * 40)[-1] == "  …"
