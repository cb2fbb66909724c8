"""Variants of a situation's requests: with another action, resource, or caller, or with other keys."""

from __future__ import annotations

from collections.abc import Iterator

from labs_helpers.course.drill.scene import Draw, Scene, name_of, sibling_actions


def similar_requests(scene: Scene, d: Draw) -> Iterator[Scene]:
    """Yield scenes with the same policies and a request that differs in one respect."""
    for action in sibling_actions(scene["action"]):
        yield {**scene, "action": action}
    yield from _other_resources(scene, d)
    yield from _other_callers(scene, d)
    context = scene.get("context", {})
    for key in context:
        yield {**scene, "context": {name: value for name, value in context.items() if name != key}}


def _other_resources(scene: Scene, d: Draw) -> Iterator[Scene]:
    arn = scene["resource"]["arn"]
    start, slash, rest = arn.partition("/")
    if arn.startswith("arn:aws:s3:::") and slash:
        others = [f"{start}-{d.noun()}/{rest}", f"{start}/{d.noun()}/{rest}", f"{start}/{rest}.bak"]
    elif arn == "*" or ":key/" in arn:
        others = []
    else:
        others = (
            [f"{arn.rpartition(':')[0]}:{arn.rpartition(':')[2].partition('/')[0]}/{d.noun()}"]
            if slash
            else []
        )
    for other in others:
        yield {**scene, "resource": {**scene["resource"], "arn": other}}


def _other_callers(scene: Scene, d: Draw) -> Iterator[Scene]:
    arn = scene["principal"].get("arn", "")
    if ":assumed-role/" in arn:
        other = arn.removesuffix(name_of(arn)) + d.new(("night-run", "on-call", "rerun"))
        yield {**scene, "principal": {**scene["principal"], "arn": other}}
