"""The smallest changes that would make a denied request allowed, found by running the engine again.

For every layer that denies the request, the smallest change is an Allow for exactly this action on this resource, a
Deny that exempts this request, or a different value for one of the request's condition keys. The engine evaluates the
request again with each change by itself and with all changes together. Changes to policies only widen access, so a
minimal set is found by leaving out one change at a time.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from labs_helpers.engine.policy.decide import decide
from labs_helpers.engine.policy.decision import IMPLICIT_DENY, Check, Decision
from labs_helpers.engine.policy.errors import PolicyError
from labs_helpers.engine.policy.layers import Layer
from labs_helpers.engine.policy.policy_set import Policies
from labs_helpers.engine.policy.principal import PrincipalKind
from labs_helpers.engine.policy.request import AccessRequest
from labs_helpers.engine.policy.statement import EXPLICIT_DENY
from labs_helpers.engine.policy.whatif.change import Change, ChangeKind, changed
from labs_helpers.engine.policy.whatif.proposals import PRINCIPAL_LAYERS, Proposals

_MOST_NEEDED = 16
# Layers that a grant by the resource's side can make unnecessary are left out first.
_LEFT_OUT_FIRST = {layer: place for place, layer in enumerate(PRINCIPAL_LAYERS)}


def changes(request: AccessRequest, policies: Policies, decision: Decision) -> tuple[Change, ...]:
    """Return the changes that would make a denied request allowed, and some obvious ones that wouldn't.

    `decision` is the result of `decide()` for the request and policies. The result is empty for an allowed request, and
    if no policy can help (as when the root user calls AssumeRole). Changes that are sufficient by themselves come
    first, then changes that need others, then changes that can't help. The result is deterministic, and the number of
    decisions is bounded.
    """
    return () if decision.allowed else _Search(request, policies, decision).run()


class _Search:
    def __init__(self, request: AccessRequest, policies: Policies, decision: Decision) -> None:
        self._request, self._policies, self._decision = request, policies, decision
        self._answers: dict[frozenset[int], Decision | None] = {frozenset(): decision}
        self._proposed: dict[int, Change] = {}
        self._proposals = Proposals(request, policies)

    def run(self) -> tuple[Change, ...]:
        """Run the search and return its result."""
        needed = self._repairs()
        if self._allowed(needed):
            needed = self._minimal(needed, keep=None)
            sets = dict.fromkeys(needed, needed)
        else:  # no change of policies allows the request; a change of the request itself might
            sets = {}
        few = len(needed) <= _MOST_NEEDED
        contexts = [self._add(change) for change in self._proposals.contexts(self._decision)]
        others = [number for number in self._proposed if number not in sets and number not in contexts]
        others += self._obvious_changes(others + list(sets))
        for number in (*others, *contexts):
            best = self._set_with(number, needed, sets, contexts if number in contexts else [], few)
            if best is not None:
                sets[number] = best
        return self._results(sets)

    def _add(self, change: Change) -> int:
        number = len(self._proposed) + 1
        self._proposed[number] = replace(change, number=number)
        return number

    def _decide(self, numbers: Iterable[int]) -> Decision | None:
        """Return the decision after changes, or None if they can't be written."""
        chosen = frozenset(numbers)
        if chosen not in self._answers:
            try:
                after = changed(
                    self._request, self._policies, [self._proposed[number] for number in sorted(chosen)]
                )
                self._answers[chosen] = decide(*after)
            except PolicyError:
                self._answers[chosen] = None
        return self._answers[chosen]

    def _allowed(self, numbers: Iterable[int]) -> bool:
        decision = self._decide(numbers)
        return decision is not None and decision.allowed

    def _repairs(self) -> list[int]:
        """Return a change for each denial, until the request is allowed or no change is left."""
        numbers: list[int] = []
        decision: Decision | None = self._decision
        for _ in range(len(Layer)):
            if decision is None or decision.allowed:
                break
            before = len(numbers)
            for check in _refusals(decision):
                for change in self._proposals.repairs(check, denies=before == 0):
                    if not any(_same(change, self._proposed[number]) for number in numbers):
                        numbers.append(self._add(change))
            if len(numbers) == before:
                break
            decision = self._decide(numbers)
        return numbers

    def _obvious_changes(self, known: list[int]) -> list[int]:
        """Return obvious changes to layers that don't deny: most of them can't help, which is worth showing."""
        ideas = (self._proposals.allow("RESOURCE", None), self._proposals.allow("PRINCIPAL", None))
        return [
            self._add(change)
            for change in ideas
            if change is not None and not any(_same(change, self._proposed[number]) for number in known)
        ]

    def _minimal(self, numbers: list[int], keep: int | None) -> list[int]:
        """Return `numbers` without those that can be left out; `keep` is never left out."""
        kept = list(numbers)
        order = sorted(numbers, key=lambda number: _LEFT_OUT_FIRST.get(self._proposed[number].layer, 9))
        for number in order:
            fewer = [each for each in kept if each != number]
            if number != keep and fewer and self._allowed(fewer):
                kept = fewer
        return kept

    def _set_with(
        self, number: int, needed: list[int], sets: Mapping[int, list[int]], contexts: list[int], few: bool
    ) -> list[int] | None:
        """Return a minimal set of changes that contains `number`, or None if none is found."""
        if self._allowed([number]):
            return [number]
        for other in contexts:  # prefer a second key of the request to a policy
            if other == number or _keys(self._proposed[other]) & _keys(self._proposed[number]):
                continue
            if self._allowed([number, other]) and not self._allowed([other]):
                return [number, other]
        together = [*needed, number]
        if not few or not sets or not self._allowed(together):
            return None
        kept = self._minimal(together, keep=number)
        without = [each for each in kept if each != number]
        return None if self._allowed(without) else kept

    def _results(self, sets: Mapping[int, list[int]]) -> tuple[Change, ...]:
        """Return the changes, most useful first, numbered from 1, each with the engine's result for it."""

        def use(number: int) -> tuple[int, int]:
            """Return a sort key: the size of the change's set, 99 if it can't help."""
            return (len(sets[number]) if number in sets else 99), number

        kept = [number for number in self._proposed if number in sets or self._is_policy(number)]
        order = sorted(kept, key=use)
        place = {number: position for position, number in enumerate(order, start=1)}
        results = []
        for number in order:
            best = sets.get(number)
            results.append(
                replace(
                    self._proposed[number],
                    number=place[number],
                    flips_alone=best == [number],
                    needs_also=tuple(sorted(place[each] for each in best or () if each != number)),
                    cannot_help="" if best else self._why_not(number),
                )
            )
        return tuple(results)

    def _is_policy(self, number: int) -> bool:
        """Return whether a change is to a policy; changes to the request that can't help aren't shown."""
        return self._proposed[number].kind is not ChangeKind.CHANGE_CONTEXT

    def _why_not(self, number: int) -> str:
        decision = self._decide([number])
        change = self._proposed[number]
        what = _with_article(self._proposals.words(change.layer, change.level))
        refused_by = decision.refused_by if decision is not None else None
        whom = " for the role" if self._could_name_the_session(change, refused_by) else ""
        subject = {
            ChangeKind.ADD_ALLOW: f"An allow{whom} in {what} can't help",
            ChangeKind.REMOVE_DENY: f"Removing the deny from {what} can't help by itself",
            ChangeKind.NARROW_DENY: f"Narrowing the deny in {what} can't help by itself",
        }[change.kind]
        return f"{subject}: {self._proposals.refusal(refused_by)}." if refused_by else f"{subject}."

    def _could_name_the_session(self, change: Change, refused_by: Check | None) -> bool:
        """Return whether an allow that names the session instead of the role wouldn't be limited by this layer."""
        return (
            change.layer == Layer.RESOURCE
            and self._request.principal.kind is PrincipalKind.ROLE_SESSION
            and refused_by is not None
            and refused_by.effect == IMPLICIT_DENY
            and refused_by.check_type in (Layer.PERMISSIONS_BOUNDARY, Layer.SESSION)
        )


def _refusals(decision: Decision) -> list[Check]:
    refusals = [check for check in decision.checks if check.effect in (IMPLICIT_DENY, EXPLICIT_DENY)]
    if decision.refused_by is not None and decision.refused_by not in refusals:
        refusals.append(decision.refused_by)
    return refusals


def _same(one: Change, other: Change) -> bool:
    """Return whether two changes apply to the same part of a layer, or make the same edits."""
    return _target(one) == _target(other) or bool(one.edits and one.edits == other.edits)


def _target(change: Change) -> tuple[object, ...]:
    statements = tuple((edit.policy, edit.index) for edit in change.edits)  # names of policies aren't unique
    return change.layer, change.level, change.kind, change.policy, change.index, statements


def _keys(change: Change) -> set[str]:
    return {key.lower() for key, _ in change.context}


def _with_article(words: str) -> str:
    return f"an {words}" if words[0] in "aeiou" else f"a {words}"
