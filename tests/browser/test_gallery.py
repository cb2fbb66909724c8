"""The appearance of every widget and of a lesson's pages in JupyterLab's themes, on a narrow screen, and on paper.

With LABS_GALLERY=docs/gallery, the pictures for docs/gallery.md are taken again.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from labs_helpers.course.commands.handout import _PRINT
from labs_helpers.course.shown.charts import line_chart
from labs_helpers.course.shown.handout_code import hanging
from labs_helpers.course.shown.look import framed
from labs_helpers.course.widgets.visual_language import facts
from tests.browser.axe import AXE, NEEDED, OUTPUTS, violations
from tests.browser.conftest import PHONE, SCROLLED, Prose, resize

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SETUP = """
import boto3, json
from labs_helpers.cloud import Cloud
from labs_helpers.course.days.day1 import account
from labs_helpers.course.days.day4 import landing_zone
from labs_helpers.course.days.day5.envelope import RawAesKey, encrypt
from labs_helpers.widgets.access_map import OrganizationAccess
from labs_helpers.widgets.envelope_stepper import EnvelopeStepper
from labs_helpers.widgets.explorer import EvaluationExplorer
from labs_helpers.widgets.exposure_plot import ExposurePlot
from labs_helpers.widgets.incident_player import IncidentPlayer
from labs_helpers.widgets.key_timeline import KeyTimeline
from labs_helpers.widgets.matrix import AccessMatrix
from labs_helpers.widgets.oauth_walk import OAuthWalk
from labs_helpers.widgets.organization_tree import OrganizationTree
from labs_helpers.widgets.policy_editor import PolicyEditor
from labs_helpers.widgets.responsibility_line import ResponsibilityLine
from labs_helpers.widgets.scoreboard import Scoreboard
from labs_helpers.widgets.sorting_board import SortingBoard
from labs_helpers.widgets.token_inspector import TokenInspector
from labs_helpers.widgets.trail_explorer import TrailExplorer

def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}

cloud = Cloud(seed=4).start()
landing_zone.prepare(cloud)
iam, s3, kms, idp = (boto3.client(name) for name in ("iam", "s3", "kms", "cognito-idp"))
read = {"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::salaries/*"}
every = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
for name, statement in (("alice", every), ("bob", read), ("carol", None)):
    iam.create_user(UserName=name)
    if statement:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps(policy(statement)))
s3.create_bucket(Bucket="salaries")
keep = {"Sid": "KeepIt", "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject"}
keep["Resource"] = "arn:aws:s3:::salaries/*"
s3.put_bucket_policy(Bucket="salaries", Policy=json.dumps(policy(keep)))
people = [arn for arn in cloud.identities() if arn.rpartition("/")[2] in ("alice", "bob", "carol")]
salaries = "arn:aws:s3:::salaries/2026.csv"
aes = RawAesKey("lab", "k1", bytes(32))
key = kms.create_key()["KeyMetadata"]["Arn"]
blob = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"patient": "4711"})["CiphertextBlob"]
kms.enable_key_rotation(KeyId=key)
cloud.clock.advance(days=366)
kms.disable_key(KeyId=key)
kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=30)
events = [line.event for line in TrailExplorer.of_record(cloud).lines]
pool = idp.create_user_pool(PoolName="diary")["UserPool"]["Id"]
idp.create_user_pool_domain(Domain="diary", UserPoolId=pool)
callback, host = "https://diary.example/callback", "https://diary.auth.us-east-1.amazoncognito.com"
client = idp.create_user_pool_client(
    UserPoolId=pool, ClientName="web", CallbackURLs=[callback],
    AllowedOAuthFlows=["code"], AllowedOAuthScopes=["openid", "email"], AllowedOAuthFlowsUserPoolClient=True,
    SupportedIdentityProviders=["COGNITO"], ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
)["UserPoolClient"]["ClientId"]
logins = [("alice", "Correct-horse-1"), ("mallory", "Purple-monkey-3")]
for name, password in logins:
    idp.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
    idp.admin_set_user_password(UserPoolId=pool, Username=name, Password=password, Permanent=True)
