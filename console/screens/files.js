// Files: one page of `listFiles`, filtered by status and dates.

import { fileLink, orderLink } from '../address.js';
import { h } from '../dom.js';
import { sentence } from '../faults.js';
import { dateField, emptyList, filterForm, ListPage, paging } from '../lists.js';
import { chips, FILE_STATUSES, statusMark, statusParts } from '../parts.js';
import { cell, row, rowHead, scrollingSheet, table } from '../table.js';
import { days, number, time } from '../time.js';

export function files(query) {
  const status = query.get('status') ?? '';
  const page = new ListPage('listFiles', { status: status || undefined }, query, (item) => item.fileName);
  const dates = days(query.get('from'), query.get('to'));
  const sought = [status ? statusParts(status)[0] : 'Any status', dates && `received ${dates}`].filter(Boolean).join(', ');

  return {
    nav: 'files',
    loads: 'files',
    get news() { return page.news; },
    title: () => 'Files',
    head: () => [h('h1', { tabindex: '-1' }, 'Files'), h('p', `${sought}, newest first`)],
    load: async (signal) => {
      const loaded = await page.load(signal);
      page.take(loaded);
      return loaded;
    },
    body(loaded) {
      const form = filters(status, query);
      if (!loaded) return [form];
      if (!page.rows.length) return [form, emptyList(page, query, 'file', sought)];
      return [form, list(page.rows), paging(page, query, { noun: 'file', verb: 'received', instantOf: (item) => item.receivedAt })];
    },
    showNew: () => page.showNew(),
  };
}

function filters(status, query) {
  const known = FILE_STATUSES.includes(status) || !status ? FILE_STATUSES : [...FILE_STATUSES, status];
  const options = ['', ...known].map((value) => h('option', { value, selected: value === status }, value ? statusParts(value)[0] : 'Any status'));
  return filterForm('files', [
    h('div.field.wide', h('label', { for: 'f-status' }, 'Status'), h('select', { id: 'f-status', name: 'status' }, options)),
    dateField('f-from', 'from', 'Received from', query.get('from')),
    dateField('f-to', 'to', 'Received to', query.get('to')),
  ]);
}

const list = (rows) => scrollingSheet({ 'aria-label': 'Files', 'data-key': 'list' }, table('.files.stack', {
  columns: ['File', 'Status', 'Received', ['Kits', '.num'], 'First fault, or the order that uses it'],
  rows: rows.map((item) => row(item.fileName,
    rowHead('', h('a.mono', { href: fileLink(item.fileName, item.receivedAt) }, item.fileName)),
    cell('.state', statusMark(item.status), chips({ isGone: item.isGone })),
    cell('.received.nowrap', time(item.receivedAt)),
    item.details ? h('td.kits.num', { role: 'cell', 'data-unit': ' kits' }, number(item.details)) : cell('.kits.num', '–'),
    lastCell(item))),
}));

function lastCell(item) {
  if (item.status === 'INVALID') return cell('.fault-cell.row-full', sentence(item.firstFault ?? ''));
  if (item.cardOrderId) return cell('.used.row-full', 'Used by ', h('a.mono', { href: orderLink(item.cardOrderId) }, item.cardOrderId));
  return cell('.used.row-full', item.status === 'VALID' ? 'Used by no order yet' : 'Being checked');
}
