"""Questions about a whole cloud: access by principal, escalation to administrator, the effect of a draft policy."""
