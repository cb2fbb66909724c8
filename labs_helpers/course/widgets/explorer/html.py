"""The explorer's HTML. All incoming text is escaped; colors come from the notebook's own theme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from labs_helpers.cloud import Judgement, refusal_message
from labs_helpers.course.shown.display import break_long_words
from labs_helpers.course.shown.look import fold, headline
from labs_helpers.course.widgets.explorer.layers import Layer
from labs_helpers.course.widgets.explorer.picture import collapsed_if_narrow, shown_change
from labs_helpers.course.widgets.explorer.text import Line, marked_lines
from labs_helpers.course.widgets.visual_language import Verdict, escaped, framed, json_lines, table
from labs_helpers.engine.policy import Attached
from labs_helpers.engine.policy.whatif.change import Change

_SHOWN_POLICIES = 8
_SHOWN_UNMATCHED = 3
_SHOWN_BESIDE = 2
_SHOWN_NAMES = 20
_SUMMARY = '<summary style="cursor:pointer;line-height:1.6;overflow-wrap:anywhere">'


def question(principal: str, action: str, resource: str, context: str) -> str:
    """Return the request for the explorer's static form, which doesn't have input fields."""
    rows = (("Principal", principal), ("Action", action), ("Resource", resource), ("Context", context))
    shown = [(name, escaped(value, 4_000).replace("\n", "<br>") or "not given") for name, value in rows]
    return framed(
        table("Is this principal allowed to perform this action on this resource?", ("asked", "value"), shown)
    )


def layer(number: int, shown: Layer) -> str:
    """Return a revealed layer: its headline and, below it, its meaning and its policies with marked statements."""
    extra = f"<p>{escaped(shown.note)}</p>" if shown.note else ""
    told = (
        f'<div style="padding-left:1.2em"><p style="margin:.2em 0;line-height:1.45">{escaped(shown.meaning)}</p>{extra}'
        f"{_policies(shown)}</div>"
    )
    return f'<div class="labs">{fold(f"{number}. {shown.headline}", told)}</div>'


def hidden_layer(number: int, shown: Layer) -> str:
    """Return the placeholder for a layer that hasn't been revealed yet."""
    return f'<p style="margin:.3em 0;line-height:1.6">{number}. {escaped(shown.title)}: not shown yet</p>'


def _policies(shown: Layer) -> str:
    matching = [each for each in shown.policies if shown.matched_in(each.name)]
    matching.sort(key=lambda each: "EXPLICIT_DENY" not in shown.matched_in(each.name).values())
    others = [each for each in shown.policies if not shown.matched_in(each.name)]
    if not shown.policies:
        return '<p style="margin:.2em 0;line-height:1.45">No policy is attached here.</p>'
    parts = [_policy(each, shown.matched_in(each.name)) for each in matching[:_SHOWN_POLICIES]]
    if len(matching) > _SHOWN_POLICIES:
        parts.append(f"<p>… and {len(matching) - _SHOWN_POLICIES} more that match.</p>")
    if others:
        parts.append(_unmatched(others))
    return "".join(parts)


def _policy(attached: Attached, matched: Mapping[int, str]) -> str:
    name = escaped(attached.name, 300)
    shown = break_long_words(name)
    lines = "".join(_line(line) for line in marked_lines(attached.policy, matched))
    return (
        f'<p style="margin:.4em 0 0;line-height:1.45;overflow-wrap:anywhere">{shown}</p>'
        f'<pre class="json" tabindex="0" role="group" aria-label="Text of {name}">{lines}</pre>'
    )


def _line(line: Line) -> str:
    if line.left_out:
        return f"  <em>{escaped(line.text)}</em>\n"
    text = json_lines(line.text)
    if not line.mark:
        return f"  {text}\n"
    says = f'   <span class="says">◀ {escaped(line.says)}</span>' if line.says else ""
    sign = "▶" if line.says else '<span aria-hidden="true">▶</span>'
    tint = Verdict[line.mark].tint
    return f'<span class="marked {tint}"><strong>{sign} {text}{says}</strong></span>'


