"""The pages of the drill: a question with its situation, and the answer with the engine's reasons."""

from __future__ import annotations

from labs_helpers.course.drill.decisions import decide
from labs_helpers.course.drill.drill_question import Question
from labs_helpers.course.drill.words import caller, keys_words, owner_words, policies, request_words, verdicts
from labs_helpers.course.shown.display import Page


def situation_page(question: Question, page: Page) -> Page:
    """Add the policies to the page and, unless the options are requests, the request."""
    for title, text in policies(question.scene):
        page.say(f"{title}:").code(text)
    if question.kind == "request":
        return page.say(owner_words(question.scene))
    page.say(f"Request: {request_words(question.scene)} {owner_words(question.scene)}")
    if not keys_words(question.scene):
        page.say("The request has no condition keys that the policies check.")
    return page


def question_page(question: Question, heading: str = "Drill") -> Page:
    """Return the situation, the question, and its options.

    The text doesn't name the rule, because that would give away the answer.
    """
    page = situation_page(question, Page().heading(heading))
    page.say(question.text)
    return page.options({letter: option.text for letter, option in question.options.items()})


def question_text(question: Question) -> str:
    """Return the situation and the question as text, without the options."""
    return situation_page(question, Page()).say(question.text).text


def subject(question: Question) -> str:
    """Return what a question is about in a few words: the request, or a policy if the options are requests."""
    if question.kind == "request":
        *_, (title, _) = policies(question.scene)
        return title
    return f"{caller(question.scene)} requests {question.scene['action']}"


def option_reason(question: Question, letter: str) -> str:
    """Return why an option is right or wrong: the rule for the right one, and the engine's reason for any other."""
    if letter == question.right:
        return question.rule.says
    decided = decide(question.options[letter].scene)
    return f"AWS's decision: {decided['decision']} ({decided['reason']})."


def answer_page(question: Question, letter: str) -> Page:
    """Return a page with the result, the engine's decision layer by layer, and the rule with its source."""
    right = letter == question.right
    page = Page().heading("✓ Right." if right else f"✗ The right answer is {question.right}.")
    if not right:
        page.say(f"{question.right}) {question.options[question.right].text}")
    _explain(question, page)
    return page.say(f"AWS's page: {question.rule.page} · Lesson: {question.rule.lesson}")


def explanation_page(question: Question) -> Page:
    """Return a page with the engine's decision layer by layer, and the rule."""
    return _explain(question, Page())


def _explain(question: Question, page: Page) -> Page:
    shown = question.after if question.kind in ("change", "request") else question.scene
    decided = decide(shown)
    after = " after this change" if question.kind == "change" else ""
    page.say(f"AWS's decision{after}: {decided['decision']}, {decided['reason']}.")
    page.bullets(verdicts(shown, decided))
    return page.say(f"The rule, “{question.rule.title}”: {question.rule.says}")
