"""What was applied, and who may apply now. Holds no secret."""

from reconciler.state.choose import open_state

__all__ = ["open_state"]
