"""What an envelope that is not believed says about itself."""

from __future__ import annotations


class Forged(Exception):
    """A message that is not exactly as its sender would have made it. `what` names what is wrong, not its value."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what
