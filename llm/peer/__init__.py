"""Programs of the third, optional environment (.venv-peer: torch, transformers, peft, llama.cpp).

They import nothing of ours, read what ``llm.export.reference`` or ``llm.peer_speed`` wrote, and print JSON.
"""
