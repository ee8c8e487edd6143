// Markdown as the answers use it (paragraphs, lists, bold, italics, code, links), made into DOM
// nodes. It never parses HTML, so what an answer says can't become markup or script.

const ITEM = /^\s*(?:[-*+]|(\d{1,3})[.)])\s+(.*)$/;
const HEADING = /^#{1,6}\s+(.*)$/;
const INLINE = new RegExp([
  /\\([\\`*_{}[\]()#+\-.!])/,                                  // 1 escaped character
  /`([^`]+)`/,                                                  // 2 code
  /\[([^\]]+)\]\(([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)/,        // 3, 4 link
  /\*\*(?=\S)(.+?)\*\*/,                                        // 5 bold
  /\*(?=\S)([^*]+?)\*(?![*\w])/,                                // 6 italics
  /_(?=\S)([^_]+?)_(?![_\w])/,                                  // 7 italics
  /(https?:\/\/[^\s<>"»]*[^\s<>"».,;:!?)\]])/,                  // 8 bare address
  /([\w.+-]+@[\w-]+(?:\.[\w-]+)+)/,                             // 9 e-mail
].map((part) => part.source).join("|"), "gu");

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

/** An anchor to another site, or plain text when the address is not safe. */
export function link(address, ...children) {
  const href = safeLink(address);
  return element(href ? "a" : "span", href ? { href, target: "_blank", rel: "noopener noreferrer" } : {}, ...children);
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

function inline(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    nodes.push(text.slice(end, match.index), inlineNode(match));
    end = match.index + match[0].length;
  }
  nodes.push(text.slice(end));
  return nodes.filter((node) => node !== "");
}

function inlineNode([whole, escaped, code, label, address, bold, star, underscore, bare, email]) {
  if (escaped) return escaped;
  if (code) return element("code", {}, code);
  if (label) return link(address, ...inline(label));
  if (bold) return element("strong", {}, ...inline(bold));
  if (star || underscore) return element("em", {}, ...inline(star || underscore));
  if (bare) return link(bare, bare);
  if (email) return link(`mailto:${email}`, email);
  return whole;
}
