"""The OAuth walk: a sign-in request by request, what each parameter protects against, and the attack without it."""

from labs_helpers.course.days.day3.widgets.oauth_walk import OAuthWalk

__all__ = ["OAuthWalk"]
