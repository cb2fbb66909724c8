"""Questions about a whole cloud: access by principal, escalation to administrator, a draft policy's effect."""