def matching(shown: Layer) -> str:
    """Return a layer's policies that have matching statements, beginning with those that deny."""
    found = [each for each in shown.policies if shown.matched_in(each.name)]
    found.sort(key=lambda each: "EXPLICIT_DENY" not in shown.matched_in(each.name).values())
    return "".join(_policy(each, shown.matched_in(each.name)) for each in found[:_SHOWN_BESIDE])


def _unmatched(others: Sequence[Attached]) -> str:
    """Return the policies without a match; notes on a few show why they don't match."""
    some = "".join(_policy(each, {}) for each in others[:_SHOWN_UNMATCHED])
    names = [escaped(each.name, 300) for each in others[_SHOWN_UNMATCHED:]]
    listed = "".join(f"<li>{name}</li>" for name in names[:_SHOWN_NAMES])
    more = f"<p>… and {len(names) - _SHOWN_NAMES} more.</p>" if len(names) > _SHOWN_NAMES else ""
    rest = f"<ul>{listed}</ul>{more}" if names else ""
    word = "policy" if len(others) == 1 else "policies"
    return (
        f'<details style="margin:.3em 0">{_SUMMARY}{len(others)} {word} in which no statement matches</summary>'
        f"{some}{rest}</details>"
    )


def decision(judgement: Judgement, predicted: str | None, score: str) -> str:
    """Return the decision, AWS's message, and whether the learner predicted the decision."""
    found = judgement.decision
    allowed = found.allowed
    verdict = Verdict.YES if allowed else Verdict.NO
    lines = []
    if predicted is not None:
        right = (predicted == "allow") is allowed
        said = "allowed" if predicted == "allow" else "denied"
        lines.append(
            f"{'✓ Right' if right else '✗ Wrong'}: you predicted that it is {said}. {escaped(score)}"
        )
    if allowed:
        lines.append("AWS performs the call and returns no error.")
    else:
        code, status, message = refusal_message(judgement)
        lines.append(
            f"AWS answers {escaped(code)} (HTTP {status}):<br><code>{break_long_words(escaped(message))}</code>"
        )
    *first, answer = [f'<p style="margin:.2em 0;line-height:1.45">{line}</p>' for line in lines]
    body = "".join(
        [
            headline(verdict, verdict.word, found.reason.removeprefix(f"{verdict.word} ")),
            *first,
            answer if allowed else collapsed_if_narrow("AWS's error message", answer),
        ]
    )
    return f'<div class="labs"><div role="status" aria-label="Decision" class="card {verdict.tint}">{body}</div></div>'


def why_not(found: Sequence[Change]) -> str:
    """Return the changes that would make the request allowed, smallest first, and the changes that wouldn't help."""
    helping = [change for change in found if change.helps]
    useless = [change for change in found if not change.helps]
    if not helping:
        parts = ["<p>No change to a policy or to the request would allow it.</p>"]
    else:
        alone = [change for change in helping if change.flips_alone]
        first = "The request needs several changes"
        if alone:
            first = (
                "The smallest change"
                if len(alone) == 1
                else f"Any one of the first {len(alone)} changes is enough"
            )
        parts = [f"<p><strong>Why not?</strong> {first}:</p>", "<ol>", *map(_change, helping), "</ol>"]
    if useless:
        items = "".join(
            f"<li>{escaped(change.text)} {escaped(change.cannot_help)}</li>" for change in useless
        )
        parts.append(fold(f"What would not help ({len(useless)})", f"<ul>{items}</ul>"))
    return f'<div class="labs"><div role="status" aria-label="Why not" class="box calm">{"".join(parts)}</div></div>'


def _change(change: Change) -> str:
    needs = ", ".join(map(str, change.needs_also))
    enough = "Enough by itself." if change.flips_alone else f"Also needs {needs}."
    tail = f" <em>{escaped(change.note)}</em>" if change.note else ""
    said = f"{break_long_words(escaped(change.text))} <strong>{enough}</strong>{tail}"
    return f'<li value="{change.number}">{said}{shown_change(change)}</li>'
