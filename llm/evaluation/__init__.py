"""The generator beside its peers on one held-out test set: ``python -m llm evaluate``."""
