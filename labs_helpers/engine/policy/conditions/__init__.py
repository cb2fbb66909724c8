"""Condition operators, one module per family; `compile_condition` combines them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from labs_helpers.engine.policy.conditions.compiling import CompiledCondition, compile_condition

__all__ = ["CompiledCondition", "compile_condition"]
