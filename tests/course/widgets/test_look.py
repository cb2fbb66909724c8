"""The visual language: contrast in JupyterLab's themes, and icons, verdicts, and paths that words also describe.

https://www.w3.org/TR/WCAG22/#contrast-minimum https://www.w3.org/TR/WCAG22/#non-text-contrast
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from labs_helpers.course.shown.look import STYLE, Icon, Stop, Verdict, chip, icon, path, path_text
from labs_helpers.course.shown.look.palette import TINTS
from labs_helpers.course.widgets.visual_language import difference, json_lines

THEMES = Path(sys.prefix) / "share" / "jupyter" / "lab" / "themes" / "@jupyterlab"
NAMES = ("light", "dark", "dark-high-contrast")
COURSE = Path(__file__).resolve().parents[3] / "labs_helpers" / "course"
HOSTILE = "<img src=x onerror=alert(1)>"
VARIABLE = re.compile(r"(--[\w-]+):\s*([^;{}]+)")
# Material's colours stand in JupyterLab's pages; the themes name their values as what to take where they don't.
MATERIAL = {"--md-red-500": "#f44336", "--md-green-400": "#66bb6a", "--md-green-500": "#4caf50",
            "--md-cyan-500": "#00bcd4", "--md-orange-500": "#ff9800", "--md-blue-400": "#42a5f5"}  # fmt: skip

Colour = tuple[float, float, float, float]


def variables(theme: str) -> dict[str, str]:
    css = (THEMES / f"theme-{theme}-extension" / "index.css").read_text(encoding="utf-8")
    return {**MATERIAL, **dict(VARIABLE.findall(css)), **dict(VARIABLE.findall(STYLE.split("}")[0]))}


def parts(text: str) -> list[str]:
    """Return the parts between the commas that aren't within parentheses."""
    found, depth = [""], 0
    for char in text:
        depth += (char == "(") - (char == ")")
        if char == "," and not depth:
            found.append("")
        else:
            found[-1] += char
    return [each.strip() for each in found]


def colour(text: str, known: dict[str, str]) -> Colour:
    """Return a CSS color as red, green, blue, and alpha, each from 0 to 1."""
    text = text.strip()
    named = {"white": "#ffffff", "black": "#000000", "green": "#008000", "transparent": "rgba(0,0,0,0)"}
    text = named.get(text, text)
    if text.startswith("var("):
        name, *otherwise = parts(text[4:-1])
        return colour(known[name] if name in known else otherwise[0], known)
    if text.startswith("color-mix("):
        _, one, other = parts(text[10:-1])
        first, share = one.rsplit(" ", 1)
        return mixed(colour(first, known), colour(other, known), float(share[:-1]) / 100)
    if text.startswith("rgb"):
        red, green, blue, *alpha = (float(each) for each in parts(text[text.index("(") + 1 : -1]))
        return red / 255, green / 255, blue / 255, alpha[0] if alpha else 1.0
    digits = text.removeprefix("#")
    digits = "".join(each * 2 for each in digits) if len(digits) == 3 else digits
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue, 1.0


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """https://www.w3.org/TR/css-color-5/#color-mix: premultiplied."""
    alpha = one[3] * share + other[3] * (1 - share)
    values = (
        (a * one[3] * share + b * other[3] * (1 - share)) / (alpha or 1)
        for a, b in zip(one[:3], other[:3], strict=True)
    )
    red, green, blue = values
    return red, green, blue, alpha


def over(front: Colour, ground: Colour) -> Colour:
    red, green, blue = (f * front[3] + g * (1 - front[3]) for f, g in zip(front[:3], ground[:3], strict=True))
    return red, green, blue, 1.0


