// The lines of an order, and what stands beside them: the CMS, the approval, the file and the request.

import { fileLink } from './address.js';
import { h, icon } from './dom.js';
import { withZone } from './order-history.js';
import { copyButton, hasEnded, statusMark } from './parts.js';
import { cell, row, rowHead, scrollingSheet, table } from './table.js';
import { count, number, time } from './time.js';

const words = (constant) => (constant ?? '').toLowerCase().replace('non_', 'non-').replaceAll('_', ' ');
const upperFirst = (text) => text && text[0].toUpperCase() + text.slice(1);
const muted = (text) => h('span.muted', text);
const pair = (label, ...value) => [h('dt', label), h('dd', ...value)];
const pairIf = (label, value) => value && pair(label, value);

export function lines(order) {
  const cards = (quantity) => h('td.cards.num', { role: 'cell', 'data-unit': quantity === 1 ? ' card' : ' cards' }, number(quantity));
  const labelled = (label, value) => h('td', { role: 'cell', 'data-label': label }, value ?? muted('–'));
  const rows = order.products.map((line, at) => row(`line-${at + 1}`,
    cell('.line.num', at + 1),
    rowHead('', line.productId),
    cards(line.quantity),
    cell('.row-full', statusMark(line.status)),
    labelled('BIN', line.bin),
    labelled('Plastic', line.plasticCode),
    labelled('PAN length', line.panLength),
    labelled('Card', `${upperFirst(words(line.cardType))}, ${words(line.embossType)}`),
    labelled('PIN generation', line.pinGeneration ? 'Yes' : 'No')));
  const total = order.products.reduce((sum, line) => sum + line.quantity, 0);
  return h('section', { 'data-key': 'lines' },
    h('div.section-head', h('h2', { id: 'lines-title' }, 'Lines')),
    scrollingSheet({ 'aria-labelledby': 'lines-title' }, table('.lines.stack', {
      columns: [['Line', '.num'], 'Product', ['Cards', '.num'], 'Status', 'BIN', 'Plastic', 'PAN length', 'Card', 'PIN'],
      rows,
      foot: row(null, h('th', { role: 'rowheader', scope: 'row', colspan: '2' }, 'Total'), cards(total), h('td.rest', { role: 'cell', colspan: '6' })),
    })));
}

export function details({ order, history }) {
  const maker = history[0]?.by ?? null;
  return h('aside.box.parts', { 'aria-label': 'Details', 'data-key': 'details' }, cms(order, history), approval(order.approval, maker), file(order.file), request(order));
}

function cms(order, history) {
  const lastSent = history.findLast((entry) => entry.to === 'PENDING' && (entry.from !== 'PENDING' || !entry.note || entry.note === 'sent again'));
  return h('section', { 'data-key': 'cms' }, h('h2', 'Card management system'), h('dl.pairs',
    pair('Attempts', order.attempts ? [number(order.attempts), order.attempts > 1 && lastSent && [', the last at ', time(lastSent.at, 'near')]] : 'None yet'),
    pair('Next attempt', nextAttempt(order)),
    order.hold && pair('On hold since', time(order.hold.since, 'full')),
    order.cmsOrderId
      ? pair('CMS order ID', h('code', order.cmsOrderId), ' ', copyButton(order.cmsOrderId, 'CMS order ID'))
      : order.attempts > 0 && pair('CMS order ID', muted('Not known yet'))));
}

function nextAttempt(order) {
  if (hasEnded(order.status)) return 'None, the order has ended';
  if (order.hold) return 'None while on hold';
  if (order.approval?.state === 'REQUIRED') return [time(order.scheduledAt, 'full'), ', once approved'];
  return order.nextActionAt ? time(order.nextActionAt, 'full') : muted('Not scheduled');
}

const DECISIONS = {
  REQUIRED: ['approval', 'review', 'Required'],
  APPROVED: ['approved', 'ok', 'Approved'],
  REJECTED: ['cancelled', 'danger', 'Rejected'],
};

function approval(decision, maker) {
  const [shape, tone, word] = DECISIONS[decision?.state] ?? [];
  const isDecided = decision && decision.state !== 'REQUIRED';
  return h('section', { 'data-key': 'approval' }, h('h2', 'Approval'), h('dl.pairs',
    pair('State', decision ? h('span.status', icon(shape ?? 'info', tone ?? 'neutral'), word ?? decision.state) : 'Not required'),
    pair('Placed by', maker ?? muted('Not known')),
    decision && !isDecided && pair('Decided by', muted('Nobody yet')),
    isDecided && [pair(`${word} by`, decision.by ?? muted('Not known')), decision.at && pair('At', time(decision.at, 'full')), pairIf('Reason', decision.reason)]));
}

function file(used) {
  if (!used) return h('section', { 'data-key': 'file' }, h('h2', 'File'), h('p', 'None. The order was placed without a file.'));
  const digest = used.sha256 ?? '';
  return h('section', { 'data-key': 'file' }, h('h2', 'File'),
    h('dl.pairs',
      pair('Name', h('a', { href: fileLink(used.fileName) }, used.fileName)),
      digest && pair('SHA-256', h('code', digest.length > 16 ? `${digest.slice(0, 8)}…${digest.slice(-6)}` : digest), ' ', copyButton(digest, 'SHA-256 of the file'))),
    h('p', 'Its kits equal the lines of this order.'));
}

function request(order) {
  const party = order.orderingPartyInfo;
  const address = order.address?.split('~').map((segment) => segment.trim()).filter(Boolean) ?? [];
  const broken = (texts) => texts.flatMap((text, at) => (at ? [h('br'), text] : [text]));
  return h('section', { 'data-key': 'request' }, h('h2', 'Request'), h('dl.pairs',
    party && pair('Ordering party',
      party.orderingPartyName && [party.orderingPartyName, h('br')],
      muted([party.orderingPartyType, party.orderingPartyId].filter(Boolean).join(', '))),
    pairIf('Branch code', order.branchInfo.branchCode),
    address.length > 0 && pair('Address', broken(address)),
    pairIf('Postal code', order.pinCode),
    pair('Start', order.processStartTime ? withZone(order.scheduledAt) : 'At once'),
    pair('Validity', count(order.validity, 'day')),
    Object.entries(order.metaValues ?? {}).map(([name, value]) => pair(name, String(value)))));
}
