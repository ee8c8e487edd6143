"""Which books are thin. Apart from nlu.confidence, so that the rule checker needn't wait for what that imports."""

# Mean variants a rule below which a book is thin: confident mistakes are more common there, so weights and risk
# curves are fitted apart for such books, and more confidence is asked for.
THIN_BELOW = 8
