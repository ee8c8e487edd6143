"""A command whose reader may leave before it ends, as in ``… | head``."""
from __future__ import annotations

import os
import sys
from collections.abc import Callable

# What a shell says of a process that SIGPIPE ended.
READER_LEFT = 141


def run_while_read(command: Callable[[], int]) -> int:
    """The exit status of ``command``, or ``READER_LEFT`` when nobody reads its output any more."""
    try:
        status = command()
        sys.stdout.flush()
    except BrokenPipeError:
        # Else Python would try to write the rest once more when it ends, and say that it couldn't.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READER_LEFT
    return status
