// The conversation. It lives in this page only: nothing is kept in the browser.
import { element, link, render } from "./markdown.js";

const WAIT_MS = 40_000;
const COUNT_FROM = 0.8;
const MARGIN = 8;
const BADGES = {
  official: () => "Respuesta oficial",
  quoted: (reply) => `Citado de ${reply.sources[0]?.title ?? "los documentos"}`,
  generated: () => "Redactado a partir de los documentos",
  no_answer: () => "Sin dato confirmado",
};

const $ = (id) => document.getElementById(id);
const [log, form, box, send, typing, topics, count] =
  ["log", "form", "question", "send", "typing", "topics", "count"].map($);

let config = { greeting: "¡Hola! ¿Qué duda tienes?", topics: [], scopes: {} };
let sender = null;
let waiting = null;

class Refused extends Error {
  /** `passing`: the same message may be accepted later. */
  constructor(text, passing) {
    super(text);
    this.passing = passing;
  }
}

async function start() {
  try {
    config = await (await fetch("/chat/config")).json();
  } catch {
    // The page can chat without it.
  }
  topics.replaceChildren(...config.topics.map(askButton));
  greet();
}

function greet() {
  log.replaceChildren();
  addMessage("bot small_talk", render(config.greeting));
}

function restart() {
  const turn = waiting;
  setWaiting(null);
  turn?.abort();
  sender = null;
  greet();
  box.focus();
}

/** Ask `message`; a failure offers to try again. One question at a time. */
async function ask(message) {
  if (waiting || !message.trim()) return;
  const turn = new AbortController();
  const shown = addMessage("user", message.trim());
  const clock = setTimeout(() => turn.abort(new DOMException("", "TimeoutError")), WAIT_MS);
  setWaiting(turn);
  try {
    const reply = await post(message, turn.signal);
    if (waiting === turn) showReply(reply);
  } catch (error) {
    const again = () => { shown.remove(); ask(message); };
    if (waiting === turn) showFailure(error, again);
  } finally {
    clearTimeout(clock);
    if (waiting === turn) setWaiting(null);
  }
}

async function post(message, signal) {
  const response = await fetch("/chat", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(sender ? { message, sender } : { message }),
    signal,
  });
  const body = await response.json().catch(() => null);
  if (response.ok && typeof body?.answer === "string") return body;
  const text = body?.error?.message ?? "El asistente no pudo responder.";
  throw response.status < 500 ? new Refused(text, response.status === 429) : new Error(text);
}

function showReply(reply) {
  sender = reply.sender;
  const node = addMessage(`bot ${reply.kind}`, render(reply.answer));
  const badge = BADGES[reply.kind]?.(reply);
  if (badge) node.firstElementChild.after(element("p", { className: "badge" }, badge));
  if (reply.sources.length && reply.kind !== "small_talk") node.append(sourceList(reply.sources));
  if (reply.suggestions.length) {
    const title = element("p", {}, "También puedes preguntar:");
    node.append(element("div", { className: "chips" }, title, ...reply.suggestions.map(askButton)));
  }
  reveal(node);
}

function sourceList(sources) {
  const items = sources.map((source) => {
    const scope = config.scopes[source.scope] ?? source.scope;
    const title = source.url ? link(source.url, source.title) : source.title;
    return element("li", {}, "Fuente: ", title, scope ? ` · Vale para ${scope}` : "");
  });
  return element("ul", { className: "sources" }, ...items);
}

function showFailure(error, again) {
  const offline = !navigator.onLine;
  const text = error instanceof Refused ? error.message
    : offline ? "No tienes conexión a internet; tu pregunta no se envió."
    : error.name === "TimeoutError" ? "La respuesta tardó demasiado."
    : "No se pudo hablar con el asistente.";
  const node = addMessage("bot error", element("p", {}, text));
  node.setAttribute("role", "alert");
  if (!(error instanceof Refused) || error.passing) node.append(element("div", { className: "chips" }, retryButton(node, again)));
  reveal(node);
}

function retryButton(node, again) {
  const button = element("button", { type: "button" }, "Intentar de nuevo");
  button.addEventListener("click", () => {
    if (waiting) return;
    // The button goes away with its message; the focus must not fall out of the conversation with it.
    log.focus({ preventScroll: true });
    node.remove();
    again();
  });
  return button;
}

function askButton({ title, message }) {
  const button = element("button", { type: "button" }, title);
  button.addEventListener("click", () => ask(message));
  showWhetherItWorks(button);
  return button;
}

// aria-disabled, as a disabled button would drop the focus of whoever just pressed it.
function showWhetherItWorks(button) {
  button.setAttribute("aria-disabled", String(Boolean(waiting)));
}

function addMessage(kind, content) {
  const who = kind === "user" ? "Tú: " : "Asistente: ";
  const body = element("div", { className: "body" }, content);
  const node = element("article", { className: `message ${kind}` }, element("span", { className: "hidden" }, who), body);
  log.append(node);
  reveal(node);
  return node;
}

// A long answer is shown from its beginning; its question stays in sight when both fit.
function reveal(node) {
  const question = node.matches(".bot") ? node.previousElementSibling : null;
  const both = question && node.offsetTop + node.offsetHeight - question.offsetTop + 2 * MARGIN;
  const first = both && both <= log.clientHeight ? question : node;
  if (getComputedStyle(log).overflowY === "visible") first.scrollIntoView(); // see style.css: a very low window
  else log.scrollTo({ top: first.offsetTop - log.offsetTop - MARGIN });
}

function setWaiting(turn) {
  waiting = turn;
  typing.hidden = !turn;
  if (turn && document.activeElement === send) box.focus();
  send.disabled = Boolean(turn);
  document.querySelectorAll(".chips button, #topics button").forEach(showWhetherItWorks);
  log.setAttribute("aria-busy", String(Boolean(turn)));
}

function fit() {
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight + 2}px`;
  const used = [...box.value].length;
  count.textContent = used > box.maxLength * COUNT_FROM ? `${used} de ${box.maxLength} caracteres` : "";
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (waiting || !box.value.trim()) return;
  const message = box.value;
  box.value = "";
  fit();
  ask(message);
});
box.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});
box.addEventListener("input", fit);
$("restart").addEventListener("click", restart);
for (const name of ["online", "offline"]) {
  addEventListener(name, () => { $("offline").hidden = navigator.onLine; });
}
$("offline").hidden = navigator.onLine;
start();
