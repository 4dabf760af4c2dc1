// The search: a text may be an order's ID, a file's name or a kit's number. One hit is opened at once, more are listed.

import { fileLink, link, orderLink, replace } from '../address.js';
import { find as ask } from '../api.js';
import { h } from '../dom.js';
import { calm, statusParts } from '../parts.js';
import { caller } from '../session.js';
import { cell, row, rowHead, sheet, table } from '../table.js';
import { count } from '../time.js';

export function find(text) {
  return {
    nav: 'find',
    loads: 'what was found',
    isStatic: true,
    title: () => `Search “${text}”`,
    head: () => [h('h1', { tabindex: '-1' }, 'Search'), h('p', `“${text}” as an order ID, a file name and a kit number`)],
    async load(signal) {
      if (!text) return [];
      const [order, file, kit] = await Promise.all([
        ask('fetchOrder', { cardOrderId: text }, signal),
        ask('fetchFile', { fileName: text }, signal),
        ask('fetchKit', { kitNo: text }, signal),
      ]);
      const hits = [order && orderHit(text, order), file && fileHit(file), kit && kitHit(kit)].filter(Boolean);
      if (hits.length === 1) replace(hits[0].href);
      return hits;
    },
    hasEnded: () => true,
    body(hits) {
      if (!hits || hits.length === 1) return [];
      return [hits.length ? list(hits) : nothing(text)];
    },
  };
}

const orderHit = (id, order) => ({
  kind: 'order', name: id, href: orderLink(id),
  text: `Order of branch ${order.branchInfo.branchId}, ${count(order.products.reduce((sum, line) => sum + line.quantity, 0), 'card')}, ${statusParts(order.status)[0]}`,
});

const fileHit = (file) => ({
  kind: 'file', name: file.fileName, href: fileLink(file.fileName),
  text: `File, ${file.details ? `${count(file.details, 'kit')}, ` : ''}${statusParts(file.status)[0]}`,
});

const kitHit = (kit) => ({
  kind: 'kit', name: kit.kitNo, href: kit.cardOrderId ? orderLink(kit.cardOrderId) : fileLink(kit.fileName),
  text: ['Kit in file ', h('a', { href: fileLink(kit.fileName) }, kit.fileName),
    kit.cardOrderId
      ? [', used by order ', h('a.mono', { href: orderLink(kit.cardOrderId) }, kit.cardOrderId), kit.status && `, ${statusParts(kit.status)[0]}`]
      : ', used by no order yet'],
});

const list = (hits) => sheet(table('.plain', {
  columns: ['Found', 'What it is'],
  rows: hits.map((hit) => row(hit.kind, rowHead('', h('a.mono', { href: hit.href }, hit.name)), cell('', hit.text))),
}));

const nothing = (text) => calm(text ? `No order “${text}”` : 'Nothing to search for',
  text ? `There is no order, file or kit of this name in ${caller.tenant}.` : 'Type an order ID, a file name or a kit number into the search box.',
  { href: link(['orders']), text: 'Go to orders' });
