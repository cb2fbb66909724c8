"""The OAuth walk: a sign-in one request at a time, with the purpose of each parameter and the attack that it prevents."""

from labs_helpers.course.days.day3.widgets.oauth_walk import OAuthWalk

__all__ = ["OAuthWalk"]
