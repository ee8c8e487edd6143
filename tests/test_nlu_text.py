"""How a message is folded before it is compared."""
from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nlu.text import SHORTHAND, calm, fold, normalize, seen, tokens, without_emoji, words

TEXT = st.text(st.characters(codec="utf-8"), max_size=60)
SPANISH = st.text("aeiouñáéíóúünsqxkltm bcd1ª¿?!_😀\u0303\u0301\n", max_size=40)
PIECES = [*SHORTHAND, "hola", "HOLA!!", "por favor", "ayuda", "¿Cómo?", "siii", "me", "ñ", "😀"]
UNSEEN = st.sampled_from(
    "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2066\ufe0e\ufe0f\ufeff\ufffb\U000e0061"
)
SNIPPETS = st.lists(st.sampled_from(PIECES), max_size=8).map(" ".join)


@given(TEXT | SPANISH | SNIPPETS)
@example("")
@example("👩‍🎓🇲🇽 ¡¡¡")
@example("n\u0303\u0303 ñ\u0301 ﬁn Ⅷ ｈｏｌａ İ ẞ ΑΣ")
def test_any_text_is_normalised_once_and_for_all(text: str) -> None:
    once = normalize(text)
    assert normalize(once) == once
    assert once == " ".join(tokens(text))
    assert all(word == fold(word) for word in once.split())


@given(SPANISH)
def test_case_and_composition_of_accents_never_matter(text: str) -> None:
    assert words(text.upper()) == words(text) == words(f"  {text}\t")


@given(TEXT | SPANISH | SNIPPETS, st.lists(st.tuples(st.integers(0, 60), UNSEEN), min_size=1, max_size=8))
@example("Cómo me reinscribo", [(1, "\u200b"), (4, "\u00ad")])
@example("Nº de cuenta", [(1, "\u2060")])
@example("👩\u200d🎓 año 1️⃣", [(0, "\u200d"), (5, "\u200d")])
@example("nin\u0303o", [(3, "\u200b")])
def test_what_shows_nothing_changes_no_word(text: str, inserted: list[tuple[int, str]]) -> None:
    plain, hidden = seen(text), text
    for place, char in inserted:
        hidden = hidden[:place] + char + hidden[place:]
    assert seen(hidden) == plain
    assert (tokens(hidden), words(hidden)) == (tokens(text), words(text))
    assert (normalize(hidden), fold(hidden)) == (normalize(text), fold(text))
    assert without_emoji(hidden) == without_emoji(text)


def test_what_shows_nothing_is_taken_out_and_what_shows_stays() -> None:
    assert seen("reins\u00adcrip\u200bción\ufeff, ¿2ª\u2060 vuelta?") == "reinscripción, ¿2ª vuelta?"
    assert seen("niño\u00a0ñ\u3000😀 🏽 1\u20e3 \u3164") == "niño\u00a0ñ\u3000😀 🏽 1\u20e3 \u3164"


@pytest.mark.parametrize("emoji", ["👩\u200d🎓", "❤\ufe0f", "🏴\U000e0067\U000e0062\U000e007f", "👍🏽"])
def test_an_emoji_of_several_parts_is_no_word_and_joins_none(emoji: str) -> None:
    assert words(f"pago{emoji}colegiatura") == ["pago", "colegiatura"]
    assert without_emoji(f"pago {emoji} ya").split() == ["pago", "ya"]


@given(st.sampled_from("aeiou"), st.sampled_from("\u0300\u0301\u0302\u0308"))
def test_accents_fall_and_enye_stays(vowel: str, mark: str) -> None:
    assert fold(vowel + mark) == vowel
    assert fold("AÑO") == fold("an\u0303o") == "año" != fold("ano")


@given(st.text("aeinuáéíóúüñÁÉÍÓÚÜÑ¿¡«»Zz 1", max_size=20))
def test_composed_and_decomposed_spanish_fold_alike(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(text)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("Hola, buenas tardes, ¿CÓMO PAGO?", "como pago"),
        ("como pago porfis graciaaas", "como pago"),
        ("buenas!! una pregunta: q es la uea??", "que es la uea"),
        ("kiero saber dnd pago xfa", "donde pago"),
        ("xq no veo mi calif", "porque no veo mi calificacion"),
        ("urgeeee   mi\ncredencial 😭😭", "mi credencial"),
        ("1ª inscripción, 2da vuelta", "primera inscripcion segunda vuelta"),
        ("carrera", "carrera"),
        ("guion_bajo", "guion bajo"),
        ("1000 pesos", "1000 pesos"),
    ],
)
def test_what_students_type(written: str, normal: str) -> None:
    assert normalize(written) == normal


@pytest.mark.parametrize("greeting", ["hola", "Gracias!", "buenos días", "ayuda"])
def test_a_greeting_alone_is_still_a_message(greeting: str) -> None:
    assert normalize(greeting)


@pytest.mark.parametrize("nothing", ["", " \n", "¿?", "😀", "___", "\u200b"])
def test_no_word_is_no_token(nothing: str) -> None:
    assert tokens(nothing) == []


def test_a_greeting_inside_the_question_stays() -> None:
    assert normalize("dónde digo hola a todos") == "donde digo hola a todos"


def test_shorthand_needs_no_second_look() -> None:
    chained = {short for short, long in SHORTHAND.items() for word in long.split() if SHORTHAND.get(word, word) != word}
    assert not chained


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("¿Quién da Cálculo III?", "quien da calculo iii"),
        ("¿qué hago contra una calificación injusta?", "que hago contra una calificacion injusta"),
        ("olvidé mi contra", "olvide mi contraseña"),
        ("la maestra en ciencias", "la maestra en ciencias"),
        ("me cobraron horas extra", "me cobraron horas extra"),
        ("¿dónde está el edificio C?", "donde esta el edificio c"),
        ("salon d clases", "salon de clases"),
        ("2º trimestre, 5to, 8va", "segundo trimestre quinto octava"),
        ("Nº de cuenta", "numero de cuenta"),
        ("¿cómo solicito ayuda?", "como solicito ayuda"),
        ("ayuda, ¿cómo me inscribo?", "como me inscribo"),
        ("¿mi trámite es urgente?", "mi tramite es urgente"),
        ("no urge", "no urge"),
    ],
)
def test_what_looks_like_shorthand_or_politeness_keeps_its_meaning(text, normal):
    assert normalize(text) == normal


@pytest.mark.parametrize("opening", ["Pues", "o sea,", "Osea", "mira,", "Señorita,", "joven,", "la verdad", "wey"])
def test_how_one_begins_to_speak_is_not_what_one_asks(opening):
    assert tokens(f"{opening} ¿cuánto cuesta la credencial?") == tokens("¿cuánto cuesta la credencial?")
    assert tokens(opening), "alone it is what was said"


@pytest.mark.parametrize(("text", "quiet"), [
    ("¿CÓMO SACO MI CREDENCIAL?", "¿cómo saco mi credencial?"),
    ("Cómo Saco Mi Credencial", "cómo saco mi credencial"),
    ("OLVIDÉ MI contra DEL CORREO", "olvidé mi contra del correo"),
    ("¿Qué es CELEX?", "¿Qué es CELEX?"),
    ("MIE", "MIE"),
    ("Línea de captura", "Línea de captura"),
])  # fmt: skip
def test_what_is_shouted_is_said_calmly(text, quiet):
    assert calm(text) == quiet


@given(st.text("aeñxÁEÑX ¿?,", max_size=40))
def test_calm_words_are_the_same_words(text):
    assert words(calm(text)) == words(text)
