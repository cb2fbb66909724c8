"""What gives the answer to a prediction away before its result: `python -m tests.notebooks.spoilers notebooks/*.ipynb`.

A question is read in its place: the text above it since the last explanation, its headings, what follows it in its own
cell, the day's objectives, and the code that answers it. What is below the result may say anything. Seven kinds of
spoilers are found:

    name        the name of an attempt or a variable says how it ends: `role-refused`, `stolen`
    law         a sentence above states the rule: in bold, or in words that the explanation repeats
    link        a page of documentation stands above the question
    hint        a word that promises a surprise, or tells what to look for: "trap", "sounds right", "watch for", "even"
    bare call   a call that is asked about stands outside the attempt, so it can't be denied; or code that verifies
                something doesn't expect that it is rejected
    result      the code looks for an error, explains a denial, or prints what only some of the attempts get; or the
                text between the question and the result speaks of an error
    no question the learner isn't asked anything

A finding that spoils nothing is listed in spoilers_explained.json with the reason: {"dayN": {"cell ID": "why"}}.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SHARED, NEW = 3, 2
"""A rule above a question shares three words with the explanation, two of which the question doesn't have."""
FEW = 12
EXPLAINED = Path(__file__).with_name("spoilers_explained.json")
_PROMPT = re.compile(r"\*\*(?:Predict|Before you run)\b")
_FOLD = re.compile(r"<details>.*?</details>", re.DOTALL)
_TABLE = re.compile(r"^\|.*$", re.MULTILINE)
_HEADING = re.compile(r"^#{2,4} (?:\d+ · )?(.*)$", re.MULTILINE)
_LINK = re.compile(r"\[[^\]]+\]\(https?://[^)]*\)|<a href=\"https?:")
_BOLD = re.compile(r"\*\*([^*]+?)[.:]?\*\*")
_LABELS = ("Why it matters", "In real AWS", "Predict")
_VERB = re.compile(
    r"\b(?:is|are|isn't|aren't|does|doesn't|do|don't|can|can't|may|must|wins?|matches|match|counts?|never|works?|"
    r"grants?|limits?|denies|allows?|applies)\b"
)
_HINTS = re.compile(
    r"\b(?:traps?|sounds?|seems?|looks? as if|harmless|commonest mistake|finest point|subtlest|more than you meant|"
    r"how to give|even told|one more belief|it is not \w+|it does\.|red-team|useless|worthless|taken out|pass by|"
    r"at most|should stop|the same in)\b|(?:^|[.!?] )(?:Watch for|Look for|Notice)\b|[“\"]But ",
    re.IGNORECASE | re.MULTILINE,
)
_HEADED = re.compile(
    r"\b(?:traps?|more than you meant|how to give|deput(?:y|ies)|too|the same in|worth little)\b",
    re.I,
)
_TELLING = frozenset(
    "works worked lives lived refused refusal denied allowed trap wins gone back loses gives still leak stolen "
    "forgotten forger ghost free spared useless open blocked fails failed stops stopped grants goes "
    "without against others poisoned forged wrong".split()
)
_RESULT = re.compile(
    r"\b(?:the (?:reason|message|error) (?:that|which)|each response|play the attacker)\b", re.IGNORECASE
)
_VERIFYING = frozenset({"jwt.decode", "verify_access_token", "verify_id_token"})
_LAW = re.compile(
    r"\b(?:only|never|always|nobody|no one|everybody|everyone|anyone|whoever|can't|cannot|must|counts?|every|both|"
    r"nothing|no longer|until|at once|not|doesn't|don't|isn't|becomes?|can|lets?|hands?|wants?|asks? for|needs?|"
    r"refuses?|denies|deny|keeps?|limits?|means|gives?|matches|allows?|forbids?|may|its own|again|still|so)\b",
    re.IGNORECASE,
)
_SWEEPING = re.compile(
    r"\b(?:everybody|everyone|whoever|anyone|nobody|no one)\b[^.?!\n]*\b(?:everything|anything|nothing)\b",
    re.IGNORECASE,
)
_DOING = frozenset(
    "get_object put_object delete_object list_objects_v2 list_users list_buckets list_roles delete_bucket create_user "
    "attach_user_policy create_bucket get_secret_value decrypt encrypt get_caller_identity stop_logging "
    "receive_message send_message scan get_item create_function".split()
)
_PERMISSION = re.compile(
    r"\b(?:can|may|could|allow\w*|refused?|denied|den(?:y|ies)|read|reads|write|let|lets|get|gets|happens|who)\b",
    re.IGNORECASE,
)
_STOP = frozenset(
    "the a an and or of to in on at by for from with without as is are was were be been it its this that these those "
    "not no yes does do did can may will would has have had he she they them his her their you your we our who whom "
    "whose what which when where how why so but if then than now here there one two any all every each also too more "
    "most very aws answer works call calls still same other another into out up about".split()
)


