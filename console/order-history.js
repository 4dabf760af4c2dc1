// The history of an order as a time line, newest first, below what comes next.

import { h, icon } from './dom.js';
import { sentence } from './faults.js';
import { copyButton, hasEnded, statusParts } from './parts.js';
import { full, isPast, since, time, until, zoneLabel } from './time.js';

export function timeline({ order, history }) {
  return h('section', { 'aria-labelledby': 'history-title', 'data-key': 'history' },
    h('div.section-head', h('h2', { id: 'history-title' }, 'History')),
    h('div.box', h('ol.timeline', next(order), fold(history).reverse().map((entries) => item(entries, order)))));
}

const isRepeat = (entry) => entry.from === entry.to && (!entry.note || entry.note === 'sent again');

/** Puts neighbours that were sent again into one entry. */
function fold(history) {
  const folded = [];
  for (const entry of history) {
    const last = folded.at(-1);
    if (last && isRepeat(entry) && isRepeat(last[0]) && last[0].actor === entry.actor && last[0].by === entry.by) last.push(entry);
    else folded.push([entry]);
  }
  return folded;
}

function next(order) {
  const words = nextWords(order);
  return words && h('li.upcoming', { 'data-key': 'next' }, icon('next', 'neutral'), h('div.what', h('p', 'Next: ', words)));
}

function nextWords(order) {
  if (hasEnded(order.status)) return null;
  if (order.hold) return 'nothing is scheduled while the order is on hold';
  const isAwaiting = order.approval?.state === 'REQUIRED' && order.status === 'RECEIVED';
  const at = isAwaiting ? order.scheduledAt : order.nextActionAt;
  if (!at) return 'nothing is scheduled';
  const deed = { RECEIVED: 'starts', PENDING: 'next attempt' }[order.status] ?? 'the CMS is asked again';
  const approved = isAwaiting && ', once approved';
  if (isPast(at)) return isAwaiting ? ['starts at once', approved] : [`${deed} now, due since `, time(at, 'near')];
  return [`${deed} at `, time(at, 'full'), ', in ', until(at), approved];
}

function item(entries, order) {
  const newest = entries.at(-1);
  const { shape, tone, title, rest, about } = words(entries, order);
  return h('li', { 'data-key': `${newest.from}-${entries[0].at}-${newest.to}` }, icon(shape, tone),
    h('div.what', h('p', h('strong', title), rest), h('p.who-did', about), attempts(entries)),
    h('p.when', since(newest.at), ' ago ', h('span.second', time(newest.at, 'full'))));
}

const attempts = (entries) => entries.length > 1 && h('details',
  h('summary', `Show the ${entries.length} attempts`),
  h('ol', [...entries].reverse().map((entry) => h('li', time(entry.at, 'full')))));

const arrow = (entry) => `${statusParts(entry.from)[0]} → ${statusParts(entry.to)[0]}`;

/** Only `work-due` runs by itself; where another function knows no principal, nobody can say who called it. */
const doer = (entry) => [entry.actor, entry.by ? `by ${entry.by}` : entry.actor === 'work-due' && 'by the service'].filter(Boolean).join(', ');

const CHANGES = {
  PENDING: 'Sent to the CMS',
  PROCESSED: 'Cards generated',
  SUCCESS: 'All lines confirmed',
  FAILED: 'Failed',
  CANCELLED: 'Cancelled',
  EXPIRED: 'Expired',
};

function words(entries, order) {
  const entry = entries.at(-1);
  const about = doer(entry);
  const [, shape, tone] = statusParts(entry.to);
  if (entry.from === null) {
    return {
      shape, tone, title: 'Placed', rest: `, as ${statusParts(entry.to)[0]}${order.approval ? ', approval required' : ''}`,
      about: [about, entry.requestId && [h('br'), 'request ', h('code', entry.requestId), ' ', copyButton(entry.requestId, 'request ID')]],
    };
  }
  if (isRepeat(entry)) {
    const times = entries.length > 1 ? ` ${entries.length} times` : '';
    return { shape, tone, title: 'Sent again', rest: `${times}, ${arrow(entry)}`, about };
  }
  if (entry.from === entry.to) {
    const hold = /^on hold: (.*)$/s.exec(entry.note)?.[1];
    if (hold) return { shape: 'hold', tone: 'warn', title: 'Put on hold', about: sentence(hold) };
    if (entry.note === 'approved') return { shape: 'approved', tone: 'ok', title: 'Approved', about };
    return { shape: 'info', tone: 'neutral', title: sentence(entry.note), about };
  }
  const isRejection = entry.to === 'CANCELLED' && Boolean(entry.note);
  return {
    shape, tone, title: isRejection ? 'Rejected' : CHANGES[entry.to] ?? statusParts(entry.to)[0], rest: `, ${arrow(entry)}`,
    about: [about, entry.note && [h('br'), `“${entry.note}”`]],
  };
}

/** "25 Nov 2026, 06:00:00 IST" */
export const withZone = (instant) => `${full(instant)} ${zoneLabel(instant)}`;