given = {"USERNAME": "alice", "PASSWORD": "Correct-horse-1"}
tokens = idp.initiate_auth(ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)
shown = {}
def keep_picture(name, widget):
    shown[name] = widget._repr_mimebundle_()
    return widget
"""
EXPLORED = """
explorer = EvaluationExplorer(cloud, principal=people[0], action="s3:DeleteObject", resource=salaries)
explorer.predict("allow"); explorer.reveal_all(); explorer.why_not(); explorer.try_change(1)
keep_picture("explorer", explorer)
"""
SHOWN = {
    "explorer": EXPLORED,
    "policy_editor": """keep_picture("policy_editor",
        PolicyEditor(policy({**read, "Action": "s3:GetObjct"}), cloud=cloud))""",
    "matrix": """keep_picture("matrix", AccessMatrix(cloud, salaries, principals=people,
        actions="s3:GetObject* s3:PutObject* s3:DeleteObject*"))""",
    "access_map": "keep_picture('access_map', OrganizationAccess(cloud))",
    "organization_tree": """tree = OrganizationTree(cloud)
tree.select("Workloads").attach()
tree.select("prod").ask("s3:DeleteBucket")
keep_picture("organization_tree", tree)""",
    "token_inspector": """keep_picture("token_inspector",
        TokenInspector(cloud, tokens["AuthenticationResult"]["IdToken"]))""",
    "oauth_walk": """walk = OAuthWalk(host, client, callback, logins)
walk.choose("read the code")
keep_picture("oauth_walk", walk)""",
    "envelope_stepper": """stepper = EnvelopeStepper(
    encrypt(b"0123456789" * 3, [aes], {"patient": "4711"}, frame_length=8), [aes])
stepper.choose("frame 2: content"); stepper.flip()
keep_picture("envelope_stepper", stepper)""",
    "key_timeline": "keep_picture('key_timeline', KeyTimeline(key, events, cloud.clock.now()))",
    "trail_explorer": "keep_picture('trail_explorer', TrailExplorer.of_record(cloud))",
    "responsibility_line": "keep_picture('responsibility_line', ResponsibilityLine('lambda'))",
    "sorting_board": """board = SortingBoard()
for word in ("aws", "both", "customer", "customer"):
    board.say(word)
keep_picture("sorting_board", board)""",
    "incident_player": """player = IncidentPlayer("uber"); player.choose("b")
keep_picture("incident_player", player)""",
    "exposure_plot": "keep_picture('exposure_plot', ExposurePlot())",
    "scoreboard": """cloud.stop(); neglected = Cloud(seed=1).start(); account.build(neglected)
keep_picture("scoreboard", Scoreboard(neglected))""",
}
LAST = 'open("pictures.json", "w").write(json.dumps(shown))'
OPENED = """from labs_helpers import open_day
from labs_helpers.course.grading.exercise_loading import load
day = open_day(2)"""
BEGUN = """import os
from labs_helpers.course import way
from labs_helpers.course.learner.progress import Progress
from labs_helpers.course.lesson.day_pages import progress_page
if os.path.isdir("notebooks"):
    os.chdir("notebooks")
kept = Progress("begun.json")
for id in [*load(1), "2.1", "2.2"]:
    kept.attempted(id, True)
kept.attempted("2.3", False)
kept.predicted(2, "alice-payroll", True)
kept.predicted(2, "bob-assumes", False)
kept.quizzed(2, 6, 8)
kept.believed(2, "before", {1: 2, 2: 2, 3: -1, 4: 1})
"""
"""Progress of a learner who has begun Day 2."""
READ = 'boto3.Session(profile_name="alice").client("s3").get_object(Bucket="payroll", Key="2026.csv")'
ASKED = """**Predict:** Can Bob assume the role?

