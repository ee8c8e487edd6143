"""What the second opinion knows of a candidate rule, by name, in the order of its values."""
from __future__ import annotations

from nlu.evidence import FEATURES

CANDIDATE_FEATURES = (
    *FEATURES,  # "score" and "margin" are here the outputs of the model over letters and meaning
    "meaning",  # cosine of the embeddings of the question and the rule's nearest variant
    "meaning_lead",  # its lead over the nearest variant of any other rule
    "meaning_top3",  # mean cosine with the rule's three nearest variants
    "letters_score",  # output of the model over letters alone
    "letters_margin",  # its lead over the best other rule
    "unsaid",  # idf-weighted share of the nearest variant's words that the question says in no words
    "unsaid_most",  # idf of the one that it says least
    "echoed",  # the other way round: idf-weighted share of the question's words that variants or answer say in any words
    "echoed_asked",  # the same of the variants alone
    "echoed_told",  # and of the answer alone
)
CHOICE_FEATURES = (
    "choice",  # probability (0–1) of the rule among the candidates, see nlu.choice
    "choice_lead",  # its lead in log odds over the best other candidate
    "choice_score",  # what those log odds are made of: the weighted sum
)
SEMANTIC_FEATURES = (*CANDIDATE_FEATURES, *CHOICE_FEATURES)
