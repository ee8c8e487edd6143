"""The matcher beside its peers on the same rules and questions: ``python -m nlu.bench PUBLIC_DATA``.

Needs the development extras (scikit-learn); nothing that runs in production imports it.
"""
