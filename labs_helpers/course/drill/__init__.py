"""The drill: questions about AWS's decisions without end, drawn from rules of evaluation and answered by the engine."""
