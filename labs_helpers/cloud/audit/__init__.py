"""Analyses of a whole cloud: access by principal, escalation to administrator, and a draft policy's effect."""