- a) No: his own policies don't allow it.
- b) No: the trust policy allows only the account's root user.
- c) Yes: the trust policy allows every user in the account."""
LESSON = {
    "day_card": (
        "The beginning of a day",
        "A day begins with its cloud, the people in it, and the calls that you need.",
        OPENED,
    ),
    "predict": (
        "A prediction",
        (
            "Before you run a cell, you predict its result. The options are buttons, and you can also choose one with "
            "the keyboard."
        ),
        'day.predict("bob-assumes")',
    ),
    "uncaught": (
        "A denied call that isn't caught",
        (
            "Below the traceback, a card shows the layers that AWS evaluated, and the smallest changes that would "
            "allow the request."
        ),
        READ,
    ),
    "attempt": (
        "A denied call",
        (
            "Each call in a lesson shows who requests what, each policy layer, and the decision. The policy "
            "statements are collapsed, and so are the changes that would allow the request."
        ),
        f'with day.attempt("alice-payroll") as result:\n    {READ}',
    ),
    "failed_check": (
        "A check that hasn't passed yet",
        (
            "A check shows one dot per request. The dots are grouped by the requirements of the task. Click a dot to "
            "see its request and the statement that decided it."
        ),
        'day.check("2.1", load(2)["2.1"].wrong[0].answer)',
    ),
    "passed_check": (
        "A passed check",
        "A passed check shows what was achieved, your progress through the day, and what comes next.",
        'day.check("2.1", load(2)["2.1"].solution)',
    ),
    "progress": (
        "Progress",
        (
            "The progress page shows what comes next, your progress on all days, how often you were right, and a link "
            "to each exercise."
        ),
        BEGUN + "progress_page(2, kept).show()",
    ),
    "overview": (
        "The index",
        "The index has a link to each day, and shows what you have done and where to continue.",
        BEGUN + 'way("begun.json")',
    ),
    "picture": (
        "A day's picture",
        "Each day begins with a picture next to the text. Its transparent background fits every theme.",
        """import base64
from IPython.display import Markdown
from tests.notebooks.pictures import NOTEBOOKS, drawn
cells = json.loads((NOTEBOOKS / "day5_kms.ipynb").read_text(encoding="utf-8"))["cells"]
data = base64.b64encode(drawn()["day5-envelope"].encode()).decode()
said = next("".join(cell["source"]) for cell in cells if cell["id"] == "picture")
Markdown(said.replace("attachment:day5-envelope.svg", f"data:image/svg+xml;base64,{data}"))""",
    ),
    "quiz": (
        "A quiz question",
        (
            "A quiz shows one question at a time. Once you have answered a question, your option and the right one are "
            "marked, and each option shows its reason."
        ),
        """from labs_helpers.course.learner.quiz import asked
from labs_helpers.course.content.loading import load_quiz
from labs_helpers.course.lesson.question_cards import QuestionCards
from labs_helpers.course.lesson.question_end import End
cards = QuestionCards("Day 2 quiz", asked(load_quiz(2)), lambda number, letters: End(""))
cards.choose("a")
cards.view""",
    ),
    "choices": (
        "An exercise with many choices",
        "Exercises with many choices are answered in a grid, which also shows the answer as code.",
        """from labs_helpers.course.lesson.choice_grid import ChoiceGrid
grid = ChoiceGrid("2.5", load(2)["2.5"].choice_rows(), day.check)
for place, word in enumerate(("allow", "deny", "deny")):
    grid.controls[place].value = word
