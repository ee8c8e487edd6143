"""What staff could add to a rule book, each item with the figure behind it (``python -m nlu suggest``)."""
