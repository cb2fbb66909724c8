"""All of cognito-identity: what its operations ask for (`table`)."""
