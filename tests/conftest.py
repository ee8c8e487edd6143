"""For all tests: whatever service they start quotes; no weights are fetched or loaded unless a test asks."""
import os
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

os.environ["CSE_LLM_BACKEND"] = "quoting"


class Together(LoadScopeScheduling):
    """Several at a time: the tests of a file stay together, and so do those that start the system, which share its logs."""

    def _split_scope(self, nodeid: str) -> str:
        return "tests/system" if nodeid.startswith("tests/system/") else nodeid.split("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    # Not --dist loadgroup: with pytest 9 pytest-xdist 3.8 sees no groups.
    return Together(config, log)
