"""The script of the keyboard: its parts are files of JavaScript, which share one scope."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from labs_helpers.course.shown.look import keyboard

FOLDER = Path(keyboard.__file__).parent / "keyboard_js"


def test_every_file_is_in_a_script_and_starts_with_what_it_does() -> None:
    shown = [
        each.outputs[0]["data"]["text/html"]
        for each in (keyboard.keys(), keyboard.named_sliders(), keyboard.followed_rows())
    ]
    for file in sorted(FOLDER.iterdir()):
        first, *lines = file.read_text(encoding="utf-8").splitlines()
        assert first.startswith("// ")
        assert sum(lines[-1] in script for script in shown) >= 1, file.name
        assert max(map(len, lines)) <= 120


def test_a_name_is_defined_in_one_part_only() -> None:
    script = keyboard.script(*keyboard._KEYS)
    names = Counter(re.findall(r"^(?:const|let) (\w+)", script, re.MULTILINE))
    assert set(names.values()) == {1}
    assert {"cells", "optionOf", "follow", "pick", "stay", "live"} <= set(names)


def test_a_script_has_a_scope_of_its_own_and_no_comments_of_whole_lines() -> None:
    script = keyboard.script("once")
    assert script.startswith("<script>(() => {\n")
    assert script.endswith("\n})()</script>")
    assert "//" not in script
