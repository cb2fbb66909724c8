"""The organization as a drawn tree: every node has its place, and a request stops where a policy denies it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

from labs_helpers.course.days.day4.widgets.organization_drawing import MOST, arranged, legend, tree
from labs_helpers.course.days.day4.widgets.organization_html import MOOT, Node, Step, answer_html
from labs_helpers.course.shown.look import Verdict
from labs_helpers.engine.policy import Check, Decision

LISTED = [
    Node("r", "Root", "root", 0, ()),
    Node("m", "boss", "management account", 1, ()),
    Node("w", "Workloads", "OU", 1, ("Keep",)),
    Node("p", "prod", "account", 2, ()),
    Node("d", "dev", "account", 2, (), moved=True),
]


def picture(html: str) -> ElementTree.Element:
    return ElementTree.fromstring(html[html.index("<svg") : html.index("</svg>") + 6])


def test_children_are_right_of_their_parent_in_order_and_never_on_each_other() -> None:
    places = {each.node.id: each for each in arranged(LISTED)}
    assert places["r"].x < places["w"].x == places["m"].x < places["p"].x
    assert places["p"].y < places["d"].y
    assert places["w"].y == (places["p"].y + places["d"].y) / 2
    assert len({(each.x, each.y) for each in places.values()}) == len(LISTED)
    assert {each.node.id: each.parent for each in places.values()} == {
        "r": None,
        "m": "r",
        "w": "r",
        "p": "w",
        "d": "w",
    }


def test_the_way_is_lit_and_stops_at_the_level_that_denies() -> None:
    steps = [
        Step("SCP", "r", "Root", "ALLOW", "FullAWSAccess"),
        Step("SCP", "w", "Workloads", "EXPLICIT_DENY", "Keep"),
        Step("SCP", "p", "prod", "ALLOW", "FullAWSAccess"),
    ]
    drawn = picture(tree(LISTED, ["r", "w", "p"], steps))
    sieves = [
        each.attrib["class"] for each in drawn.iter("g") if each.attrib.get("class", "").startswith("sieve")
    ]
    assert sorted(sieves) == ["sieve bad", "sieve good", "sieve open"]
    dotted = [each for each in drawn.iter("path") if "stroke-dasharray" in each.attrib]
    assert len(dotted) == 1
    assert "✓ allows, but already denied" in ["".join(each.itertext()) for each in drawn.iter("text")]
    assert "The path to the chosen node: Root → Workloads → prod." in drawn.attrib["aria-label"]
    assert "SCP at Workloads: denies." in drawn.attrib["aria-label"]


def test_an_organization_of_four_levels_fits_next_to_the_question() -> None:
    """The place next to it has 58em, and the picture is drawn in at least 85% of its size."""
    deep = [*LISTED[:3], Node("s", "Shop", "OU", 2, ()), Node("p", "prod", "account", 3, ())]
    shown = tree(deep, ["r", "w", "s", "p"])
    _, _, width, _ = map(float, picture(shown).attrib["viewBox"].split())
    assert width * 0.85 <= 750 <= 58 * 13
    assert "below-750" in shown, "in a narrower place, only the path is drawn"
    assert "below-640" in tree(LISTED, ["r", "w", "p"])


def test_the_verdict_is_below_the_end_of_the_way_and_covers_no_box() -> None:
    drawn = picture(tree(LISTED, ["r", "w", "p"], (), (), Verdict.NO))
    end = drawn.find(".//g[@class='verdict bad']")
    assert end is not None
    assert ["".join(each.itertext()) for each in end.iter("text")] == ["✗ denied"]
    boxes = [(float(each.attrib["x"]), float(each.attrib["y"])) for each in drawn.iter("rect")]
    *others, (x, y) = boxes
    assert all(x >= left + 172 or abs(y - top) >= 40 for left, top in others)
    assert "The request is denied." in drawn.attrib["aria-label"]


DENIED = [
    Step("SCP", "r", "Root", "ALLOW", "FullAWSAccess"),
    Step("SCP", "w", "Workloads", "EXPLICIT_DENY", "Keep, statement 1"),
    Step("SCP", "p", "prod", "ALLOW", "FullAWSAccess"),
]


def test_a_denial_is_drawn_below_the_box_that_denies_and_covers_no_box() -> None:
    drawn = picture(tree(LISTED, ["r", "w", "p"], DENIED, (), Verdict.NO))
    end = drawn.find(".//g[@class='verdict bad']")
    assert end is not None
    assert ["".join(each.itertext()) for each in end.iter("text")] == ["✗ denied", "Keep, statement 1"]
    boxes = {
        text.text: (float(rect.attrib["x"]), float(rect.attrib["y"]), float(rect.attrib["height"]))
        for group in drawn.iter("g")
        for rect, text in zip(group.findall("rect"), group.findall("text"), strict=False)
    }
    left, top, height = boxes.pop("✗ denied")
    own, at, high = boxes.pop("Workloads · OU")
    assert left == own
    assert at < top < at + high < top + height, "its upper edge is under the box that denies"
    assert all(x != left or top >= below + high or top + height <= below for x, below, high in boxes.values())


def test_the_line_after_a_denial_is_gray_and_dashed_although_the_next_level_denies_too() -> None:
    steps = [*DENIED[:2], Step("SCP", "p", "prod", "EXPLICIT_DENY", "New, statement 1")]
    drafted = [
        replace(each, policies=("New",), drafts=("New",)) if each.id == "p" else each for each in LISTED
    ]
    shown = tree(drafted, ["r", "w", "p"], steps, (), Verdict.NO)
    pictures = [
        ElementTree.fromstring(f"<svg{each.partition('</svg>')[0]}</svg>") for each in shown.split("<svg")[1:]
    ]
    assert len(pictures) == 3, "the whole organization, and its path for a phone and for a narrow page"
    for drawn in pictures:
        lit = [
            each.attrib for each in drawn.iter("path") if each.attrib["style"] != "stroke:var(--labs-line)"
        ]
        assert ["stroke-dasharray" in each for each in lit] == [False, True]
        assert ["labs-good" in each["style"] for each in lit] == [True, False]
        texts = ["".join(each.itertext()).lstrip("✗ ") for each in drawn.iter("text")]
        assert sum(each.startswith("New") for each in texts) == texts.count("draft") == 1


def test_no_box_moves_when_a_draft_is_attached_or_a_request_is_denied() -> None:
    drafted = [replace(each, policies=("Keep", "New"), drafts=("New",)) for each in LISTED]

    def places(listed: list[Node], *asked: Any) -> list[tuple[str, ...]]:
        drawn = picture(tree(listed, ["r", "w", "p"], *asked))
        boxes = [each.find("rect") for each in drawn.iter("g") if "style" not in each.attrib]
        frames = [
            tuple(each.attrib[name] for name in ("x", "y", "width", "height"))
            for each in boxes
            if each is not None
        ]
        return [(drawn.attrib["viewBox"],), *(each for each in frames if each[3] == "55")]

    first = places(LISTED)
    assert len(first) == len(LISTED) + 1
    assert places(drafted) == places(LISTED, DENIED, (), Verdict.NO) == first
    assert places(LISTED, (), (), Verdict.YES)[0] == first[0]


def test_a_statement_that_does_not_fit_below_a_box_leaves_the_whole_name_of_its_policy() -> None:
    steps = [replace(each, by=each.by.replace("Keep", "DenyLeavingTheCompany")) for each in DENIED]
    shown = tree(LISTED, ["r", "w", "p"], steps, (), Verdict.NO)
    assert ">DenyLeavingTheCompany<" in shown
    assert "✗ denied · DenyLeavingTheCompany, statement 1</title>" in shown


def test_the_picture_and_the_table_say_the_same_of_each_level() -> None:
    decision = Decision("EXPLICIT_DENY", "with an explicit deny", (), None)
    shown = answer_html(decision, DENIED, ["r", "w", "p"])
    assert [word in shown for word in ("allows</span>", "denies</span>", f"{MOOT}</span>")] == [True] * 3
    assert MOOT in "".join(picture(tree(LISTED, ["r", "w", "p"], DENIED)).itertext())


def test_the_table_of_levels_and_layers_grays_an_allow_after_a_denial() -> None:
    checks = tuple(
        Check(*each)
        for each in (
            ("RESOURCE_CONTROL_POLICY", 0, "EXPLICIT_DENY"), ("SERVICE_CONTROL_POLICY", 0, "ALLOW"),
            ("PRINCIPAL", None, "ALLOW"),
        )
    )  # fmt: skip
    found = [Step("RCP", "r", "Root", "EXPLICIT_DENY", ""), Step("SCP", "r", "Root", "ALLOW", "")]
    shown = answer_html(Decision("EXPLICIT_DENY", "", checks, checks[0]), found, ["r", "p"])
    assert shown.count(f"{MOOT}</span>") == 2
    assert "✓ allow<" not in shown


def test_the_legend_explains_each_sign_of_a_picture_and_a_draft_only_if_there_is_one() -> None:
    assert legend(LISTED[:-1]).count("<li>") == 3
    for changed in (replace(LISTED[2], drafts=("New",)), LISTED[-1]):
        said = legend([*LISTED[:2], changed])
        assert said.count("<li>") == 4
        assert "draft" in said


def test_a_moved_account_is_dashed_like_a_draft_in_each_picture() -> None:
    moved = [replace(each, moved=each.id == "p") for each in LISTED]
    dashed = [
        "".join(group.itertext())
        for drawn in tree(moved, ["r", "w", "p"]).split("<svg")[1:]
        for group in ElementTree.fromstring(f"<svg{drawn.partition('</svg>')[0]}</svg>").iter("g")
        if "stroke-dasharray" in group.find("rect").attrib
    ]
    assert len(dashed) == 3
    assert all("prod (moved)" in each for each in dashed)


def test_a_narrow_picture_names_accounts_in_other_ous_apart_from_those_in_the_same_one() -> None:
    other = Node("s", "Security", "OU", 1, ())
    listed = [
        LISTED[0],
        *LISTED[2:],
        Node("q", "test", "account", 2, ()),
        other,
        Node("a", "audit", "account", 2, ()),
    ]
    shown = tree(listed, ["r", "w", "p"])
    for said in ("also: Security", "also: dev, test", "in other OUs: audit"):
        assert f">{said}<" in shown


def test_a_box_names_its_policies_and_the_statement_that_stops_a_request_stands_at_its_level() -> None:
    listed = [
        *LISTED[:2],
        Node("w", "Workloads", "OU", 1, ("Keep", "Another", "And a third policy")),
        Node("p", "prod", "account", 2, (), is_open=False),
    ]
    steps = [Step("SCP", "w", "Workloads", "EXPLICIT_DENY", "Keep, statement 1")]
    drawn = picture(tree(listed, ["r", "w", "p"], steps))
    texts = ["".join(each.itertext()) for each in drawn.iter("text")]
    assert [texts[texts.index(each) + 1] for each in ("Root", "Workloads · OU", "prod · account")] == [
        "FullAWSAccess", "FullAWSAccess", "no policies",
    ]  # fmt: skip
    assert "Another +1 more" in texts
    assert sum("Keep" in each for each in texts) == 1, "what stops the request is named once"
    assert "✗ Keep, statement 1" in texts


def test_a_policy_that_denies_is_named_with_the_verdict_and_not_again_in_its_box() -> None:
    drawn = picture(tree(LISTED, ["r", "w", "p"], DENIED, (), Verdict.NO))
    texts = ["".join(each.itertext()) for each in drawn.iter("text")]
    assert [each for each in texts if "Keep" in each] == ["Keep, statement 1"]
    assert "no policies" not in texts


def test_the_management_account_is_labeled_whatever_its_name_is_and_has_no_sieve() -> None:
    for name, lines in (
        ("boss", ["boss · management account"]),
        ("Account 111122223333", ["Account 111122223333", "management account"]),
    ):
        listed = [each if each.id != "m" else replace(each, name=name) for each in LISTED]
        drawn = picture(tree(listed, ["r", "m"], (), (), Verdict.YES))
        texts = ["".join(each.itertext()) for each in drawn.iter("text")]
        at = texts.index(lines[0])
        assert texts[at : at + len(lines) + 1] == [*lines, "FullAWSAccess"]
        assert "no SCP applies here" in texts
    asked_nothing = picture(tree(LISTED, ["r", "m"]))
    assert "no SCP applies" not in "".join(asked_nothing.itertext())


def test_a_click_on_a_box_chooses_the_node_in_the_list() -> None:
    drawn = picture(tree(LISTED, ["r"], (), ["m", "p"]))
    assert [each.attrib["data-option"] for each in drawn.iter("g") if "data-option" in each.attrib] == [
        "0",
        "1",
    ]


def test_of_a_large_organization_only_the_way_is_drawn() -> None:
    many = [*LISTED, *(Node(f"x{n}", f"x{n}", "account", 1, ()) for n in range(MOST))]
    drawn = picture(tree(many, ["r", "w", "p"]))
    assert len(list(drawn.iter("rect"))) == 3


def test_names_are_text() -> None:
    drawn = picture(tree([Node("r", "<b>&", "root", 0, ("<i>",))], ["r"]))
    assert ["".join(each.itertext()) for each in drawn.iter("text")] == ["<b>&", "FullAWSAccess, <i>"]


def test_no_other_line_is_drawn_over_the_lit_way() -> None:
    steps = [
        Step("SCP", "r", "Root", "ALLOW", "FullAWSAccess"),
        Step("SCP", "m", "play", "ALLOW", "FullAWSAccess"),
    ]
    drawn = picture(tree(LISTED, ["r", "m"], steps))
    widths = [each.attrib["stroke-width"] for each in drawn.iter("path") if each.attrib.get("fill") == "none"]
    lines = [width for width in widths if width in ("1.8", "3.5")][: len(LISTED) - 1]
    assert lines == sorted(lines)
    assert lines[-1] == "3.5"
