"""The tuned model in other engines' formats: Hugging Face for transformers and vLLM, GGUF for llama.cpp."""