grid.view""",
    ),
}
"""Page of a lesson → its title, the sentence that introduces it, and the cell that shows it."""
LESSON_KINDS = ("light", "dark", "narrow", "narrow_dark")
SIZES = {
    "light": (960, 2400), "dark": (960, 2400), "contrast": (960, 2400), "narrow": (390, 2400),
    "narrow_dark": (390, 2400),
}  # fmt: skip
TESTED = ("light", "dark", "contrast", "narrow")
"""The kinds that are tested when no pictures are taken, because a phone is as wide in the dark theme."""
KINDS = [*(SIZES if os.environ.get("LABS_GALLERY") else TESTED), "zoomed"]
ZOOMED = (450, 600)
"""900 pixels at 200 %, in the high-contrast theme. Only the test uses this size."""
CONTRAST = "JupyterLab Dark High Contrast"
THEMES = {
    "light": "JupyterLab Light",
    "dark": "JupyterLab Dark",
    "contrast": CONTRAST,
    "narrow": "JupyterLab Light",
    "narrow_dark": "JupyterLab Dark",
    "zoomed": CONTRAST,
}
WIDGETS = Path(__file__).resolve().parents[2] / "labs_helpers" / "widgets"
DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def notebook(lab: Any, browser: Browser) -> Iterator[Any]:
    """One notebook with every widget, each in a particular state."""
    context = browser.new_context(viewport={"width": 960, "height": 1000}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(60_000)
    lessons = {name: code for name, (_, _, code) in LESSON.items()}
    cells = [SETUP, *SHOWN.values(), LAST]
    for name, code in lessons.items():
        cells += [Prose(ASKED)] if name == "predict" else []
        cells.append("..." if name == "uncaught" else code)
    opened = lab.scratch(page, "gallery.ipynb", cells)
    page.keyboard.press("ControlOrMeta+b")
    opened.run_all()
    opened.cell(place_of("predict")).locator(".labs-options button").first.click()
    opened.replace(opened.cell(place_of("uncaught")), READ)
    opened.raised = opened.errors()
    page.add_style_tag(content=".jp-Collapser { visibility: hidden; }")  # it marks the chosen cell
    opened.folder = lab.folder
    yield opened
    context.close()


def place_of(name: str) -> int:
    """Return the number of the cell that shows a widget or a page of a lesson."""
    return [SETUP, *SHOWN, LAST, *LESSON].index(name)


def shown_in(notebook: Any, name: str) -> tuple[Any, Any]:
    """Return the first and the last part of the page that belong to a widget or a lesson's page."""
    outputs = notebook.cell(place_of(name)).locator(".jp-OutputArea-output:visible")
    if name == "predict":
        return notebook.page.locator(".jp-RenderedMarkdown", has_text="Predict:").first, outputs.first
    return outputs.first, outputs.last if name == "uncaught" else outputs.first


CAPTIONS = {
    "explorer": "The evaluation explorer shows the path of a request through AWS's policy layers, which policy "
    "decides, and the smallest change that would reverse the decision.",
    "policy_editor": "The policy editor checks a policy as you type and shows who could do what with it.",
    "matrix": "The matrix shows which principals can perform which actions on one resource. Each cell contains the "
    "decision that AWS would make and shows the reason for it.",
    "access_map": "The access map shows which users and roles in an organization can perform dangerous actions.",
    "organization_tree": "The organization tree shows which policies are attached to which OU or account, and which "
    "level allows or denies a request.",
    "token_inspector": "The token inspector shows what a token contains, who signed it, and what you can use it for.",
    "oauth_walk": "The OAuth walk shows a sign-in, one request at a time, and the attacks that are possible if a "
    "protection is missing.",
    "envelope_stepper": "The envelope stepper shows an encrypted message byte by byte, and which check detects a "
    "change to the message.",
    "key_timeline": "The key timeline shows the life of a KMS key, based on CloudTrail events.",
    "trail_explorer": "The trail explorer shows who did what, based on CloudTrail records.",
    "responsibility_line": "The line shows, for one service at a time, which layers AWS secures and which you secure.",
    "sorting_board": "On the sorting board, you decide who is responsible for each item: AWS, the customer, or both.",
    "incident_player": "The incident player shows real breaches, and you choose where you would have looked first.",
    "exposure_plot": "The exposure plot compares the cost of an Availability Zone outage with the cost of a public "
    "bucket.",
    "scoreboard": "The scoreboard shows all the dangerous settings in the account, and whether an attack on each "
    "setting succeeded in each round.",
}
"""Widget → the sentence that introduces its pictures on the page."""
SETTINGS = {
    "light": "in the light theme", "dark": "in the dark theme", "contrast": "in the high-contrast theme",
    "narrow": "on a phone", "narrow_dark": "on a phone, in the dark theme", "print": "on paper",
}  # fmt: skip


