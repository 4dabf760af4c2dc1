// Parts that several screens share: statuses, copy buttons, callouts, error banners, empty and loading states.

import { h, icon } from './dom.js';
import { until, time } from './time.js';

const ORDER_STATUS = {
  RECEIVED: ['Received', 'received', 'neutral'],
  PENDING: ['Pending', 'pending', 'info'],
  PROCESSED: ['Processed', 'processed', 'info'],
  SUCCESS: ['Success', 'success', 'ok'],
  FAILED: ['Failed', 'failed', 'danger'],
  CANCELLED: ['Cancelled', 'cancelled', 'neutral'],
  EXPIRED: ['Expired', 'expired', 'neutral'],
};

const FILE_STATUS = {
  STORED: ['Stored', 'received', 'neutral'],
  VALIDATING: ['Validating', 'pending', 'info'],
  VALID: ['Valid', 'success', 'ok'],
  INVALID: ['Invalid', 'failed', 'danger'],
};

export const ORDER_STATUSES = Object.keys(ORDER_STATUS);
export const FILE_STATUSES = Object.keys(FILE_STATUS);

const ENDED = ['SUCCESS', 'FAILED', 'CANCELLED', 'EXPIRED'];
export const hasEnded = (status) => ENDED.includes(status);

/** `[word, icon, tone]` of a status; one that this page does not know is shown as it is. */
export const statusParts = (status) => ALL_STATUS.get(status) ?? [status, 'info', 'neutral'];
const ALL_STATUS = new Map([...Object.entries(ORDER_STATUS), ...Object.entries(FILE_STATUS)]);

/** A status: a shape and a word. */
export function statusMark(status) {
  const [word, shape, tone] = statusParts(status);
  return h('span.status', { 'data-status': status }, icon(shape, tone), word);
}

const chip = (tone, shape, text) => h(`span.chip.tone-${tone}`, icon(shape), text);

const isAwaiting = (order) => order.approval === 'REQUIRED' && order.status === 'RECEIVED';

/** What stands beside a row's status. */
export const chips = (row) => [
  row.onHold && [' ', chip('warn', 'hold', 'On hold')],
  isAwaiting(row) && [' ', chip('review', 'approval', 'Awaiting approval')],
  row.isGone && [' ', chip('neutral', 'info', 'No longer in this list')],
];

/** "Pending, on hold" */
export function statusText(row) {
  const [word] = statusParts(row.status);
  if (row.onHold) return `${word}, on hold`;
  return isAwaiting(row) ? `${word}, awaiting approval` : word;
}

/** A button that copies a text; `what` completes "Copy …". */
export const copyButton = (text, what) =>
  h('button.copy', { type: 'button', 'data-do': 'copy', 'data-copy': text, 'aria-label': `Copy ${what}` }, icon('copy'));

/** A link that goes somewhere, with the thing it is about in hidden text. */
export const goLink = (href, text, about) => h('a.go', { href }, text, h('span.vh', ` ${about}`), icon('go'));

/** What the API answered, in its own words. `live` adds what the page does about it. */
export function errorBanner(error, { level = 'h2', retry = null, loadedAt = null, dismissible = true } = {}) {
  const status = error.status ? `HTTP ${error.status} ${error.statusName}` : null;
  const classes = `.callout.tone-${error.isTransient ? 'warn' : 'danger'}${dismissible ? '.dismissible' : ''}`;
  return h(`section${classes}`, { role: 'alert', 'data-key': 'error', 'data-error': error.code ?? 'none' },
    icon(error.isTransient ? 'stuck' : 'failed'),
    h('div.callout-body',
      h(level, error.short ?? 'Something went wrong in this page'),
      h('p', error.detail ?? error.message),
      error.faults?.length ? h('ul', error.faults.map((fault) => h('li', fault))) : null,
      retry && h('div.actions', h('button.button.compact', { type: 'button', 'data-do': 'try' }, 'Try now'), ' ',
        h('span.hint', 'Trying again in ', until(new Date(retry).toISOString()), '.',
          loadedAt && [' What you see below is from ', time(loadedAt, 'clock'), '.'])),
      h('p.meta',
        (error.code || status) && h('span', error.code && [h('code', error.code), status && ', '], status), ' ',
        h('span', error.requestId && ['Request ', h('code', error.requestId), ' '],
          copyButton(error.text ?? error.message, 'error with its request ID')))),
    dismissible && h('button.copy', { type: 'button', 'data-do': 'dismiss', 'aria-label': 'Dismiss' }, icon('close')));
}

/** Says what an action did, in place of its buttons. */
export const outcome = ({ tone, shape, title, text }) =>
  h(`section.callout.tone-${tone}`, { role: 'status', tabindex: '-1', 'data-outcome': true },
    icon(shape), h('div.callout-body', h('h3', title), h('p', text)));

/** Nothing to show: says what was looked for, and what to do. */
export const calm = (title, text, button, mark) =>
  h('section.box.calm', { 'data-key': 'calm' }, mark, h('h2', title), h('p', text), button && h('a.button', { href: button.href }, button.text));

/** Stands for a table while it loads for the first time. */
export function skeleton(what) {
  const bones = ['', '.half', '', '.half', ''].map((half) => h('td', h(`span.bone${half}`)));
  return h('div.sheet', { 'aria-busy': 'true', 'data-key': 'skeleton' },
    h('p.vh', { role: 'status' }, `Loading ${what}`),
    h('table', { 'aria-hidden': 'true' }, h('tbody', [1, 2, 3, 4, 5].map(() => h('tr', bones.map((bone) => bone.cloneNode(true)))))));
}

/** The title of an order or a file: a link to the list, and the whole name with its copy button. */
export const namedHead = (list, name, what) => [
  h('p.crumb', h('a', { href: list.href }, list.text)),
  h('div.title', h('h1.mono', { tabindex: '-1' }, name), copyButton(name, what)),
];

/** One fact of the row below a title. */
export const fact = (label, ...value) => h('div', h('dt', label), h('dd', ...value));
export const wideFact = (label, ...value) => h('div.wide', h('dt', label), h('dd', ...value));
