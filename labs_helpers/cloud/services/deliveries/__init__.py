"""Deliveries between services: SNS to its subscribers, EventBridge to its targets."""