@dataclass(frozen=True)
class Question:
    """A prompt in its place. `above` and `below` are the texts around it in its own cell."""

    id: str
    text: str
    above: str
    below: str
    before: str
    """The cell above, if the prompt's own cell says next to nothing."""
    earlier: str
    """All text of the last cells above."""
    heading: str
    opening: str
    code: str
    answer: str
    name: str | None

    @property
    def asked(self) -> str:
        """The question without its options."""
        return self.text.partition("\n\n- a)")[0]


def _source(cell: dict) -> str:
    return "".join(cell["source"])


def questions(cells: list[dict]) -> Iterator[Question]:
    """The prompts of a notebook."""
    opening = "\n".join(_source(cell) for cell in cells[:2] if cell["cell_type"] == "markdown")
    part = section = ""
    for place, cell in enumerate(cells):
        if cell["cell_type"] != "markdown":
            continue
        text = _source(cell)
        for line in text.splitlines():
            if line.startswith("## "):
                part, section = line.lstrip("# "), ""
            elif line.startswith("### "):
                section = line.lstrip("# ")
        found = _PROMPT.search(text) if place > 2 else None
        if found:
            yield _question(cells, place, found.start(), section or part, opening)


def _question(cells: list[dict], place: int, at: int, heading: str, opening: str) -> Question:
    text = _source(cells[place])
    above = _HEADING.sub("", _TABLE.sub("", _FOLD.sub("\0", text[:at]).rpartition("\0")[2]))
    prompt, below = _prompt(text[at:])
    code, between, answer, name = [], [], "", None
    for cell in cells[place + 1 : place + 8]:
        source = _source(cell)
        if cell["cell_type"] == "code":
            asked = re.match(r"""day\.predict\(["']([^"']+)""", source)
            if asked:
                name = asked[1]
            else:
                code.append(source)
        elif source.startswith("<details>"):
            answer = _FOLD.match(source)[0] if _FOLD.match(source) else ""
            break
        elif _PROMPT.search(source) or source.startswith("#"):
            break
        else:
            between.append(source)
    answer = re.sub(r"<summary>.*?</summary>|More: .*", "", answer, flags=re.DOTALL)
    last = [_source(cell) for cell in cells[max(place - 6, 0) : place] if cell["cell_type"] == "markdown"]
    before = ""
    if len(above.split()) < FEW:
        earlier = [
            _source(cell) for cell in cells[max(place - 3, 0) : place] if cell["cell_type"] == "markdown"
        ]
        before = _HEADING.sub("", _FOLD.sub("", "\n\n".join(earlier)))
    return Question(
        cells[place].get("id", str(place)), prompt, above, "\n".join([below, *between]), before, "\n\n".join(last),
        heading, opening, "\n".join(code), answer, name,
    )  # fmt: skip


def _prompt(text: str) -> tuple[str, str]:
    """The question with its options, and what comes after it in its cell."""
    options = re.match(r"(\*\*Predict:\*\* .*\?\n\n(?:- [a-d]\) .*(?:\n|$))+)(.*)", text, re.DOTALL)
    if options:
        return options[1], options[2]
    last = text.rfind("?")
    return (text, "") if last < 0 else (text[: last + 1], text[last + 1 :])


def _stems(text: str) -> set[str]:
    words = re.findall(r"[A-Za-z][A-Za-z'’]{2,}", text.replace("`", " "))
    return {
        re.sub(r"(?:ing|ed|es|s|e)$", "", word.lower())[:5] for word in words if word.lower() not in _STOP
    }


def _sentences(text: str) -> list[str]:
    return [each.strip() for each in re.split(r"(?<=[.!?:;])\s+|\n+", text) if each.strip()]


def spoilers(question: Question) -> Iterator[str]:
    """Return what gives the answer to a question away."""
    yield from _names(question)
    yield from _hints(question)
    yield from _laws(question)
    if _LINK.search(question.above) or re.search(r"\bMore: ", question.below):
        yield "link: a page of documentation stands beside the question"
    yield from _bare_calls(question)
    yield from _results(question)
    if "?" not in question.text:
        yield "no question"


def _names(question: Question) -> Iterator[str]:
    names = re.findall(r"""day\.(?:attempt|outcome)\(\s*["']([^"']+)""", question.code)
    for name in dict.fromkeys([*names, *([question.name] if question.name else [])]):
        told = _TELLING & set(name.split("-"))
        if told:
            yield f"name: {name} says how it ends"
    for label in re.findall(r"""print\(\s*["']([^"']*\w[^"']*:)["']""", question.code):
        if _TELLING & set(re.findall(r"\w+", label.lower())) or label.startswith("for "):
            yield f"name: the printed label {label!r} says how it ends"
    for variable in re.findall(r"^\s*(\w+)(?:\[[^\]]*\])? =", question.code, re.MULTILINE):
        if variable in _TELLING:
            yield f"name: the variable {variable} says how it ends"


