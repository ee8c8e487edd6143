"""For all tests: whatever service they start quotes; no weights are fetched or loaded unless a test asks."""
import os

import pytest

os.environ["CSE_LLM_BACKEND"] = "quoting"


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Several at a time: the tests of a file stay together, and so do those that start Rasa."""
    for item in items:
        group = "system" if item.get_closest_marker("system") else item.nodeid.split("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))