def luminance(shown: Colour) -> float:
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in shown[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(front: Colour, ground: Colour) -> float:
    light, dark = sorted((luminance(over(front, ground)), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", NAMES)
@pytest.mark.parametrize("tint", TINTS)
def test_text_stands_out_on_every_tint_and_tints_stand_out_as_edges(theme: str, tint: str) -> None:
    known = variables(theme)
    ground, text = colour("var(--labs-ground)", known), colour("var(--labs-text)", known)
    edge = colour(f"var(--labs-{tint})", known)
    tinted = over((*edge[:3], 0.14 * edge[3]), ground)
    assert contrast(text, ground) >= 7
    assert contrast(text, tinted) >= 7
    assert contrast(edge, ground) >= 3
    assert contrast(colour("var(--labs-edge)", known), ground) >= 3


@pytest.mark.parametrize("theme", NAMES)
@pytest.mark.parametrize("part", ["name", "string"])
@pytest.mark.parametrize("tint", [None, "good", "bad"])
def test_the_parts_of_json_can_be_read_on_every_ground(theme: str, part: str, tint: str | None) -> None:
    known = variables(theme)
    ground = colour("var(--labs-ground)", known)
    if tint:
        edge = colour(f"var(--labs-{tint})", known)
        ground = over((*edge[:3], 0.14 * edge[3]), ground)
    assert contrast(colour(f"var(--labs-{part})", known), ground) >= 4.5


def test_the_contrast_is_that_of_wcag() -> None:
    white, grey = colour("white", {}), colour("#767676", {})
    assert contrast(colour("black", {}), white) == pytest.approx(21)
    assert contrast(grey, white) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("which", Icon)
def test_an_icon_has_the_texts_colour_and_is_silent(which: Icon) -> None:
    drawn = icon(which)
    assert 'aria-hidden="true"' in drawn
    assert "currentColor" in drawn
    assert not re.search(r"#[0-9a-f]{3}|url\(|href", drawn)


@pytest.mark.parametrize("verdict", Verdict)
def test_a_chip_says_by_sign_and_word_what_its_tint_says(verdict: Verdict) -> None:
    assert verdict.sign in chip(verdict)
    assert verdict.word in chip(verdict)


def test_aws_four_verdicts_differ_without_colour() -> None:
    four = [Verdict[name] for name in ("ALLOW", "NO_IMPACT", "IMPLICIT_DENY", "EXPLICIT_DENY")]
    assert len({each.sign for each in four}) == 4
    assert len({each.word for each in four}) == 4


def test_every_denial_has_one_color_and_what_was_not_asked_another() -> None:
    denied = (Verdict.NO, Verdict.IMPLICIT_DENY, Verdict.EXPLICIT_DENY)
    assert {each.tint for each in denied} == {"bad"}
    assert {each.tint for each in (Verdict.YES, Verdict.ALLOW)} == {"good"}
    assert {each.tint for each in (Verdict.UNKNOWN, Verdict.NO_IMPACT)} == {"open"}


def test_no_card_or_widget_has_a_color_of_its_own() -> None:
    """A color can only stand for a missing variable of JupyterLab; the palette and the stylesheet name the others."""
    own = re.compile(r"#[0-9a-f]{6}\b|\brgb\(|color: ?(?:red|green|orange|blue)\b", re.I)
    folders = [COURSE / name for name in ("learner", "lesson", "shown", "widgets")]
    folders += COURSE.glob("days/*/widgets")
    named = {
        module.name
        for folder in folders
        for module in folder.rglob("*.py")
        if own.search(re.sub(r"var\(--jp-[\w-]+, #\w+\)", "", module.read_text(encoding="utf-8")))
    }
    assert named - {"palette.py", "style.py"} == set()


def test_a_path_is_a_list_that_tells_where_it_is_and_what_is_not_shown() -> None:
    stops = [Stop("Identity policies", Verdict.ALLOW, here=True), Stop(HOSTILE)]
    drawn = path("Layers", stops)
    assert drawn.count("<li") == 2
    assert drawn.count('aria-current="step"') == 1
    assert "not shown yet" in drawn
    assert "<img" not in drawn
    assert path_text(stops) == f"Identity policies ✓ allow → {HOSTILE} not shown yet"


def test_a_stop_is_as_wide_as_its_longest_word() -> None:
    assert 'class="stop lit bad long worded"' in path(
        "Layers", [Stop("The service", Verdict.NO, word="AccessDeniedException")]
    )
    assert " long" not in path("Layers", [Stop("Cloud", Verdict.NO, word="Mallory is an administrator")])


def test_json_is_told_apart_and_stays_text() -> None:
    line = f'  "Action": ["s3:\\"x", "{HOSTILE}"],'
    drawn = json_lines(line)
    assert '<span class="n">&quot;Action&quot;</span>:' in drawn
    assert "<img" not in drawn
    assert json_lines("no } json <b") == "no } json &lt;b"


def test_code_breaks_before_a_chained_call_and_not_within_its_name() -> None:
    drawn = json_lines('boto3.Session(profile_name="rosa").client("sts").assume_role()')
    assert ")<wbr>.client(" in drawn
    assert ")<wbr>.assume_role(" in drawn


def test_a_difference_says_by_sign_what_goes_and_what_comes() -> None:
    drawn = difference("Change 1", ['"a": 1', '"b": 2'], ['"a": 1', '"b": 3'])
    assert "<del" in drawn
    assert "<ins" in drawn
    assert re.findall("[+−] ", drawn) == ["− ", "+ "]


EDITOR = (
    Path(__file__).resolve().parents[3] / "labs_helpers/course/widgets/policy_editor/editor_js/src/editor.js"
)
SOURCE = EDITOR.read_text(encoding="utf-8")


@pytest.mark.parametrize("theme", NAMES)
@pytest.mark.parametrize("line", [None, "GOES_IN", "GOES_OUT"])
@pytest.mark.parametrize("part", ["property", "string", "number", "keyword"])
def test_the_editors_words_can_be_read_on_lines_that_come_and_go(
    theme: str, line: str | None, part: str
) -> None:
    known = {**variables(theme), "--labs-editor-text": "var(--jp-content-font-color1)"}
    ground = colour("var(--jp-cell-editor-background)", known)
    if line is not None:
        tint = re.search(rf'{line} = "(.+)";', SOURCE)
        assert tint is not None
        ground = over(colour(tint[1], known), ground)
    mixed = re.search(r"const mixed = .+ => `(.+)`;", SOURCE)
    assert mixed is not None
    assert f'mixed("{part}")' in SOURCE
    assert contrast(colour(mixed[1].replace("${name}", part), known), ground) >= 4.5


@pytest.mark.parametrize("theme", NAMES)
@pytest.mark.parametrize("tint", TINTS)
def test_a_chips_edge_stands_out_from_what_it_surrounds(theme: str, tint: str) -> None:
    known = variables(theme)
    edge, ground = colour(f"var(--labs-{tint})", known), colour("var(--labs-ground)", known)
    assert contrast(edge, over((*edge[:3], 0.14 * edge[3]), ground)) >= 3