def _hints(question: Question) -> Iterator[str]:
    places = (("above", question.above), ("in the question", question.asked), ("below", question.below))
    for where, text in places:
        if found := _HINTS.search(text):
            yield f"hint: “{found[0].strip()}” {where}"
    if found := _HEADED.search(question.heading):
        yield f"hint: “{found[0]}” in the heading"


def _laws(question: Question) -> Iterator[str]:
    near = "\n\n".join(question.above.strip().split("\n\n")[-2:])
    for bold in _BOLD.findall(near):
        if len(bold.split()) > 2 and not bold.startswith(_LABELS) and _VERB.search(bold):
            yield f"law: “{bold}” above"
    told, subject = _stems(question.answer), _stems(question.text)
    places = (
        ("above", question.above, NEW), ("below", question.below, NEW), ("before", question.before, NEW),
        ("in the objectives", question.opening, 1),
    )  # fmt: skip
    for where, text, new in places:
        for sentence in _sentences(text):
            shared = _stems(sentence) & told
            if len(shared) >= SHARED and len(shared - subject) >= new and _LAW.search(sentence):
                yield f"law: {where}, “{sentence[:80]}” says with the answer: {', '.join(sorted(shared))}"
                break

    if found := _SWEEPING.search(f"{question.before}\n{question.above}"):
        yield f"law: “{found[0][:80]}” above"
    named = re.match(r"\W*(?:[A-Z]\w*[:,.] )?`([^`]+)`", question.answer.replace("<details>", "").strip())
    if named and f"**`{named[1]}`**" in question.earlier:
        yield f"law: {named[1]} stands in bold above"


def _tree(question: Question) -> ast.Module:
    try:
        return ast.parse(question.code)
    except SyntaxError:
        return ast.Module([], [])


def _attempts(tree: ast.AST) -> list[ast.With]:
    return [
        block
        for block in ast.walk(tree)
        if isinstance(block, ast.With) and any("attempt" in ast.unparse(item) for item in block.items)
    ]


def _bare_calls(question: Question) -> Iterator[str]:
    tree = _tree(question)
    inside = {call for block in _attempts(tree) for call in _calls(block)}
    if _PERMISSION.search(question.text):
        for call in _calls(tree):
            if call not in inside and isinstance(call.func, ast.Attribute) and call.func.attr in _DOING:
                yield f"bare call: {call.func.attr} can't be denied here"
                break
    tried = {call for block in ast.walk(tree) if isinstance(block, ast.Try) for call in _calls(block)}
    for call in _calls(tree):
        if call not in inside | tried and ast.unparse(call.func) in _VERIFYING:
            yield f"bare call: {ast.unparse(call.func)} can't reject anything here"
            break


def _results(question: Question) -> Iterator[str]:
    tree = _tree(question)
    printing = [any(ast.unparse(call.func) == "print" for call in _calls(each)) for each in _attempts(tree)]
    if len(set(printing)) > 1:
        yield "result: only some of the attempts print what they get"
    for call in _calls(tree):
        if ast.unparse(call.func) == "day.outcome" and re.search(r"['\"]error['\"]", ast.unparse(call)):
            yield "result: the outcome looks for an error"
        if ast.unparse(call.func) == "day.explain":
            yield "result: day.explain() explains a denial, so the call is denied"
    if found := _RESULT.search(question.below):
        yield f"result: “{found[0]}” below"


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def found(cells: list[dict]) -> dict[str, list[str]]:
    """The spoilers of a notebook, by the ID of the cell that asks."""
    return {question.id: told for question in questions(cells) if (told := list(spoilers(question)))}


def unexplained(path: Path) -> list[str]:
    """The spoilers of a notebook that spoilers_explained.json doesn't explain, and explanations without a spoiler."""
    explained = json.loads(EXPLAINED.read_text("utf-8")).get(path.stem.split("_")[0], {})
    told = found(json.loads(path.read_text("utf-8"))["cells"])
    lines = [f"[{id}] {each}" for id, spoiled in told.items() if id not in explained for each in spoiled]
    return lines + [f"[{id}] is explained, but spoils nothing" for id in explained if id not in told]


def main(paths: list[str]) -> int:
    lines = [f"{path}: {line}" for path in paths for line in unexplained(Path(path))]
    print("\n".join(lines) or f"Spoilers: {len(paths)} notebooks, none")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
