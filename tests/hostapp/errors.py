"""An exception handler of the host that no view of this package may ever reach."""

from typing import Any, NoReturn


def refuse(exc: Exception, context: dict[str, Any]) -> NoReturn:
    """Fail the request: the view did not pin its own handler."""
    raise AssertionError(f"{context.get('view')!r} let the host's EXCEPTION_HANDLER see {exc!r}.")