def titles() -> dict[str, str]:
    """Return the title of each widget: the first part of its class's `about`."""
    modules = {name: import_module(f"labs_helpers.widgets.{name}") for name in SHOWN}
    return {
        name: getattr(module, module.__all__[0]).about.partition(": ")[0] for name, module in modules.items()
    }


def written() -> str:
    """Return the text of the gallery's page."""
    lines = [
        "# Gallery", "",
        ("This page shows each widget in JupyterLab's light, dark, and high-contrast themes, on a phone, and on "
        "paper, where a static picture replaces the widget. The last sections show pages of a lesson. Click a "
        "picture to see it in full size. To display a widget yourself, see [the widgets' "
        "reference](reference/widgets.md)."),
    ]  # fmt: skip
    for name, title in titles().items():
        lines += ["", f"## {title}", "", CAPTIONS[name], *_pictures(name, title, (*SIZES, "print"))]
    for name, (title, caption, _) in LESSON.items():
        lines += ["", f"## {title}", "", caption, *_pictures(name, title, LESSON_KINDS)]
    return "\n".join([*lines, ""])


def _pictures(name: str, title: str, kinds: Iterable[str]) -> list[str]:
    """Return the lines of a surface's pictures, each below its label, side by side where the page is wide enough.

    A click on a picture shows it in full size. The theme that the page doesn't use is collapsed, like the settings that
    few readers look for: docs/style.css hides each theme in one of the two places. A phone is shown only in the page's
    theme.
    """
    kinds = list(kinds)
    collapsed = [kind for kind in kinds if not kind.startswith("narrow")]
    summary = "Other themes and sizes, and on paper" if "print" in kinds else "Other themes and sizes"
    return [
        *_stills(name, title, [kind for kind in kinds if kind in LESSON_KINDS]),
        *("", '<details class="others" markdown>', f"<summary>{summary}</summary>"),
        *_stills(name, title, collapsed),
        *("", "</details>"),
    ]


def _stills(name: str, title: str, kinds: Iterable[str]) -> list[str]:
    lines = ["", '<div class="stills" markdown>']
    for kind in kinds:
        label, file = SETTINGS[kind][0].upper() + SETTINGS[kind][1:], f"gallery/{name}-{kind}.webp"
        lines += ["", f"**{label}**<br>", f"[![{title}, {SETTINGS[kind]}]({file})]({file})"]
    return [*lines, "", "</div>"]


QUALITY, ROUGH = 60, 32
"""Qualities of pictures, up to 100: with clean edges of letters, and for pictures that few readers look for."""
MARGIN = (8, 2)
"""The distance between a part of the page and the edge of its picture: to the left and right, and above and below."""
BARS = 400
"""The maximum height of JupyterLab's own bars around a notebook."""


def take(name: str, kind: str, first: Any, last: Any = None) -> None:
    """Take a complete picture of a part of the page, or of two parts and everything between them, with a margin."""
    if not (folder := os.environ.get("LABS_GALLERY")):
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    page = first.page
    size, height = page.viewport_size, _around(first, last)["height"]
    if height + BARS > size["height"]:  # a part that doesn't fit would be covered by JupyterLab's bars
        resize(page, {"width": size["width"], "height": int(height) + BARS})
    first.evaluate("(e, place) => e.scrollIntoView({block: place})", "start" if last else "center")
    page.wait_for_timeout(300)
    # Chromium's own command, because WebP needs a third of the bytes of PNG, which Playwright takes.
    quality = QUALITY if kind in ("light", "dark", "narrow") else ROUGH
    asked = {"format": "webp", "quality": quality, "clip": {**_around(first, last), "scale": 1}}
    taken = page.context.new_cdp_session(page).send("Page.captureScreenshot", asked)
    resize(page, size)
    (Path(folder) / f"{name}-{kind}.webp").write_bytes(base64.b64decode(taken["data"]))


