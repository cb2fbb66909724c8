"""`python -m labs_helpers`: the commands, each found by its module."""

from __future__ import annotations

import pytest

from labs_helpers import __version__, commands
from labs_helpers.__main__ import main


def test_the_help_names_every_command_and_what_it_does(capsys):
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    for name in commands.names():
        assert f"  {name} " in said
        assert commands.about(name).endswith((".", ")."))
        assert commands.about(name) in said


def test_the_version_is_told(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == __version__


@pytest.mark.parametrize("arguments", [[], ["bake"], ["__init__"]])
def test_what_is_no_command_gets_the_usage(arguments, capsys):
    assert main(arguments) == 2
    assert "usage: python -m labs_helpers" in capsys.readouterr().err
