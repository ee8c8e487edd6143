"""How Spanish gets written in a hurry: the tables behind :mod:`nlu.perturb`.

They are kept apart from the shorthand that ``nlu.text`` undoes: a measurement that only used
spellings which the matcher knows would measure nothing.
"""
from __future__ import annotations

# Folded word → how it is shortened when every letter costs.
SHORT_FORMS: dict[str, tuple[str, ...]] = {
    "que": ("q", "k", "ke"), "por": ("x",), "porque": ("xq", "pq", "xk"), "para": ("pa", "pra", "p"),
    "tambien": ("tb", "tmb", "tmbn"), "donde": ("dnd", "dond"), "cuando": ("cdo", "kuando", "cuand"),
    "como": ("cmo", "komo", "cm"), "cuanto": ("cto", "kuanto", "cnto"), "quien": ("qn", "kien"),
    "quiero": ("kiero", "qiero"), "quisiera": ("kisiera",), "puedo": ("pdo",), "pueden": ("pdn",),
    "estoy": ("toy", "stoy"), "esta": ("sta", "ta"), "estan": ("stan",), "este": ("ste",), "hay": ("ai", "ay"),
    "hacer": ("acer", "hacr"), "hago": ("ago",), "hace": ("ace",), "hasta": ("asta",), "hola": ("ola",),
    "favor": ("fa", "fvr"), "gracias": ("grax", "grcs"), "mensaje": ("msj",), "mucho": ("mxo",), "muchas": ("mxas",),
    "bien": ("bn",), "mañana": ("mñn",), "trimestre": ("trim", "tri"), "materia": ("mat",), "materias": ("mats",),
    "licenciatura": ("lic",), "universidad": ("uni",), "informacion": ("info",), "calificacion": ("calif",),
    "calificaciones": ("califs",), "profesor": ("profe", "prof"), "telefono": ("tel",), "siguiente": ("sig",),
    "documento": ("doc",), "documentos": ("docs",), "extraordinario": ("extra",), "necesito": ("nesesito", "ncsito"),
    "semana": ("sem",), "despues": ("dsps",), "entonces": ("ntons", "entons"), "de": ("d",), "del": ("dl",),
    "se": ("c",), "ver": ("bver",), "verdad": ("vdd",), "voy": ("boy",), "aqui": ("aki",), "alguien": ("alguen",),
}  # fmt: skip

# Folded word → what a student who mixes in English writes.
ENGLISH: dict[str, tuple[str, ...]] = {
    "contraseña": ("password",), "correo": ("mail", "email"), "plazo": ("deadline",), "fecha": ("date",),
    "pagina": ("page", "website"), "sitio": ("website",), "pago": ("payment",), "pagar": ("pay",),
    "gracias": ("thanks", "thx"), "ayuda": ("help",), "calificacion": ("grade",), "calificaciones": ("grades",),
    "profesor": ("teacher",), "horario": ("schedule",), "beca": ("scholarship",), "becas": ("scholarships",),
    "cuando": ("when",), "donde": ("where",), "como": ("how",), "cuanto": ("how much",), "quien": ("who",),
    "porque": ("because",), "necesito": ("need",), "quiero": ("want",), "escuela": ("school",), "clase": ("class",),
    "clases": ("classes",), "materia": ("subject",), "curso": ("course",), "examen": ("exam",), "examenes": ("exams",),
    "formulario": ("form",), "documento": ("document",), "documentos": ("documents",), "alumno": ("student",),
    "alumnos": ("students",), "telefono": ("phone",), "celular": ("phone",), "enlace": ("link",), "liga": ("link",),
    "sistema": ("system",), "tarjeta": ("card",), "credencial": ("ID",), "pero": ("but",), "y": ("and",), "o": ("or",),
    "para": ("for",), "con": ("with",), "mi": ("my",), "nuevo": ("new",), "ahora": ("now",), "hoy": ("today",),
    "semana": ("week",), "mes": ("month",), "dinero": ("money",), "gratis": ("free",), "hola": ("hi", "hey"),
}  # fmt: skip
ENGLISH_FRAMES = ("hey {}", "sorry {}", "{} please", "{} thanks", "{} asap", "so {}", "ok {}", "hi guys, {}", "{} pls help")

EMOJI = (
    "😭", "🙏", "😅", "🥺", "😩", "❤️", "👍🏽", "🤔", "😡", "🙏🏼", "✨", "👩‍🎓", "🇲🇽", "💸", ":(", ":)", "xD", ":v", "jaja",
    "jajaja", "u.u", "T_T", ":'(",
)  # fmt: skip

# The same verb as one speaks to tú, usted and vos.
REGISTERS = ("tuteo", "usted", "voseo")
SECOND_PERSON: tuple[tuple[str, str, str], ...] = (
    ("puedes", "puede", "podés"), ("podrías", "podría", "podrías"), ("tienes", "tiene", "tenés"),
    ("sabes", "sabe", "sabés"), ("quieres", "quiere", "querés"), ("dices", "dice", "decís"), ("das", "da", "das"),
    ("ayudas", "ayuda", "ayudás"), ("recomiendas", "recomienda", "recomendás"), ("explicas", "explica", "explicás"),
    ("dime", "dígame", "decime"), ("ayúdame", "ayúdeme", "ayudame"), ("explícame", "explíqueme", "explicame"),
    ("disculpa", "disculpe", "disculpá"), ("oye", "oiga", "che"), ("eres", "es usted", "sos"), ("ves", "ve", "ves"),
    ("mándame", "mándeme", "mandame"), ("pásame", "páseme", "pasame"), ("debes", "debe", "debés"),
    ("necesitas", "necesita", "necesitás"), ("haces", "hace", "hacés"), ("tú", "usted", "vos"), ("te", "le", "te"),
)  # fmt: skip
REGISTER_FRAMES: dict[str, tuple[str, ...]] = {
    "tuteo": ("oye, ¿me puedes decir {}", "¿tú sabes {}", "dime {}", "¿me ayudas? {}"),
    "usted": ("disculpe usted, {}", "¿sería tan amable de decirme {}", "¿sabe usted {}", "dígame, {}"),
    "voseo": ("che, {}", "¿vos sabés {}", "decime {}", "¿me podés decir {}"),
}
