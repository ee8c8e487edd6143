"""The web page: as served, and in a real browser where one is installed."""

import re
from types import SimpleNamespace

import httpx
import pytest

from server.app import create_app
from server.page import WEB
from server.settings import Settings
from tests.browser import CHROMEDRIVER, CHROMIUM, ENTER, TAB, browser
from tests.server_parts import CALM, RULES, RasaStub, serving, tiny_office

in_a_browser = pytest.mark.skipif(not (CHROMIUM and CHROMEDRIVER), reason="needs chromium and chromedriver")
ATTACK = '<img src=x onerror="window.hit=1"><script>window.hit=1</script> [a](javascript:window.hit=1) **b**'


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder, rasa = tmp_path_factory.mktemp("page"), RasaStub()
    with serving(rasa) as rasa_url:
        settings = Settings(
            **CALM, rasa_url=rasa_url, actions_url=rasa_url, llm_url=rasa_url, turn_log=folder / "t.sqlite3"
        )
        with serving(create_app(settings, tiny_office(folder / "o", RULES))) as url:
            yield SimpleNamespace(url=url, rasa=rasa)


@pytest.fixture(scope="module")
def window(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture
def page(site, window):
    site.rasa.mode = "empty"  # answers come from the rules, so that the tests see Markdown
    site.rasa.received.clear()
    window.open(site.url)
    window.wait(lambda: window.texts("#topics button"))
    return window


def ask(page, text):
    before = len(page.texts(".bot"))
    page.type("#question", text + ENTER)
    page.wait(
        lambda: len(page.texts(".bot")) > before and not page.script("return document.getElementById('send').disabled")
    )


def last(page, selector=""):
    return page.texts(f".bot:last-child {selector}".strip())


def rendered(page, markdown, result):
    """The value of the expression ``result`` over ``d``, an element that shows ``markdown``."""
    code = (
        "const m = await import('/web/markdown.js'); const d = document.createElement('div');"
        f"d.append(m.render(arguments[0])); return {result}"
    )
    return page.script(code, markdown)


def test_the_page_is_the_offices_own_and_escaped(site):
    response = httpx.get(site.url)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "Taller &lt;de&gt; pruebas" in response.text and 'lang="es-MX"' in response.text
    assert "<h1>Asistente TAL</h1>" in response.text, "no article, which would be wrong for other offices"
    assert "default-src 'self'" in response.headers["content-security-policy"]
    config = httpx.get(f"{site.url}/chat/config").json()
    assert config["greeting"] == "Hola desde el taller." and config["topics"] and config["scopes"]["UAM-I"]


@pytest.mark.parametrize(("file", "shown"), [
    ("/web/index.html", "/"), ("/web//index.html", "/"), ("/web/index.html/", "/"), ("/web/docs.html", "/docs"),
])  # fmt: skip
def test_a_page_is_shown_only_as_it_is_meant(site, file, shown):
    sent = httpx.get(site.url + file, headers={"Host": "evil.example"})
    assert (sent.status_code, sent.headers["location"]) == (307, shown)
    assert httpx.get(site.url + file, follow_redirects=True).text == httpx.get(site.url + shown).text


def test_the_page_needs_no_other_host():
    for file in WEB.iterdir():
        addresses = set(re.findall(r"https?://[\w.]+", file.read_text(encoding="utf-8")))
        assert addresses <= {"http://www.w3.org"}, file.name


def test_its_files_are_served_and_checked_for_changes(site):
    for name in ("chat.js", "markdown.js", "style.css", "icon.svg"):
        response = httpx.get(f"{site.url}/web/{name}")
        assert response.status_code == 200 and response.headers["cache-control"] == "no-cache"
        again = httpx.get(f"{site.url}/web/{name}", headers={"If-None-Match": response.headers["etag"]})
        assert again.status_code == 304
    for name in ("swagger-ui-bundle.js", "swagger-ui.css"):
        assert httpx.get(f"{site.url}/docs/static/{name}").status_code == 200
    assert httpx.get(f"{site.url}/web/..%2fapp.py").status_code == 404
    assert httpx.get(f"{site.url}/favicon.ico").status_code == 200 and httpx.head(site.url).status_code == 200


@in_a_browser
def test_a_question_gets_its_answer_with_badge_list_link_source_and_suggestions(page):
    assert page.texts(".bot .body") == ["Hola desde el taller."]
    ask(page, "ubicación del taller")
    assert page.texts(".user .body") == ["ubicación del taller"]
    assert last(page, ".badge") == ["Respuesta oficial"]
    heard = page.script("return document.querySelector('.bot:last-child').textContent")
    assert heard.startswith("Asistente: Respuesta oficial"), "a screen reader says first who speaks"
    assert last(page, ".body strong") == ["almacén"] and last(page, ".body li") == ["Puerta 2", "Piso 1"]
    assert last(page, ".body a") == ["https://taller.example.mx/mapa"], "the full stop is no part of the address"
    assert last(page, ".sources li") == ["Fuente: Plano del taller · Vale para UAM Iztapalapa"]
    assert page.script("return document.querySelector('.sources a').rel") == "noopener noreferrer"
    page.script("document.querySelector('.chips button').click()")
    page.wait(lambda: last(page, ".badge") == ["Sin dato confirmado"])
    assert page.texts(".user .body")[-1] == "¿Cuánto cuesta el martillo?"
    assert page.complaints() == []


@in_a_browser
def test_the_conversation_keeps_one_sender_and_restart_takes_another(page, site):
    for text in ("hola", "hey"):
        ask(page, text)
    page.script("document.getElementById('restart').click()")
    assert len(page.texts(".message")) == 1
    ask(page, "hola")
    senders = [request["sender"] for request in site.rasa.received]
    assert senders[0] == senders[1] != senders[2]


@in_a_browser
def test_a_quick_topic_sends_its_message(page):
    title = page.texts("#topics button")[0]
    page.script("document.querySelector('#topics button').click()")
    page.wait(lambda: len(page.texts(".bot")) == 2)
    assert page.texts(".user .body")[0] != title


@in_a_browser
def test_nothing_that_is_written_becomes_markup(page, site):
    site.rasa.mode = "ok"
    site.rasa.payload = {
        **site.rasa.payload,
        "sources": [{"title": ATTACK, "url": "javascript:window.hit=1", "scope": ATTACK}],
    }
    ask(page, ATTACK)
    assert page.texts(".user .body") == [ATTACK] and ATTACK in last(page, ".sources li")[0]
    shown = page.script(
        "const m = await import('/web/markdown.js'); const d = document.createElement('div');"
        "d.append(m.render(arguments[0])); document.body.append(d);"
        "return [d.innerText, d.querySelectorAll('img,script,a').length, d.querySelectorAll('strong').length]", ATTACK,
    )  # fmt: skip
    assert shown[0].startswith("<img src=x onerror=") and shown[1:] == [0, 1]
    assert page.script("return window.hit") is None


@in_a_browser
@pytest.mark.parametrize(("markdown", "html"), [
    ("a\n\nb", "<p>a</p><p>b</p>"),
    ("a\nb", "<p>a<br>b</p>"),
    ("3. tres\n4. cuatro", '<ol start="3"><li>tres</li><li>cuatro</li></ol>'),
    ("Pasos:\n1. uno\n2. dos\n\n3. tres", "<p>Pasos:</p><ol><li>uno</li><li>dos</li><li>tres</li></ol>"),
    ("- uno\n  sigue\n- dos\n\nfin", "<ul><li>uno sigue</li><li>dos</li></ul><p>fin</p>"),
    ("## T", "<p><strong>T</strong></p>"),
    ("**a *b* c** y *d*", "<p><strong>a <em>b</em> c</strong> y <em>d</em></p>"),
    ("2 * 3 * 4, a_b_c, 5\\*", "<p>2 * 3 * 4, a_b_c, 5*</p>"),
    ("`<b>`", "<p><code>&lt;b&gt;</code></p>"),
    ("- uno\n- dos\n \nNo es todo", "<ul><li>uno</li><li>dos</li></ul><p>No es todo</p>"),
    ("- uno\n- dos\nNo es todo", "<ul><li>uno</li><li>dos</li></ul><p>No es todo</p>"),
    ("1. uno\r\n\r\n  No es todo", "<ol><li>uno</li></ol><p>No es todo</p>"),
    ("a@b.mx.", '<p><a href="mailto:a@b.mx">a@b.mx</a>.</p>'),
    ("[x](https://a.mx/b_(c))", '<p><a href="https://a.mx/b_(c)" target="_blank" rel="noopener noreferrer">x</a></p>'),
    ("(https://a.mx).", '<p>(<a href="https://a.mx/" target="_blank" rel="noopener noreferrer">https://a.mx</a>).</p>'),
    ("**sin cerrar", "<p>**sin cerrar</p>"), ("", ""), ("\n\n", ""),
])  # fmt: skip
def test_markdown_is_shown_as_it_reads(page, markdown, html):
    assert rendered(page, markdown, "d.innerHTML") == html


@in_a_browser
@pytest.mark.parametrize(("text", "shown"), [
    ("(https://a.mx/b)", "(<https://a.mx/b>)"), ("https://a.mx/b.", "<https://a.mx/b>."), ("https://a.mx/b).", "<https://a.mx/b>)."),
    ("https://a.mx/b, sí", "<https://a.mx/b>, sí"), ("(ver https://a.mx/b), o no", "(ver <https://a.mx/b>), o no"),
    ("(https://a.mx/b)y", "(<https://a.mx/b>)y"), ("¿(https://a.mx/b)?", "¿(<https://a.mx/b>)?"), ("https://a.mx/b…", "<https://a.mx/b>…"),
    ("«https://a.mx/b»", "«<https://a.mx/b>»"), ("“https://a.mx/b”", "“<https://a.mx/b>”"), ("[https://a.mx/b].", "[<https://a.mx/b>]."),
    ("https://a.mx/b_(c)", "<https://a.mx/b_(c)>"), ("(https://a.mx/b_(c)).", "(<https://a.mx/b_(c)>)."),
    ("https://a.mx/b_(c)/d?e=(f).", "<https://a.mx/b_(c)/d?e=(f)>."),
    ("https://a.mx/b(c", "<https://a.mx/b>(c"), ("https://a.mx/b/", "<https://a.mx/b/>"),
    ("(dse.uam.mx/b_(c)), dse.uam.mx/b).", "(<dse.uam.mx/b_(c)>), <dse.uam.mx/b>)."), ("dse.uam.mx/(b)", "<dse.uam.mx/(b)>"),
    ("(a@b.mx)", "(<a@b.mx>)"), ("a@b.mx.", "<a@b.mx>."), ("(a.c@b.mx).", "(<a.c@b.mx>)."),
    ("«a@b.mx», o a-c@b.mx,", "«<a@b.mx>», o <a-c@b.mx>,"),
])  # fmt: skip
def test_an_address_ends_where_the_sentence_around_it_goes_on(page, text, shown):
    marked = "[...d.querySelectorAll('a')].map((a) => a.replaceWith(`<${a.innerText}>`)) && d.innerText"
    assert rendered(page, text, marked) == shown
    hrefs = rendered(page, text, "[...d.querySelectorAll('a')].map((a) => a.href.replace(/^https:\\/\\/(?=dse)|^mailto:/, ''))")
    assert [f"<{href}>" for href in hrefs] == re.findall("<[^>]+>", shown)


@in_a_browser
@pytest.mark.parametrize(("text", "links"), [
    ("Entra a **cse.izt.uam.mx** o a admision.uam.mx.", ["https://cse.izt.uam.mx", "https://admision.uam.mx"]),
    ("(cse.izt.uam.mx/index.php/ingreso-posgrado).", ["https://cse.izt.uam.mx/index.php/ingreso-posgrado"]),
    ("Escribe a nadie.uam.mx@correo.uam.mx o peña@uam.mx", ["mailto:nadie.uam.mx@correo.uam.mx", "mailto:peña@uam.mx"]),
    ("Tu correo termina en @xanum.uam.mx", []), ("https://uam.mx/dse.uam.mx", ["https://uam.mx/dse.uam.mx"]),
    ("[dse.uam.mx, 55 5804 6444](https://dse.uam.mx/)", ["https://dse.uam.mx/"]), ("`dse.uam.mx`", []),
    ("www.sep.gob.mx y www.algo.info.", ["https://www.sep.gob.mx", "https://www.algo.info"]),
    ("Lee reglas.yml, aviso.mx.pdf, el trámite.es, p.m., 7.5 o iquizayan.uam.mx:8443/sae", []),
    ("Llama al 55 5804 6444, 55 2555 8092 y (55) 3942-0339.", ["tel:+525558046444", "tel:+525525558092", "tel:+525539420339"]),
    ("- Teléfono: 55 5483-4000, ext. 1646 y 1643", ["tel:+525554834000"]),
    ("**+52 55 5804 6444**, 800 555 0140, 55 5804 46 00", ["tel:+525558046444", "tel:+528005550140", "tel:+525558044600"]),
    ("Matrícula 2203046444, el 2026-11-22, semana 10 2025-2026, CLABE 012 180 0123 4567 8901, 1 55 5804 6444", []),
])  # fmt: skip
def test_addresses_and_telephones_can_be_followed(page, text, links):
    found = rendered(page, text, "[...d.querySelectorAll('a')].map((a) => decodeURI(a.href).replace(/(?<=mx|info)\\/$/, ''))")
    assert found == [link.removesuffix("/") for link in links]
    assert rendered(page, text, "d.querySelectorAll('a a').length") == 0
    same_tab = "[...d.querySelectorAll('a:not([target])')].map((a) => a.protocol)"
    assert set(rendered(page, text, same_tab)) <= {"mailto:", "tel:"}


@in_a_browser
def test_everything_works_from_the_keyboard(page):
    page.script("document.getElementById('question').focus()")
    page.press(*"hola", ENTER)
    page.wait(lambda: len(page.texts(".bot")) == 2)
    assert page.script("return document.activeElement.id") == "question"
    page.script("document.body.focus(); document.activeElement.blur(); window.getSelection().removeAllRanges()")
    seen = []
    for _ in range(14):
        page.press(TAB)
        seen.append(page.script("const e = document.activeElement; return e.id || e.className || e.parentElement.id"))
    assert {"skip", "restart", "log", "topics", "question", "send"} <= set(seen)


@in_a_browser
def test_while_it_waits_it_says_so_and_a_failure_can_be_tried_again(page, site):
    site.rasa.mode = "slow"
    page.type("#question", "hola" + ENTER)
    page.wait(lambda: page.script("return !document.getElementById('typing').hidden"))
    pressed = page.script(f"const b = document.querySelector('#topics button'); b.focus(); b.click(); return {DISABLED}")
    assert pressed and all(pressed), "a button that does nothing now says so"
    page.wait(lambda: len(page.texts(".bot")) == 2)
    assert page.script("return document.getElementById('typing').hidden")
    assert not any(page.script(f"return {DISABLED}")) and page.texts(".user .body") == ["hola"]
    assert page.script("return document.activeElement.parentElement.id") == "topics", "the focus stays where it was"

    page.command("/goog/cdp/execute", cmd="Network.enable", params={})
    page.devtools("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=0, uploadThroughput=0)
    page.wait(lambda: page.script("return !document.getElementById('offline').hidden"))
    page.type("#question", "hey" + ENTER)
    page.wait(lambda: page.texts(".error .body"))
    assert "no se envió" in page.texts(".error .body")[0]
    page.devtools(
        "Network.emulateNetworkConditions", offline=False, latency=0, downloadThroughput=-1, uploadThroughput=-1
    )
    site.rasa.mode = "empty"
    page.wait(lambda: page.script("return document.getElementById('offline').hidden"))
    page.script("const b = document.querySelector('.error button'); b.focus(); b.click()")
    page.wait(lambda: last(page, ".body") == ["¡Hola!"])
    assert page.script("return document.activeElement.id") == "log", "the focus does not fall out with the button"
    assert page.texts(".error") == [] and page.texts(".user .body") == ["hola", "hey"]
    page.complaints()


@in_a_browser
@pytest.mark.parametrize(("length", "shown"), [(40, True), (650, False)])
def test_an_answer_is_in_sight_and_its_question_too_when_both_fit(page, site, length, shown):
    site.rasa.mode = "ok"
    page.resize(360, 640)
    for _ in range(2):
        ask(page, ("palabra " * 100)[:length])
    inside = (
        "const e = [...document.querySelectorAll(arguments[0])].at(-1).getBoundingClientRect();"
        "const l = document.getElementById('log').getBoundingClientRect();"
        "return e.top >= l.top && e.bottom <= l.bottom"
    )
    page.wait(lambda: page.script(inside, ".bot .body"))
    assert page.script(inside, ".user") is shown


@in_a_browser
def test_an_answer_can_be_read_where_the_window_is_very_low(page, site):
    site.rasa.mode = "ok"
    page.resize(320, 256)
    ask(page, "por dónde queda el taller")
    inside = (
        "const r = [...document.querySelectorAll('.bot .body')].at(-1).getBoundingClientRect();"
        "return r.height > 20 && r.top >= 0 && r.bottom <= innerHeight"
    )
    page.wait(lambda: page.script(inside))
    page.script("document.getElementById('question').scrollIntoView()")
    assert page.script("return document.getElementById('question').getBoundingClientRect().bottom <= innerHeight")


@in_a_browser
def test_what_came_too_soon_can_be_sent_again(page):
    page.script(
        "window.real = fetch; window.fetch = async () => new Response("
        "JSON.stringify({error: {message: 'Espera un momento.'}}), {status: 429})"
    )
    page.type("#question", "hola" + ENTER)
    page.wait(lambda: page.texts(".error .body") == ["Espera un momento."])
    page.script("window.fetch = window.real; document.querySelector('.error button').click()")
    page.wait(lambda: page.texts(".error") == [] and len(page.texts(".bot .body")) == 2)


@in_a_browser
def test_long_titles_of_buttons_wrap_and_can_be_pressed(page, site):
    title = "¿Qué documentos necesito para inscribirme al posgrado si estudié en otra universidad o fuera de México?"
    site.rasa.mode = "ok"
    site.rasa.payload = {**site.rasa.payload, "suggestions": [{"title": title, "message": "hola"}] * 2}
    page.resize(320, 568)
    ask(page, "hola")
    page.script("document.querySelector('#topics button').textContent = arguments[0]", title)
    pressable = (
        "const b = document.querySelector(arguments[0]); b.scrollIntoView({block: 'center', behavior: 'instant'});"
        "const r = b.getBoundingClientRect();"
        "return [r.height > 60, r.left >= 0 && r.right <= innerWidth, b.scrollWidth <= b.clientWidth,"
        " document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2) === b]"
    )
    for selector in (".bot:last-child .chips button:last-child", "#topics button"):
        assert page.script(pressable, selector) == [True] * 4, selector


@in_a_browser
def test_the_documentation_of_the_api_asks_no_other_host(page, site):
    page.open(f"{site.url}/docs")
    page.wait(lambda: "/chat" in page.texts(".opblock-summary-path"))
    loaded = page.script("return performance.getEntriesByType('resource').map((e) => e.name)")
    assert any(name.endswith("swagger-ui-bundle.js") for name in loaded)
    assert all(name.startswith(site.url) for name in loaded)
    assert "default-src 'self'" in httpx.get(f"{site.url}/docs").headers["content-security-policy"]
    assert page.complaints() == []


@in_a_browser
@pytest.mark.parametrize(("width", "height"), [(320, 568), (390, 844), (1200, 800)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_and_can_be_read_on_any_screen(page, width, height, scheme, tmp_path):
    page.resize(width, height)
    page.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    ask(page, "por dónde queda el taller")
    page.screenshot(tmp_path / f"{scheme}-{width}.png")
    size = "const e = document.documentElement; return [e.scrollWidth <= innerWidth, e.scrollHeight <= innerHeight]"
    assert page.script(size) == [True, True], "only the conversation scrolls"
    small = "return [...document.querySelectorAll('button')].filter((b) => b.offsetHeight < 40).map((b) => b.innerText)"
    assert page.script(small) == []
    ratios = page.script(CONTRASTS)
    assert len(ratios) > 10 and min(ratios) >= 4.5


DISABLED = "[...document.querySelectorAll('#topics button, .chips button')].map((b) => b.ariaDisabled === 'true')"

# Contrast (WCAG) of each visible text with the nearest background behind it.
CONTRASTS = """
const rgb = (c) => c.match(/[\\d.]+/g).map(Number);
const light = (c) => rgb(c).slice(0, 3).map((v) => v / 255)
  .map((v) => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
const behind = (e) => { while (e && (rgb(getComputedStyle(e).backgroundColor)[3] ?? 1) === 0) e = e.parentElement;
  return e ? getComputedStyle(e).backgroundColor : "rgb(255,255,255)"; };
return [...document.querySelectorAll("h1, p, li, button, .body, a")].filter((e) => e.innerText && e.offsetHeight)
  .map((e) => [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => x - y))
  .map(([a, b]) => (b + .05) / (a + .05));
"""
