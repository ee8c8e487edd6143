"""Words that are right in Spanish or in English, whatever a rule book says; no word of any office.

The frequency lists are those that ``pyspellchecker`` carries (built from OpenSubtitles, much filtered: it lacks
«tiene» and «vende»); ``simplemma`` knows the inflected forms of Spanish.
"""
from __future__ import annotations

from collections import Counter
from functools import lru_cache

from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory
from spellchecker import SpellChecker

from nlu.text import fold

# How often a list must have a word: rarer ones are as often misspelt themselves.
_LEAST_COUNT = 200
# Below, an English word is more often a slip in a Spanish one.
_ENGLISH_LETTERS = 4
_LETTERS = 3
# Below, a rare form of a rare verb is more often a slip.
_FORM_LETTERS = 4
_VOWELS = frozenset("aeiou")
_SHORT = """
    a al da de di e el en es fe ha he id ir la le lo me mi ni no o os se si su te tu u un va ve vi y ya yo
"""
# What everybody in Mexico calls universities, authorities, banks' codes and shops by.
_ACRONYMS = """
    anuies buap bbva cbtis cch cecyt cetis cfe cinvestav clabe colmex conacyt conahcyt conalep cimat ciesas curp dgb dgp enah
    ibero imss infonavit inapam ine inm ipade ipn issste itam itesm iteso nafin oxxo pemex profeco rfc
    sat sct sectei sedena segob semar sep spei sre tec uabc uacm uady uaeh uaem uag uanl uaq uaslp ucc udem udg udla
    udlap ugto ujat ulsa umsnh unadm unam unison unitec up upn upaep uv uvm visa whatsapp paypal telcel telmex
"""


@lru_cache(maxsize=1)
def _words() -> frozenset[str]:
    counts: Counter[str] = Counter()
    for language, letters in (("es", _LETTERS), ("en", _ENGLISH_LETTERS)):
        for word, count in SpellChecker(language=language).word_frequency.dictionary.items():
            if len(word) >= letters:
                counts[fold(word)] += count
    usual = (word for word, count in counts.items() if count >= _LEAST_COUNT)
    # Capitals mark names, of which the list has the strangest.
    forms = (fold(word) for word in DefaultDictionaryFactory().get_dictionary("es") if word.isalpha() and word.islower())
    return frozenset().union(usual, (form for form in forms if len(form) >= _FORM_LETTERS), _SHORT.split(), _ACRONYMS.split())


def is_common(word: str) -> bool:
    """Whether a folded word, or what it is the plural of, is a usual one, or a form of one."""
    known = _words()
    return word in known or any(one in known for one in _singulars(word))


def _singulars(word: str) -> tuple[str, ...]:
    """What ``word`` may be the plural of: not «sistema» for «sistemaas», nor «tramites» for «tramitess»."""
    if not word.endswith("s") or word.endswith("ss"):
        return ()
    return (word[:-1], word[:-2]) if word.endswith("es") and word[-3:-2] not in _VOWELS else (word[:-1],)
