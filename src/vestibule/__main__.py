"""The entry point of `python -m vestibule` and of the command `vestibule`."""

from vestibule.cli import app
from vestibule.observability.lasting_stderr import outlive_a_full_disk


def main() -> None:
    """Run the command line."""
    outlive_a_full_disk()
    app()


if __name__ == "__main__":
    main()
