"""Data on paper: policies and other dicts written compactly, so that they need fewer pages at a readable size.

Objects that fit on a line are on one line, lists of words are filled like text, and closing brackets stay on the last
line.
"""

from __future__ import annotations

import ast
import html
import json
import re
from typing import Any

WIDTH = 53
"""The number of characters that fit on a line of one of two columns."""
_DATA = re.compile(r"\s*(\w+ = )?([\[{].*)", re.DOTALL)
_COMMENT = re.compile(r"(^|\s)#", re.MULTILINE)
_BLOCK = re.compile(r"(<pre(?: [^>]*)?><code>)(.*?)(</code></pre>)", re.DOTALL)
_MARKUP = re.compile(r"<[^>]*>")
_MARKUP_OR_TEXT = re.compile(r"<[^>]*>|[^<]+")
_PREFORMATTED = re.compile(
    r"(<pre[^>]*>(?:<span></span>)?(?:<code[^>]*>)?)(.*?)((?:</code>)?</pre>)", re.DOTALL
)
_WORD = re.compile(r"(?:<[^>]*>|[^\s<])+")
_MARKS = re.compile(r"(?<=[(\[{,=/:@])(?!:)|(?<=[)\]])(?=\.)")
_INLINE = re.compile(r"(?<!<pre>)<code>([^<]{19,})</code>")
_IN_NAMES = re.compile(r"(?<=[(:/._-])(?=\w)")
_LONGEST = 36
"""The maximum length of a word of code that moves to the next line as a whole."""


def closely(text: str) -> str:
    """Return text that is only data, or a name and data, written compactly. Any other text stays as it is."""
    found = _DATA.fullmatch(text)
    if found is None or _COMMENT.search(text):
        return text
    name = found[1] or ""
    for read, is_json in ((json.loads, True), (ast.literal_eval, False)):
        try:
            return name + _written(read(found[2]), 0, len(name), is_json=is_json, begins=not name)
        except (ValueError, SyntaxError, RecursionError):
            continue
    return text


def closely_in_html(page: str) -> str:
    """Return HTML in which each block of code that is only data is written compactly, without marks."""
    return _BLOCK.sub(_closely_in_block, page)


def hanging(page: str) -> str:
    """Return HTML in which a line of code that is too long continues on the next line, with a deeper indentation.

    It is broken at a mark, such as a bracket or a slash, and never within a name.
    """
    return _PREFORMATTED.sub(lambda found: found[1] + _hanging_lines(found[2]) + found[3], page)


def breaking(page: str) -> str:
    """Return HTML in which a long name or call within a sentence or a table can be broken after a punctuation mark."""
    return _INLINE.sub(lambda found: f"<code>{_IN_NAMES.sub('<wbr>', found[1])}</code>", page)


def _hanging_lines(code: str) -> str:
    lines = code.strip("\n").split("\n")
    if (
        any(line.count("<span") != line.count("</span>") for line in lines)
        or "<ins" in code
        or "<del" in code
    ):
        return code
    return "".join(
        f'<span class="line" style="--in:{_indentation(line)}ch">{_breakable(line)}\n</span>'
        for line in lines
    )


def _indentation(line: str) -> int:
    text = html.unescape(_MARKUP.sub("", line))
    return len(text) - len(text.lstrip())


def _breakable(line: str) -> str:
    """Return a line whose long words can be broken at their marks."""
    return _WORD.sub(lambda word: _broken(word[0]) if _length(word[0]) > _LONGEST else word[0], line)


def _length(marked: str) -> int:
    return len(html.unescape(_MARKUP.sub("", marked)))


def _broken(word: str) -> str:
    parts = _MARKUP_OR_TEXT.findall(word)
    return "".join(part if part.startswith("<") else _MARKS.sub("<wbr>", part) for part in parts)


def _closely_in_block(block: re.Match[str]) -> str:
    text = html.unescape(_MARKUP.sub("", block[2]))
    written = "\n".join(map(closely, _documents(text)))
    return block[0] if written == text else f"{block[1]}{html.escape(written)}{block[3]}"


def _documents(text: str) -> list[str]:
    """Return the JSON documents that follow one another in a text, or the whole text if it is anything else."""
    decoder, found, at = json.JSONDecoder(), [], 0
    try:
        while at < len(text):
            end = decoder.raw_decode(text, at)[1]
            found.append(text[at:end])
            at = end + len(text[end:]) - len(text[end:].lstrip())
    except ValueError:
        return [text]
    return found


def _written(value: Any, depth: int, before: int, *, is_json: bool, begins: bool) -> str:
    """Return a value on one line if it fits, otherwise with its members on the lines below, indented by one space.

    `before`: the number of characters before it on its line, besides the indentation. `begins`: whether it begins its
    line, so that its first member can follow the opening bracket.
    """
    line = _line(value, is_json=is_json)
    if depth + before + len(line) < WIDTH or not isinstance(value, dict | list | tuple) or not value:
        return line
    inner, parts = depth + 1, []
    members = value.items() if isinstance(value, dict) else ((None, each) for each in value)
    for key, each in members:
        name = "" if key is None else f"{_line(key, is_json=is_json)}: "
        parts.append(name + _written(each, inner, len(name), is_json=is_json, begins=not name))
    opening, closing = "{}" if isinstance(value, dict) else "()" if isinstance(value, tuple) else "[]"
    start = "" if begins else f"\n{' ' * inner}"
    return f"{opening}{start}{_filled(parts, inner)}{closing}"


def _filled(parts: list[str], depth: int) -> str:
    """Return members with commas between them. Short ones share a line; longer ones begin a separate line."""
    lines = [parts[0]]
    for part in parts[1:]:
        joined = f"{lines[-1]}, {part}"
        if "\n" not in joined and depth + len(joined) < WIDTH:
            lines[-1] = joined
        else:
            lines.append(part)
    return f",\n{' ' * depth}".join(lines)


def _line(value: Any, *, is_json: bool) -> str:
    if is_json or isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(
                f"{_line(key, is_json=False)}: {_line(each, is_json=False)}" for key, each in value.items()
            )
            + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(_line(each, is_json=False) for each in value) + "]"
    return repr(value)
