"""The errors that users see."""


class UsageError(Exception):
    """A wrong call, option, configuration, dialect or rule page; ends the run with exit code 2.

    Args:
        message: What is wrong and where, in one line.
        hint: What to do about it; may be empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}" if self.hint else self.message
