"""The explanation of a decision: each layer that AWS evaluates, its verdict, and the statements that matched.

The layers have the same order and the same verdicts (allow, no impact, implicit deny, explicit deny) as in AWS's Access
Troubleshooter. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from labs_helpers.course.shown.display import Page, Shown
from labs_helpers.course.shown.look import Verdict, fold, framed, headline, path
from labs_helpers.course.shown.mistakes import Mistake, UnknownName
from labs_helpers.course.shown.verdict_strip import LABEL, SIGNS, asker, drawn_stops, layer_title, said, strip
from labs_helpers.engine.policy.layers import Layer, short_statement_words

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud, Judgement
    from labs_helpers.course.shown.verdict_strip import Levels
    from labs_helpers.engine.policy import Decision
    from labs_helpers.engine.policy.decision import Check, Matched


@dataclass(frozen=True, slots=True, repr=False)
class Explanation(Shown):
    """A decision that a notebook displays as a cell's last value.

    It is true in an `if` statement when the request is allowed.
    """

    decision: Decision
    asked: str = ""
    """The request in one line, or an empty string."""
    judgement: Judgement | None = None
    """The decision with its request and the policies in force, if they are known."""
    request: tuple[str, str, str] | None = None
    """The principal, the action, and the resource, for the beginning of the path, if there is no judgement."""
    levels: Levels | None = None
    """The names of the levels, if they are known; without them, levels are numbered."""
    names: Mapping[str, str] = field(default_factory=dict)
    """The names of the organization's policies by ID, if they are known; without them, policies have their IDs."""

    def __bool__(self) -> bool:
        return self.decision.allowed

    @property
    def effect(self) -> str:
        """Return ALLOW, IMPLICIT_DENY, or EXPLICIT_DENY."""
        return self.decision.effect

    @property
    def reason(self) -> str:
        """Return the reason for the decision in AWS's words."""
        return self.decision.reason

    def page(self) -> Page:
        """Return the request, each layer with its verdict, and the decision."""
        asked = Page().say(self.asked) if self.asked else Page()
        layers = self._layers(_told)
        end = f"{SIGNS[self.effect]} {Verdict[self.effect].word}: {self.reason}"
        is_drawn = self.judgement is not None or self.request is not None
        return Page().drawn(
            "\n".join(filter(None, (asked.text, layers.text, end))),
            ("" if is_drawn else asked.html) + framed(self.drawn(self._headline())),
        )

    def _headline(self) -> str:
        return headline(Verdict[self.effect], Verdict[self.effect].word, self.reason)

    def _layers(self, name: Callable[[Check], str]) -> Page:
        """Return each layer with its verdict and its statements. `name` returns the name of a layer."""
        rows = (_row(check, name(check), self.names) for check in self.decision.checks)
        layers = Page().table(("layer", "verdict", "matching statements"), rows)
        if self.decision.refused_by and self.decision.refused_by not in self.decision.checks:
            missing = Layer(self.decision.refused_by.check_type).label
            layers.say(f"There is no {missing} that allows the request, but one is required.")
        return layers

    def drawn(self, head: str) -> str:
        """Return a headline and the request's path as HTML, with the layers and the changes collapsed."""
        from labs_helpers.course.shown.denial_card import folds

        if self.judgement is not None:
            return head + strip(self.judgement) + folds(self.judgement)
        asked = self.request[1:] if self.request is not None else ("", "")
        layers = self._layers(lambda check: layer_title(check, *asked, self.levels))
        start = asker(*self.request) if self.request is not None else ""
        way = path(LABEL, drawn_stops(self.decision, *asked, levels=self.levels), start)
        return head + way + fold("Why: each layer and its statements", layers.html, "why")


def _told(check: Check) -> str:
    """Return a layer's name in text, with its level."""
    return Layer(check.check_type).label + (f", level {check.level}" if check.level is not None else "")


def _row(check: Check, name: str, names: Mapping[str, str]) -> tuple[str, str, str]:
    return name, said(check), "; ".join(_statement(each, names) for each in check.matched) or "none"


def _statement(matched: Matched, names: Mapping[str, str]) -> str:
    word = "allows" if matched.effect == "ALLOW" else "denies"
    statement = short_statement_words(matched.index, matched.sid)
    name = _short(matched.policy)
    return f"{statement} {word} ({names.get(name, name)})"


def _short(policy: str) -> str:
    """Return a policy's name or ID without its ARN: the table must fit on a small screen."""
    if policy.startswith("arn:aws:s3:::"):
        return f"bucket policy of {policy.removeprefix('arn:aws:s3:::')}"
    if policy.startswith("arn:") and ":policy/" in policy:
        return policy.rpartition("/")[2]
    return policy.removeprefix("arn:aws:iam::")


def last_refusal(cloud: Cloud) -> Explanation:
    """Return the last denial in the cloud's record. Raises `LookupError` if there isn't one."""
    for entry in reversed(cloud.record):
        if entry.refusals:
            refusal = entry.refusals[-1]
            who = entry.principal_arn or "An anonymous caller"
            asked = f"`{who}` requested `{refusal.request.action}` on `{refusal.request.resource}`"
            return Explanation(refusal.decision, asked, refusal)
    raise UnknownName("no call has been denied yet, so there is nothing to explain")


def arn_of_profile(cloud: Cloud, profile: str) -> str:
    """Return the ARN of the user whose keys are in a profile.

    Raises `ValueError` for a profile that does not exist or contains a session; its message explains what to pass
    instead.
    """
    import boto3

    known = cloud.profiles()
    if profile not in known:
        raise Mistake(
            f"there is no profile {profile!r:.60}. Profiles: {', '.join(known)}. You can also pass an ARN."
        )
    arn: str = boto3.Session(profile_name=profile).client("sts").get_caller_identity()["Arn"]
    if ":assumed-role/" in arn or ":federated-user/" in arn:
        raise Mistake(
            f"{profile} contains the session {arn}. Pass the ARN of its role instead, or make the call."
        )
    return arn
