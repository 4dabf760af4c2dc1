// Runs one screen at a time: opens it for an address, keeps its data fresh, and answers what the user clicks.

import { current, goNewer, noteArrival } from './address.js';
import { confirm } from './dialog.js';
import { h, say, update } from './dom.js';
import { Live } from './live.js';
import { errorBanner, skeleton } from './parts.js';
import { screenFor } from './screens/all.js';
import * as session from './session.js';
import * as shell from './shell.js';

const SKELETON_AFTER_MS = 300;
const main = document.getElementById('main');

/** The screen on the page: `{screen, live, showsBones, dismissed}`. */
let open = null;

/** Opens the screen of the address. `moveFocus` is false on the first one only, when nobody has asked for a change. */
export function show(moveFocus = true) {
  noteArrival();
  const screen = screenFor(current());
  if (open?.screen.stays?.(current())) return open.screen.arrive(current());
  close();
  const live = new Live({
    load: (signal) => screen.load(signal),
    show: render,
    hasEnded: (data) => screen.hasEnded?.(data) ?? false,
  });
  open = { screen, live, showsBones: false, dismissed: null };
  screen.live = live;
  screen.render = render;
  main.replaceChildren();
  render();
  window.scrollTo(0, 0);
  if (moveFocus) main.querySelector('h1')?.focus({ preventScroll: true });
  const mine = open;
  setTimeout(() => { mine.showsBones = true; if (open === mine && live.data === null) render(); }, SKELETON_AFTER_MS);
  shell.update(screen);
  live.refresh().then(() => { if (open === mine) screen.arrive?.(current()); });
}

/** Leaves the screen and its data. */
function close() {
  document.querySelector('dialog[open]')?.close();
  open?.live.stop();
  open = null;
}

/** An error that goes on stays dismissed. */
const codeOf = (error) => error.code ?? 'none';

function render() {
  const { screen, live, showsBones } = open;
  if (live.error?.status === 401) return signedOut(live.error);
  const isLoading = live.data === null && !live.error;
  if (!live.error) open.dismissed = null;
  const banner = live.error && open.dismissed !== codeOf(live.error) && errorBanner(live.error, { retry: live.nextAt, loadedAt: live.loadedAt });
  const body = screen.body(live.data);
  const parts = [
    h('div.page-head', { 'data-key': 'head' }, h('div', screen.head(live.data)), screen.isStatic ? null : live.view(screen.news)),
    banner,
    ...body,
    isLoading && showsBones && skeleton(screen.loads),
  ];
  update(main, parts.flat(Infinity).filter(Boolean));
  shell.title(screen.title(live.data));
}

let onSignedOut = null;

/** `then` is called with the error, or null where the user signed out. */
export function whenSignedOut(then) {
  onSignedOut = then;
}

/** Drops the data and asks for a key; the address stays. */
function signedOut(error) {
  session.signOut();
  close();
  onSignedOut(error);
}

/** Asks for confirmation, performs the action, shows what came of it, and refreshes. */
async function act(name, order) {
  const { screen, live } = open;
  let outcome;
  try {
    outcome = await confirm(name, order, (error) => error.status === 401);
  } catch (error) {
    return signedOut(error);
  }
  if (!outcome || open?.screen !== screen) return;
  screen.showOutcome(order.id, outcome);
  render();
  main.querySelector('[data-outcome]')?.focus();
  await live.refreshAfterChange();
}

async function copy(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    return say('Could not be copied');
  }
  say('');
  requestAnimationFrame(() => say('Copied'));
  button.classList.add('done');
  button.querySelector('use').setAttribute('href', '#i-check');
  setTimeout(() => {
    button.classList.remove('done');
    button.querySelector('use')?.setAttribute('href', '#i-copy');
  }, 2_000);
}

const CLICKS = {
  copy,
  pause: () => open.live.pause(),
  resume: () => open.live.resume(),
  try: () => open.live.refresh(),
  dismiss: () => { open.dismissed = codeOf(open.live.error); render(); main.focus(); },
  'show-new': () => { open.screen.showNew(); render(); main.querySelector('h1').focus(); },
  newer: () => goNewer(),
  // A tile whose address is already there would not fire `hashchange`.
  group: (tile) => { if (location.hash === tile.hash) open.screen.arrive(current()); else location.hash = tile.hash; },
  act: (button) => act(button.dataset.action, open.screen.orderOf(button.dataset.order)),
  'sign-out': () => signedOut(null),
};

document.addEventListener('click', (event) => {
  const target = event.target.closest('[data-do]');
  if (!target || target.getAttribute('aria-disabled') === 'true') return;
  if (target.tagName === 'A') {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;    // another tab or window
    event.preventDefault();
  }
  CLICKS[target.dataset.do]?.(target);
});
