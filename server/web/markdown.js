// Markdown as the answers use it (paragraphs, lists, bold, italics, code, links), made into DOM
// nodes. It never parses HTML, so what an answer says can't become markup or script.

const ITEM = /^\s*(?:[-*+]|(\d{1,3})[.)])\s+(.*)$/;
const HEADING = /^#{1,6}\s+(.*)$/;
const WORD = String.raw`[\p{L}\p{N}_]`;
// What an address may go on with: no quotation marks, and parentheses only in pairs, as one alone belongs to the
// sentence around; nor does it end in a sentence's own sign.
const UNQUOTED = String.raw`\s<>"«»“”‘’()`;
const PAIR = String.raw`\([^${UNQUOTED}]*\)`;
const REST = String.raw`(?:[^${UNQUOTED}]|${PAIR})*(?:[^${UNQUOTED}.,;:!?…\]*_]|${PAIR})`;
// Endings that no file or abbreviation has; other ones only make an address after "www.".
const ENDING = "(?:mx|com|org|net|edu|gov|info)";
// Ten digits in groups, as Mexico writes them (ten in a row are an enrolment number); these four areas have two digits.
const NUMBER = String.raw`(?:\(?(?:33|55|56|81)\)?[ -]\d{4}|\(?[2-9]\d{2}\)?[ -]\d{3})[ -]\d{2}[ -]?\d{2}`;
const INLINE = new RegExp([
  /\\([\\`*_{}[\]()#+\-.!])/.source,                            // 1 escaped character
  /`([^`]+)`/.source,                                           // 2 code
  /\[([^\]]+)\]\(([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)/.source, // 3, 4 link
  /\*\*(?=\S)(.+?)\*\*/.source,                                 // 5 bold
  /\*(?=\S)([^*]+?)\*(?![*\w])/.source,                         // 6 italics
  /_(?=\S)([^_]+?)_(?![_\w])/.source,                           // 7 italics
  String.raw`(https?:\/\/${REST})`,                             // 8 bare address
  String.raw`((?:${WORD}|[.+-])+@[\w-]+(?:\.[\w-]+)+)`,         // 9 e-mail
  // 10 bare domain, perhaps with a path; not the end of an e-mail, nor one with a port (http or https?)
  String.raw`(?<!${WORD}|[@.\/-])((?:www\.(?:[A-Za-z\d-]+\.)+[a-z]{2,}|(?:[A-Za-z\d-]+\.)+${ENDING})`
    + String.raw`(?!${WORD}|[@-]|\.${WORD}|:\d)`
    + String.raw`(?:\/${REST})?)`,
  // 11 telephone
  String.raw`(?<!${WORD}|[@.,\/+-]|\d |\d \()(\+\d{1,2}[ -]${NUMBER}|${NUMBER})(?!${WORD}|[\/-]|[ .,]\d)`,
].join("|"), "gu");

/** The nodes of `text`, ready to be appended. */
export function render(text) {
  const root = document.createDocumentFragment();
  for (const block of text.replace(/\r\n?/g, "\n").split(/\n\s*\n/)) renderBlock(root, block);
  return root;
}

/** A link that a page may safely have, or null. */
export function safeLink(address) {
  try {
    const url = new URL(address);
    return ["http:", "https:", "mailto:", "tel:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

export function element(name, properties = {}, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

/** An anchor to another site (in a new tab), a mailbox or a telephone; plain text when the address is not safe. */
export function link(address, ...children) {
  const href = safeLink(address);
  const elsewhere = href?.startsWith("http") ? { target: "_blank", rel: "noopener noreferrer" } : {};
  return element(href ? "a" : "span", href ? { href, ...elsewhere } : {}, ...children);
}

function renderBlock(root, block) {
  let list = null;
  let paragraph = null;
  for (const line of block.split("\n").filter((each) => each.trim())) {
    const item = ITEM.exec(line);
    const heading = HEADING.exec(line);
    if (item) {
      const kind = item[1] ? "ol" : "ul";
      const joined = list ?? lastList(root, kind, paragraph);
      list = joined?.localName === kind ? joined : root.appendChild(newList(kind, item[1]));
      list.append(element("li", {}, ...inline(item[2])));
      paragraph = null;
    } else if (heading) {
      root.append(element("p", {}, element("strong", {}, ...inline(heading[1]))));
      list = paragraph = null;
    } else if (list && /^\s/.test(line)) {
      list.lastElementChild.append(" ", ...inline(line.trim()));
    } else {
      if (paragraph) paragraph.append(element("br"));
      else paragraph = root.appendChild(element("p"));
      paragraph.append(...inline(line.trim()));
      list = null;
    }
  }
}

// Items parted by an empty line still are one list.
function lastList(root, kind, paragraph) {
  const last = root.lastElementChild;
  return !paragraph && last?.localName === kind ? last : null;
}

function newList(kind, first) {
  return element(kind, Number(first ?? 1) === 1 ? {} : { start: Number(first) });
}

// `inLabel`: whether `text` is a link's own text, in which no other link may stand.
function inline(text, inLabel = false) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    nodes.push(text.slice(end, match.index), inlineNode(match, inLabel));
    end = match.index + match[0].length;
  }
  nodes.push(text.slice(end));
  return nodes.filter((node) => node !== "");
}

function inlineNode([whole, escaped, code, label, address, bold, star, underscore, bare, email, domain, phone], inLabel) {
  if (escaped) return escaped;
  if (code) return element("code", {}, code);
  if (bold) return element("strong", {}, ...inline(bold, inLabel));
  if (star || underscore) return element("em", {}, ...inline(star || underscore, inLabel));
  if (inLabel) return whole;
  if (label) return link(address, ...inline(label, true));
  if (bare) return link(bare, bare);
  if (email) return link(`mailto:${email}`, email);
  if (domain) return link(`https://${domain}`, domain);
  return link(`tel:${dialled(phone)}`, phone);
}

// A number without a country's code is Mexican.
function dialled(phone) {
  const digits = phone.replace(/\D/g, "");
  return phone.startsWith("+") ? `+${digits}` : `+52${digits}`;
}
