"""What CloudTrail shows of Identity Center's OIDC service."""

from labs_helpers.services.trail import TrailFacts

TRAIL = TrailFacts(source="sso-oauth")
