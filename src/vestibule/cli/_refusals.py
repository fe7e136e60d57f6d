"""What an operator reads in place of a traceback."""

from vestibule.cli._common import fail
from vestibule.settings import Problem, SettingsError, without_password


def explain(error: Exception) -> None:
    """Print what is wrong and how to mend it, and exit with code 1. Returns when the error is nothing of that kind."""
    if isinstance(error, BrokenPipeError):
        return  # the reader of our output has enough, as in `vestibule users list | head`
    if isinstance(error, SettingsError):
        fail(*error.problems)
    if isinstance(error, UnicodeEncodeError):  # raised for arguments alone
        fail(Problem("arguments", "bytes that are no text", "UTF-8", "Write them in UTF-8."))
    if isinstance(error, UnicodeDecodeError):
        fail(Problem("input", "bytes that are no text", "UTF-8", "Write it in UTF-8."))
    if isinstance(error, OSError):
        shown = without_password(str(error.filename or error))
        fix = "Correct its path, or its owner and mode."
        fail(Problem("file", shown, f"a file or folder that can be used ({error.strerror})", fix))
