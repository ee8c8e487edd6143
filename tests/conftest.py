"""For all tests: whatever service they start quotes; no weights are fetched or loaded unless a test asks. Property
tests have no deadline: on a shared machine it fails what is right."""
import os

from hypothesis import settings

os.environ["CSE_LLM_BACKEND"] = "quoting"
settings.register_profile("shared", deadline=None)
settings.load_profile("shared")