def _around(first: Any, last: Any = None) -> dict[str, float]:
    """Return the box of one part or two, with as much of the margin as the page has."""
    one = first.bounding_box()
    two = last.bounding_box() if last else one
    left, top = max(min(one["x"], two["x"]) - MARGIN[0], 0), max(one["y"] - MARGIN[1], 0)
    right = max(each["x"] + each["width"] for each in (one, two)) + MARGIN[0]
    return {"x": left, "y": top, "width": right - left, "height": two["y"] + two["height"] + MARGIN[1] - top}


SIDEWAYS = """e => [...e.querySelectorAll("*")]
  .filter(each => /auto|scroll/.test(getComputedStyle(each).overflowX) && each.clientWidth > 0
    && each.scrollWidth > each.clientWidth && !each.closest("pre, textarea, .scrolled, .bytes"))
  .map(each => `${each.className}: ${each.scrollWidth} in ${each.clientWidth}`)"""
"""The parts of a widget with a horizontal scroll bar, except code, bytes, and large tables, which need one."""


@pytest.mark.parametrize("kind", KINDS)
def test_every_widget_is_shown_and_none_is_wider_than_the_page(notebook: Any, kind: str) -> None:
    """If axe is installed, it finds no violations. It checks some of the widgets per kind, and each of them once."""
    page = notebook.page
    width, height = SIZES.get(kind, ZOOMED)
    page.set_default_timeout(20_000)
    resize(page, {"width": 1280, "height": 900})
    notebook.choose_theme(THEMES[kind])
    resize(page, {"width": width, "height": height})
    page.wait_for_timeout(1_000)
    wide, sideways = {}, {}
    for name in (*SHOWN, *LESSON):
        parts = shown_in(notebook, name)
        page.mouse.move(0, 0)
        if kind in (SIZES if name in SHOWN else LESSON_KINDS):
            take(name, kind, *(parts if parts[0] is not parts[1] else parts[:1]))
        wide[name] = parts[1].evaluate("e => e.scrollWidth - e.clientWidth")
        sideways[name] = parts[1].evaluate(SIDEWAYS)
    assert {name: found for name, found in sideways.items() if found} == {}
    assert {name: more for name, more in wide.items() if more > 2} == {}
    assert page.locator("body").evaluate(SCROLLED) == []
    assert notebook.errors() == notebook.raised
    if AXE.exists():
        assert violations(page, OUTPUTS, len(KINDS), KINDS.index(kind)) == []


def test_the_card_of_a_denial_keeps_away_from_the_error_above_it(notebook: Any) -> None:
    error, shown = shown_in(notebook, "uncaught")
    gap = shown.locator(".card").evaluate("e => e.getBoundingClientRect().top") - error.evaluate(
        "e => e.getBoundingClientRect().bottom"
    )
    assert gap >= 8


CUT = """e => {
  const cut = [], walker = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const own = node.parentElement;
    if (!own.checkVisibility() || own.closest("pre, code, textarea, select, .cm-editor, .word, svg")) continue;
    for (const found of node.data.matchAll(/(?<=^|\\s)[A-Za-z]{2,14}(?=[\\s.,;:?)]|$)/g)) {
      const range = document.createRange();
      range.setStart(node, found.index); range.setEnd(node, found.index + found[0].length);
      const rects = [...range.getClientRects()].filter(each => each.width > 1);
      const lines = new Set(rects.map(each => Math.round(each.top)));
      if (lines.size > 1) cut.push(found[0]);
    }
  }
  return cut;
}"""
"""The words of a part of the page that continue on another line within the word."""


def test_no_word_is_cut_on_a_phone(notebook: Any) -> None:
    page = notebook.page
    resize(page, {"width": 390, "height": 844})
    page.wait_for_timeout(1_000)
    found = {
        name: cut
        for place, name in enumerate(SHOWN, 1)
        if (cut := notebook.cell(place).locator(".jp-OutputArea-output").first.evaluate(CUT))
    }
    assert found == {}


PAPER = '<body style="margin: 1em; font: 14px sans-serif">'
_LOWEST = "all => Math.max(...all.map(each => each.getBoundingClientRect().bottom))"


