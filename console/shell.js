// What stands around every screen: the top bar with its search box, the foot, the document's title.

import { current, isUtc, link, zoneSwitch } from './address.js';
import { config, call } from './api.js';
import { h, update as updateDom } from './dom.js';
import { caller } from './session.js';
import { isBrowserUtc, zoneName } from './time.js';

const byId = (id) => document.getElementById(id);
const search = byId('search');
const COUNT_EVERY_MS = 60_000;
let counted = { tenant: null, at: 0, text: null };

export function title(screen) {
  document.title = `${screen} · ${caller ? caller.tenant : 'Card orders'}`;
}

/** Shows or hides what only a signed-in user sees. */
export function show(isSignedIn) {
  for (const id of ['nav', 'search', 'who', 'foot']) byId(id).hidden = !isSignedIn;
  if (!isSignedIn) return;
  byId('who').replaceChildren(
    h('strong', caller.tenant), ' ',
    caller.principal ? h('span.muted.key', caller.principal) : '', ' ',
    config.mode === 'proxy' ? '' : h('button.button.quiet.compact', { type: 'button', 'data-do': 'sign-out' }, 'Sign out'));
}

/** Adapts links, the current screen and the foot to the address. */
export function update(screen) {
  for (const anchor of byId('nav').querySelectorAll('a')) {
    const name = anchor.dataset.screen;
    anchor.href = link(name === 'attention' ? [] : [name]);
    if (name === screen.nav) anchor.setAttribute('aria-current', 'page');
    else anchor.removeAttribute('aria-current');
  }
  document.querySelector('.brand').href = link([]);
  search.elements.q.value = screen.nav === 'find' ? current().query.get('q') ?? '' : '';
  const other = isUtc() ? 'Show local times' : 'Show UTC';
  byId('foot').replaceChildren(
    h('span', `Times in ${zoneName()}.`, isBrowserUtc ? null : [' ', h('a', { href: zoneSwitch() }, other)]),
    h('span', `Connected to ${config.server ?? location.host}`));
  if (screen.nav !== 'attention') askCount();
}

/** Shows how many items need attention: a text like "12" or "100+", or null. */
export function showCount(text) {
  counted = { tenant: caller.tenant, at: Date.now(), text };
  const anchor = byId('nav').querySelector('[data-screen=attention]');
  updateDom(anchor, [document.createTextNode('Needs attention'), ...(text ? [document.createTextNode(' '), h('span.count', text)] : [])]);
}

/** Sums up the groups of `attention`. */
export function countText(groups) {
  const sum = groups.reduce((total, group) => total + group.count, 0);
  return sum ? `${sum}${groups.some((group) => group.more) ? '+' : ''}` : null;
}

/** The other screens do not poll `attention`; their count is at most as old as the last change of screen, or a minute. */
async function askCount() {
  if (counted.tenant === caller.tenant && Date.now() - counted.at < COUNT_EVERY_MS) return;
  try {
    showCount(countText((await call('attention', { limit: 1 })).result));
  } catch {
    // The screen itself says what is wrong.
  }
}

search.addEventListener('submit', (event) => {
  event.preventDefault();
  const text = search.elements.q.value.trim();
  if (text) location.hash = link(['find'], { q: text });
});

document.addEventListener('keydown', (event) => {
  const isShortcut = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === 'k';
  if (!isShortcut || search.hidden || document.querySelector('dialog[open]')) return;
  event.preventDefault();
  search.elements.q.focus();
  search.elements.q.select();
});

document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault();
  byId('main').focus();
});

if (/Mac|iPhone|iPad/.test(navigator.platform)) search.querySelector('kbd').textContent = '⌘ K';
