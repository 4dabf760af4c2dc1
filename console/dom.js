// Builds elements and updates them in place. Every text becomes a text node, so that no markup in data is ever parsed.

const SVG = 'http://www.w3.org/2000/svg';

/** Creates an element: `h('td.cards.num', {title: 'x'}, 'text', otherElement, [more])`. Null and false are left out. */
export function h(spec, ...parts) {
  const [tag, ...classes] = spec.split('.');
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(' ');
  for (const part of parts.flat(Infinity)) add(element, part);
  return element;
}

function add(element, part) {
  if (part === null || part === undefined || part === false) return;
  if (typeof part !== 'object' || part instanceof Node) return element.append(part);
  for (const [name, value] of Object.entries(part)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : value);
  }
}

/** Creates an icon of the sprite in index.html. */
export function icon(name, tone) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', tone ? `icon tone-${tone}` : 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `#i-${name}`);
  svg.append(use);
  return svg;
}

/** Makes the children of `parent` equal to `fresh`. Elements of the same kind, or the same `data-key`, are kept. */
export function update(parent, fresh) {
  const wanted = new Set(fresh.map(keyOf).filter(Boolean));
  const kept = new Map();
  for (const child of [...parent.childNodes]) {
    const key = keyOf(child);
    if (key && wanted.has(key)) kept.set(key, child);
    else if (key) child.remove();
  }
  let at = parent.firstChild;
  for (const child of fresh) {
    const key = keyOf(child);
    const match = key ? kept.get(key) : at && !keyOf(at) ? at : null;
    if (!match || match.nodeName !== child.nodeName) {
      parent.insertBefore(child, at);
      continue;
    }
    if (match === at) at = at.nextSibling;
    else parent.insertBefore(match, at);
    updateNode(match, child);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function updateNode(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  if (old.hasAttribute('data-keep')) return;               // the user's own: a form being filled in
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && name !== 'open') old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  update(old, [...fresh.childNodes]);
}

const keyOf = (node) => node.dataset?.key;

/** Has a screen reader say something, without showing it. */
export function say(text) {
  document.getElementById('said').textContent = text;
}