def test_every_widget_has_a_still_picture_that_needs_no_widget(notebook: Any, browser: Browser) -> None:
    """The page is as wide as A4 paper, because saved notebooks are printed."""
    bundles = json.loads((notebook.folder / "pictures.json").read_text(encoding="utf-8"))
    context = browser.new_context(viewport={"width": 794, "height": 1300})
    page = context.new_page()
    page.emulate_media(media="print")
    wide = {}
    for name in SHOWN:
        bundle = bundles[name][0] if isinstance(bundles[name], list) else bundles[name]
        assert "VBox(" not in bundle["text/plain"], name
        page.set_content(
            f"<!DOCTYPE html>{PAPER}{bundle['text/html']}"
        )  # else tables are larger than other text
        assert page.evaluate("document.compatMode") == "CSS1Compat"
        assert len(page.locator("body").inner_text()) > 100, name
        wide[name] = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if name == "access_map":
            lowest = page.locator("th.slanted > span").evaluate_all(_LOWEST)
            assert lowest <= page.locator("tbody").first.evaluate("e => e.getBoundingClientRect().top") + 12
        take(name, "print", page.locator("body"))
    context.close()
    assert {name: more for name, more in wide.items() if more > 0} == {}


LINES = """line => {
  const range = document.createRange();
  range.selectNodeContents(line);
  const words = [...range.getClientRects()].filter(each => each.width > 1), top = words[0].top;
  const column = line.closest(".jp-Cell").getBoundingClientRect();
  return {
    begins: words[0].left,
    goesOn: Math.min(...words.filter(each => each.top > top + 4).map(each => each.left)),
    letter: words[0].width / 4,
    beyond: Math.max(...words.map(each => each.right)) - column.right,
  };
}"""
"""Where a line of code begins and continues, the width of a letter, and how far the line extends beyond its column."""
CODE = """<pre><span></span>def reads():
    boto3.Session(profile_name="alice").client("s3").get_object(Bucket="payroll", Key="2026.csv")
</pre>"""
BEYOND = """all => Math.max(...all.map(each => each.getBoundingClientRect().right))
  - all[0].closest(".jp-Cell").getBoundingClientRect().right"""
"""How far the texts of a picture extend beyond their column."""


def test_a_handouts_code_stays_in_its_column_and_goes_on_further_in(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 726, "height": 1000})
    page.emulate_media(media="print")
    cell = f'<div class="jp-Cell"><div class="jp-InputArea">{hanging(CODE)}</div></div>'
    strip = framed('<ol class="path"><li class="stop start">alice</li><li class="stop">Decision</li></ol>')
    ways = ("KMS itself", "one envelope each", "envelopes, cached", "S3 with a bucket key")
    svg = line_chart("Cost", "bytes per object", "dollars", [1, 2], {name: [1, 2] for name in ways}).svg
    chart = f'<div class="jp-Cell"><div class="jp-OutputArea-output">{svg}</div></div>'
    drawn = '<p>Its title</p><div class="labs"><div class="figure"></div><p>Its caption</p></div>'
    figure = f'<div class="jp-OutputArea-output">{drawn}</div>'
    fixed = "<style>.jp-Lab .jp-RenderedHTMLCommon table { table-layout: fixed; }</style>"  # as JupyterLab's
    claims = framed(
        facts("Claims", [("iss", "a pool", "the issuer"), ("cognito:username", "alice", "a name")])
    )
    table = f'<div class="jp-Lab"><div class="jp-RenderedHTMLCommon">{claims}</div></div>'
    page.set_content(
        f"<!DOCTYPE html><head>{fixed}{_PRINT}</head><main>{cell}{strip}{chart}{figure}{table}</main>"
    )
    name = page.locator(".facts tbody th").last
    room = name.evaluate(
        "e => e.getBoundingClientRect().width / e.closest('table').getBoundingClientRect().width"
    )
    assert room < 0.4, "the names have no more room than they need"
    assert name.evaluate("e => e.scrollWidth <= e.clientWidth")
    line = page.locator("pre .line").last.evaluate(LINES)
    assert line["goesOn"] - line["begins"] > 4 * line["letter"]
    assert line["beyond"] <= 0
    assert page.locator("ol.path").evaluate("e => getComputedStyle(e).breakInside") == "avoid"
    for words in page.get_by_text(re.compile("^Its ")).all():
        assert words.evaluate("e => getComputedStyle(e).columnSpan") == "all", "split from its figure"
    texts = page.locator("svg text")
    assert texts.evaluate_all(BEYOND) <= 0
    assert texts.first.evaluate("e => parseFloat(getComputedStyle(e).fontSize) * e.getScreenCTM().a") >= 10
    page.close()


