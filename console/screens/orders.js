// Orders: one page of `list`, filtered by status, branch and dates.

import { orderLink } from '../address.js';
import { h } from '../dom.js';
import { dateField, emptyList, filterForm, ListPage, paging } from '../lists.js';
import { chips, ORDER_STATUSES, statusMark, statusParts } from '../parts.js';
import { cell, row, rowHead, scrollingSheet, table } from '../table.js';
import { days, isPast, number, since, time } from '../time.js';

/** These leave the index by status when they end, so that only a branch can list them. */
const NEEDS_BRANCH = ['', 'SUCCESS', 'CANCELLED'];

export function orders(query) {
  const branch = query.get('branch') ?? '';
  const status = query.get('status') ?? (branch ? '' : 'RECEIVED');
  const page = new ListPage('list', { status: status || undefined, branchId: branch || undefined }, query, (item) => item.cardOrderId);

  const sought = [
    branch ? `Branch ${branch}` : 'Any branch',
    status ? statusParts(status)[0] : 'any status',
    datesText(branch, query),
  ].filter(Boolean).join(', ');

  const screen = {
    nav: 'orders',
    loads: 'orders',
    get news() { return page.news; },
    title: () => `Orders${branch ? ` of ${branch}` : ''}`,
    head: () => [h('h1', { tabindex: '-1' }, 'Orders'), h('p', `${sought}, newest first`)],
    load: async (signal) => {
      const loaded = await page.load(signal);
      page.take(loaded);
      return loaded;
    },
    body(loaded) {
      const form = filters(branch, status, query);
      if (!loaded) return [form];
      if (!page.rows.length) return [form, emptyList(page, query, 'order', sought)];
      const verb = branch ? 'received' : 'in this status since';
      return [form, list(page.rows), paging(page, query, { noun: 'order', verb, instantOf: (item) => (branch ? item.receivedAt : item.statusSince) })];
    },
    showNew: () => page.showNew(),
  };
  return screen;
}

function datesText(branch, query) {
  const text = days(query.get('from'), query.get('to'));
  return text && `${branch ? 'received' : 'in this status'} ${text}`;
}

function filters(branch, status, query) {
  const known = ORDER_STATUSES.includes(status) || !status ? ORDER_STATUSES : [...ORDER_STATUSES, status];
  const select = h('select', { id: 'f-status', name: 'status' }, ['', ...known].map((value) => h('option', { value, selected: value === status }, label(value))));
  const input = h('input', { id: 'f-branch', name: 'branch', value: branch, placeholder: 'Any branch', autocomplete: 'off', spellcheck: 'false', autocapitalize: 'off' });
  const from = dateField('f-from', 'from', '', query.get('from'));
  const to = dateField('f-to', 'to', '', query.get('to'));
  const hint = h('p.hint', 'Any status, Success and Cancelled can be listed for one branch only.');

  const adapt = () => {
    const hasBranch = Boolean(input.value.trim());
    for (const option of select.options) {
      option.disabled = !hasBranch && NEEDS_BRANCH.includes(option.value);
      option.textContent = label(option.value) + (option.disabled ? ' (needs a branch)' : '');
    }
    const what = hasBranch ? 'Received' : 'In this status';
    from.querySelector('label').textContent = `${what} from`;
    to.querySelector('label').textContent = `${what} to`;
    hint.hidden = hasBranch;
  };
  input.addEventListener('input', adapt);
  adapt();
  return filterForm('orders', [
    h('div.field', h('label', { for: 'f-status' }, 'Status'), select),
    h('div.field', h('label', { for: 'f-branch' }, 'Branch ID'), input),
    from, to,
  ], hint);
}

const label = (status) => (status ? statusParts(status)[0] : 'Any status');

const list = (rows) => scrollingSheet({ 'aria-label': 'Orders', 'data-key': 'list' }, table('.orders.stack', {
  columns: ['Order', 'Status', 'In status for', 'Received', ['Cards', '.num'], 'Branch', 'Name'],
  rows: rows.map((item) => row(item.cardOrderId,
    rowHead('', h('a.mono', { href: orderLink(item.cardOrderId) }, item.cardOrderId)),
    cell('.state', statusMark(item.status), chips(item), startsLater(item) && h('span.second', 'starts ', time(item.scheduledAt))),
    cell('.since.nowrap', since(item.statusSince)),
    cell('.received.nowrap', time(item.receivedAt)),
    cell('.cards.num', number(item.quantity)),
    cell('.branch', item.branchId),
    cell('.name.mono', item.cardOrderName))),
}));

const startsLater = (item) => item.status === 'RECEIVED' && item.scheduledAt && !isPast(item.scheduledAt);
