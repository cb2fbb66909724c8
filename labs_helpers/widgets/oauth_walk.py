"""The OAuth walk: a sign-in one request at a time, with each parameter's purpose and the attack that it prevents."""

from labs_helpers.course.days.day3.widgets.oauth_walk import OAuthWalk

__all__ = ["OAuthWalk"]