@pytest.mark.parametrize(
    ("scheme", "wide", "phone"), [("default", "light", "narrow"), ("slate", "dark", "narrow_dark")]
)
def test_the_docs_show_a_surface_in_the_themes_colors_wide_and_on_a_phone(
    browser: Browser, scheme: str, wide: str, phone: str
) -> None:
    high = 'style="display: block; width: 100%; height: {}px"'
    kinds = "".join(
        f'<p><strong>{kind}</strong><br><a href="#"><img alt="{kind}" src="gallery/x-{kind}.webp" '
        f"{high.format(1500 if 'narrow' in kind else 600)}></a></p>"
        for kind in LESSON_KINDS
    )
    stills = f'<div class="stills">{kinds}</div><details></details>'
    style = (DOCS / "style.css").read_text(encoding="utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    body = f'<body data-md-color-scheme="{scheme}"><div class="md-typeset">{stills}</div>'
    page.set_content(f"<!DOCTYPE html><style>{style}</style>{body}")
    shown = "all => all.filter(each => each.checkVisibility()).map(each => each.alt)"
    assert page.locator("img").evaluate_all(shown) == [wide, phone]
    ends = page.locator(".stills a:visible").evaluate_all(
        "all => all.map(each => each.getBoundingClientRect().bottom)"
    )
    assert abs(ends[0] - ends[1]) < 30, "the phone's picture ends with the other one, without a gap below"
    resize(page, PHONE)
    assert page.locator("img").evaluate_all(shown) == [phone]
    page.close()


def test_the_page_of_the_docs_shows_every_picture_and_says_what_it_shows() -> None:
    page = DOCS / "gallery.md"
    if os.environ.get("LABS_GALLERY"):
        page.write_text(written(), encoding="utf-8")
    assert page.read_text(encoding="utf-8") == written()
    pictures = sorted(each.stem for each in (DOCS / "gallery").glob("*.webp"))
    assert pictures == sorted(set(re.findall(r"\(gallery/([^)]+)\.webp\)", written())))
    assert sum(each.stat().st_size for each in (DOCS / "gallery").glob("*.webp")) < 6_000_000
    every = {each.stem for each in WIDGETS.glob("*.py") if not each.stem.startswith("_")}
    assert SHOWN.keys() == every


@pytest.mark.skipif(not AXE.exists(), reason=NEEDED)
@pytest.mark.sampled(2)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_still_pictures(lab: Any, notebook: Any, browser: Browser, scheme: str) -> None:
    """On a page without JupyterLab's colors, the browser's colors are used."""
    bundles = json.loads((lab.folder / "pictures.json").read_text(encoding="utf-8"))
    stills = [(each[0] if isinstance(each, list) else each)["text/html"] for each in bundles.values()]
    context = browser.new_context(viewport={"width": 794, "height": 1100})
    page = context.new_page()
    body = "".join(f"<section>{each}</section>" for each in stills)
    page.set_content(  # axe takes a page without a ground for white
        f'<!doctype html><html lang="en"><title>Stills</title><meta name="color-scheme" content="{scheme}">'
        f'<body style="background: Canvas; font: 14px sans-serif"><main><h1>Stills</h1>{body}</main>'
    )
    assert violations(page, "main") == []
    context.close()
