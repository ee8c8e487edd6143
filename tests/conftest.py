"""For all tests: whatever service they start quotes; no weights are fetched or loaded unless a test asks."""
import os

os.environ["CSE_LLM_BACKEND"] = "quoting"
