"""The drill: endless questions about AWS's decisions, generated from rules of evaluation, answered by the engine."""
