// What can be done with an order: when each action is offered, what its confirmation says, and what came of it.

import { call } from './api.js';
import { hasEnded, statusText } from './parts.js';
import { caller, may } from './session.js';
import { clock, count, full, isPast, number, zoneLabel } from './time.js';

const freesFile = (order) => (order.fileName ? `, and its file ${order.fileName} is free for another order` : '');
const startsAt = (order) => (isPast(order.scheduledAt) ? 'at once' : `at ${full(order.scheduledAt)} ${zoneLabel(order.scheduledAt)}`);
const byOrderId = (order) => ({ cardOrderId: order.id });
const byBranch = (order) => ({ orderId: order.id, branchId: order.branchId });
const named = (order) => `${order.id}, ${count(order.cards, 'card')}, at ${clock(Date.now())}.`;
const nowIs = (order) => (order ? `The order is now ${statusText(order).toLowerCase()}.` : '');

/**
 * An order here is `{id, branchId, branchName, cards, status, onHold, approval, scheduledAt, fileName, maker}`; the last three
 * may be null. `outcome` gets it as it was and, if it could be read, as it is afterwards.
 */
export const ACTIONS = {
  check: {
    operation: 'status', scope: 'operations', body: byOrderId,
    label: () => 'Check status', sending: 'Checking…', back: 'Back',
    title: () => 'Check the status of this order?',
    what: () => 'The service asks the CMS once what became of this order and records what it answers. '
      + 'Nothing is sent again, and asking is safe at any time.',
    outcome: (order, after) => {
      const at = `The CMS was asked at ${clock(Date.now())}.`;
      if (after && statusText(after) === statusText(order)) {
        return { tone: 'neutral', shape: 'info', title: 'Nothing new', text: `${at} The order is still ${statusText(order).toLowerCase()}.` };
      }
      return { tone: 'ok', shape: 'check', title: 'Status checked', text: `${at} ${nowIs(after)}` };
    },
  },
  process: {
    operation: 'process', scope: 'operations', body: byOrderId,
    label: () => 'Process now', sending: 'Processing…', back: 'Back',
    title: () => 'Process this order now?',
    what: () => 'The order goes to the CMS now instead of at its next attempt. Once sent, it can’t be cancelled.',
    outcome: (order, after) => ({ tone: 'ok', shape: 'check', title: 'Order processed', text: `${named(order)} ${nowIs(after)}` }),
  },
  cancel: {
    operation: 'cancel', scope: 'orders', body: byBranch, look: '.danger',
    label: () => 'Cancel order', sending: 'Cancelling…', back: 'Keep order',
    title: () => 'Cancel this order?',
    what: (order) => `The order becomes Cancelled for good${freesFile(order)}. Nothing has been sent to the CMS, so no card is made.`,
    outcome: (order) => ({ tone: 'ok', shape: 'check', title: 'Order cancelled', text: `${named(order)} Nothing had been sent to the CMS.` }),
  },
  approve: {
    operation: 'approve', scope: 'approvals', body: byBranch,
    label: () => 'Approve', confirm: (order) => `Approve ${count(order.cards, 'card')}`, sending: 'Approving…', back: 'Back',
    title: (order) => `Approve ${count(order.cards, 'card')}?`,
    what: (order) => `The order starts by itself ${startsAt(order)} and goes to the CMS. `
      + 'An approval can’t be taken back; until the start, the order can still be cancelled.',
    outcome: (order) => ({ tone: 'ok', shape: 'check', title: 'Order approved', text: `${named(order)} It starts by itself ${startsAt(order)}.` }),
  },
  reject: {
    operation: 'reject', scope: 'approvals', body: byBranch, look: '.danger', asksReason: true,
    label: () => 'Reject', confirm: () => 'Reject order', sending: 'Rejecting…', back: 'Back',
    title: () => 'Reject this order?',
    what: (order) => `The order becomes Cancelled for good${freesFile(order)}. Your reason is kept with the order.`,
    outcome: (order) => ({ tone: 'ok', shape: 'check', title: 'Order rejected', text: `${named(order)} The reason is kept with the order.` }),
  },
};

/** What the confirmation shows of the order. */
export function facts(name, order) {
  const all = [
    ['Order', order.id, 'code'],
    ['Branch', [order.branchId, order.branchName].filter(Boolean).join(' ')],
    ['Cards', number(order.cards)],
  ];
  if (name === 'check' || name === 'process') return [...all, ['Status now', statusText(order)]];
  if (order.maker) all.push(['Placed by', order.maker]);
  return name === 'approve' ? [...all, ['Starts', isPast(order.scheduledAt) ? 'At once' : `${full(order.scheduledAt)} ${zoneLabel(order.scheduledAt)}`]] : all;
}

/** Performs an action and returns what the page says of it, or throws an `ApiError`. */
export async function perform(name, order, reason) {
  const action = ACTIONS[name];
  await call(action.operation, { ...action.body(order), ...(action.asksReason ? { reason } : {}) });
  // What came of it is not worth an error: the next refresh will tell.
  const after = await call('fetchOrder', { cardOrderId: order.id }).catch(() => null);
  const found = after?.result;
  return action.outcome(order, found && { status: found.status, onHold: Boolean(found.hold), approval: found.approval?.state ?? null });
}

const SENT = 'It can’t be cancelled: once an order has been sent, only the CMS can end it.';

/** Returns `{buttons: [{name, look}], hints}`: at most one is primary; each hint says why an expected action is missing. */
export function offers(order) {
  const { wanted, hints } = inState(order);
  const missing = new Set(wanted.filter(({ name }) => !may(ACTIONS[name].scope)).map(({ name }) => ACTIONS[name].scope));
  const buttons = wanted.filter(({ name }) => may(ACTIONS[name].scope));
  for (const scope of missing) {
    const deeds = wanted.filter(({ name }) => ACTIONS[name].scope === scope).map(({ name }) => ACTIONS[name].label());
    hints.push(`${deeds.join(' and ')} ${deeds.length > 1 ? 'need' : 'needs'} the scope ${scope}, which you do not have.`);
  }
  return { buttons, hints };
}

/** What the order's state allows, whoever asks. */
function inState(order) {
  const [primary, plain, quiet] = ['.primary', '', '.quiet'];
  if (hasEnded(order.status)) return { wanted: [], hints: [] };
  if (order.status === 'RECEIVED') {
    const cancel = (look) => ({ name: 'cancel', look });
    if (order.approval === 'REQUIRED') {
      if (caller.principal && caller.principal === order.maker) {
        return { wanted: [cancel(plain)], hints: ['You placed this order: someone else approves or rejects it.'] };
      }
      return {
        wanted: [{ name: 'approve', look: primary }, { name: 'reject', look: plain }, cancel(quiet)],
        hints: may(ACTIONS.approve.scope) ? ['Whoever placed the order can cancel it, but neither approve nor reject it.'] : [],
      };
    }
    if (isPast(order.scheduledAt)) return { wanted: [{ name: 'process', look: primary }, cancel(plain)], hints: [] };
    return { wanted: [cancel(plain)], hints: [`It can’t be processed before it starts ${startsAt(order)}.`] };
  }
  const check = { name: 'check', look: primary };
  if (order.status === 'PENDING' && !order.onHold) return { wanted: [check, { name: 'process', look: plain }], hints: [SENT] };
  return { wanted: [check], hints: [SENT] };
}
