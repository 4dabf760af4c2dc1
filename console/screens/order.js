// One order: what it waits for and what to do about it, its lines, its history, and everything known about it.

import { offers, ACTIONS } from '../actions.js';
import { link } from '../address.js';
import { call, find } from '../api.js';
import { h, icon, say } from '../dom.js';
import { details, lines } from '../order-details.js';
import { timeline } from '../order-history.js';
import { calm, chips, copyButton, fact, hasEnded, namedHead, outcome as outcomeNote, statusMark, statusText, wideFact } from '../parts.js';
import { caller } from '../session.js';
import { count, isPast, since, time, until } from '../time.js';

const LATE_MS = 5 * 60_000;
const STUCK_MS = 15 * 60_000;
const STUCK_ATTEMPTS = 3;

export function order(id) {
  let outcome = null;
  let lastStatus = null;

  const screen = {
    nav: 'orders',
    loads: 'the order',
    title: (data) => (data?.order ? `${id} · ${statusText(subjectOf(id, data))}` : id),
    head: () => namedHead({ href: link(['orders']), text: 'Orders' }, id, 'order ID'),
    async load(signal) {
      const found = await find('fetchOrder', { cardOrderId: id }, signal);
      if (!found) return { order: null };
      const { result: history } = await call('history', { cardOrderId: id }, signal);
      return { order: found, history };
    },
    hasEnded: (data) => Boolean(data.order) && hasEnded(data.order.status),
    body(data) {
      if (!data) return [];
      if (!data.order) return [missing(id)];
      sayChange(data);
      return [
        facts(data),
        h('div.columns', { 'data-key': 'columns' },
          h('div', callout(data), lines(data.order), timeline(data)),
          details(data)),
      ];
    },
    orderOf: () => subjectOf(id, screen.live.data),
    showOutcome(_, what) { outcome = { ...what, at: Date.now() }; },
  };

  function sayChange(data) {
    const status = statusText(subjectOf(id, data));
    if (lastStatus && lastStatus !== status) say(`The order is now ${status.toLowerCase()}`);
    lastStatus = status;
  }

  function callout(data) {
    const subject = subjectOf(id, data);
    const { tone, shape, title } = situation(data);
    return h(`section.callout.tone-${tone}`, { 'data-key': 'callout', 'data-situation': shape }, icon(shape),
      h('div.callout-body',
        h('h2', title),
        h('p', data.order.explanation),
        outcome && h('div.actions', { 'data-key': 'outcome' }, outcomeNote(outcome)),
        buttons(subject)));
  }

  /** The buttons come back with the first refresh after an action. */
  function buttons(subject) {
    if (outcome && screen.live.loadedAt < outcome.at) return null;
    const offered = offers(subject);
    const hint = offered.hints.join(' ');
    if (!offered.buttons.length) return hint && h('p.hint', { 'data-key': 'actions' }, hint);
    return h('div.actions', { 'data-key': 'actions' },
      offered.buttons.map(({ name, look }) => {
        const target = { type: 'button', 'data-do': 'act', 'data-action': name, 'data-order': id };
        return [h(`button.button${look}`, target, ACTIONS[name].label()), ' '];
      }),
      hint && h('span.hint', hint));
  }

  return screen;
}

const missing = (id) =>
  calm(`No order “${id}”`, `There is no order of this ID in ${caller.tenant}.`, { href: link(['orders']), text: 'Go to orders' });

const cardsOf = (found) => found.products.reduce((sum, line) => sum + line.quantity, 0);

/** What actions and chips need to know of an order. */
const subjectOf = (id, { order: found, history }) => ({
  id, branchId: found.branchInfo.branchId, branchName: found.branchInfo.branchName, cards: cardsOf(found), status: found.status,
  onHold: Boolean(found.hold), approval: found.approval?.state ?? null, scheduledAt: found.scheduledAt ?? found.receivedAt,
  fileName: found.file?.fileName ?? null, maker: history[0]?.by ?? null,
});

/** When the status changed last. */
const changedAt = (data) => data.history.findLast((entry) => entry.from !== entry.to)?.at ?? data.order.receivedAt;

function facts(data) {
  const { order: found } = data;
  const subject = subjectOf(null, data);
  return h('dl.summary', { 'data-key': 'facts' },
    wideFact('Status', statusMark(found.status), chips(subject).flat().filter((part) => part !== ' ')),
    fact('Name', found.cardOrderName, ' ', copyButton(found.cardOrderName, 'name')),
    fact('Branch', [found.branchInfo.branchId, found.branchInfo.branchName].filter(Boolean).join(' ')),
    fact('Cards', `${count(subject.cards, 'card').replace(/ cards?$/, '')} in ${count(found.products.length, 'line')}`),
    fact('Received', time(found.receivedAt)),
    hasEnded(found.status) && found.status !== 'EXPIRED'
      ? fact('Ended', time(changedAt(data)))
      : fact('Valid until', time(found.validUntil, 'date')));
}

const isStuck = (found) =>
  (found.attempts >= STUCK_ATTEMPTS && !found.cmsOrderId) || (found.nextActionAt !== null && isPast(found.nextActionAt, STUCK_MS));

/** The heading of the callout: the state in words, and since when. */
function situation(data) {
  const { order: found } = data;
  const statusSince = changedAt(data);
  // Due at its start, or when it was approved if that came later.
  const due = [found.scheduledAt ?? found.receivedAt, found.approval?.at].filter(Boolean).sort().at(-1);
  switch (found.status) {
    case 'RECEIVED':
      if (found.approval?.state === 'REQUIRED') return { tone: 'review', shape: 'approval', title: ['Awaiting approval for ', since(found.receivedAt)] };
      if (!isPast(due)) return { tone: 'neutral', shape: 'received', title: ['Starts in ', until(due)] };
      if (isPast(due, LATE_MS)) return { tone: 'warn', shape: 'late', title: ['Late: due for ', since(due)] };
      return { tone: 'neutral', shape: 'received', title: 'Due, about to be sent' };
    case 'PENDING':
      if (found.hold) return { tone: 'warn', shape: 'hold', title: ['On hold for ', since(found.hold.since)] };
      if (isStuck(found)) return { tone: 'warn', shape: 'stuck', title: ['Stuck: pending for ', since(statusSince)] };
      return { tone: 'info', shape: 'pending', title: ['Pending for ', since(statusSince)] };
    case 'PROCESSED':
      return { tone: 'info', shape: 'processed', title: ['Cards generated; processed for ', since(statusSince)] };
    case 'SUCCESS': {
      const all = found.products.length === 1 ? 'the line is' : `all ${found.products.length} lines are`;
      return { tone: 'ok', shape: 'success', title: `Success: ${all} confirmed` };
    }
    case 'FAILED': {
      const failed = found.products.filter((line) => line.status === 'FAILED').length;
      return { tone: 'danger', shape: 'failed', title: `Failed: ${failed} of ${count(found.products.length, 'line')}` };
    }
    case 'CANCELLED':
      return { tone: 'neutral', shape: 'cancelled', title: found.approval?.state === 'REJECTED' ? 'Rejected' : 'Cancelled' };
    case 'EXPIRED':
      return { tone: 'neutral', shape: 'expired', title: 'Expired' };
    default:
      return { tone: 'neutral', shape: 'info', title: statusText({ status: found.status }) };
  }
}
