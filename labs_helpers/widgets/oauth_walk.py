"""The OAuth walk: a sign-in one request at a time, with what each parameter prevents and the attack without it."""

from labs_helpers.course.days.day3.widgets.oauth_walk import OAuthWalk

__all__ = ["OAuthWalk"]
