// One file: what is in it, or its faults with line and field, each of them copyable.

import { link, orderLink } from '../address.js';
import { call, find } from '../api.js';
import { h, icon } from '../dom.js';
import { faultCount, parseFault } from '../faults.js';
import { calm, copyButton, fact, namedHead, statusMark, statusParts, wideFact } from '../parts.js';
import { caller } from '../session.js';
import { cell, row, rowHead, scrollingSheet, sheet, table } from '../table.js';
import { number, time } from '../time.js';

export function file(name, receivedAt) {
  return {
    nav: 'files',
    loads: 'the file',
    title: (data) => (data?.file ? `${name} · ${statusParts(data.file.status)[0]}` : name),
    head: () => namedHead({ href: link(['files']), text: 'Files' }, name, 'file name'),
    async load(signal) {
      const [found, listed] = await Promise.all([find('fetchFile', { fileName: name }, signal), listedRow(name, receivedAt, signal)]);
      return { file: found, listed };
    },
    body(data) {
      if (!data) return [];
      if (!data.file) return [missing(name)];
      const { file: found, listed } = data;
      return [
        facts(found, listed),
        found.status === 'INVALID' && [refused(listed), faultList(found.faults)],
        found.products.length ? groups(found.products) : null,
      ].flat();
    },
  };
}

/** Only the list knows when a file was received and which order uses it. */
async function listedRow(name, receivedAt, signal) {
  if (!receivedAt) return null;
  const { result } = await call('listFiles', { fromDate: receivedAt, toDate: receivedAt, pageSize: 100 }, signal).catch((error) => {
    if (error.code === 'ORD001') return { result: [] };     // the address was typed by hand
    throw error;
  });
  return result.find((item) => item.fileName === name) ?? null;
}

const missing = (name) => calm(`No file “${name}”`, `There is no file of this name in ${caller.tenant}.`, { href: link(['files']), text: 'Go to files' });

const facts = (found, listed) => h('dl.summary', { 'data-key': 'facts' },
  wideFact('Status', statusMark(found.status)),
  listed && fact('Received', time(listed.receivedAt)),
  fact('Kits', found.details ? number(found.details) : '–'),
  found.faults.length ? fact('Faults', number(faultCount(found.faults))) : null,
  listed && (listed.cardOrderId
    ? wideFact('Used by', h('a.mono', { href: orderLink(listed.cardOrderId) }, listed.cardOrderId))
    : fact('Used by', 'No order')));

const refused = (listed) => h('section.callout.tone-danger', { 'data-key': 'refused' }, icon('failed'),
  h('div.callout-body', h('h2', 'No order can use this file'),
    h('p', 'Correct the faults below and upload the file again.', listed && !listed.cardOrderId && ' It may keep its name, because no order uses it.')));

function faultList(faults) {
  return h('section', { 'aria-labelledby': 'faults-title', 'data-key': 'faults' },
    h('div.section-head',
      h('h2', { id: 'faults-title' }, 'Faults ', h('span.count', number(faultCount(faults)))),
      h('button.button.compact', { type: 'button', 'data-do': 'copy', 'data-copy': faults.join('\n') }, icon('copy'), 'Copy all faults')),
    sheet(table('.faults.stack', {
      widths: ['.c-where', '.c-field', '', '.c-copy'],
      columns: ['Where', 'Field', 'What is wrong', [h('span.vh', 'Copy'), '']],
      rows: faults.map(faultRow),
    })));
}

function faultRow(fault, at) {
  const { line, field, text } = parseFault(fault);
  if (text === fault) return row(`fault-${at}`, h('th.row-full', { role: 'rowheader', scope: 'row', colspan: '4' }, fault));
  const where = line ? `Line ${line}` : 'File';
  return row(`fault-${at}`,
    rowHead('.nowrap', where),
    cell('.field-name.mono', field ?? h('span.muted', '–')),
    cell('.text', text),
    cell('.next', copyButton(fault, `fault of ${line ? `line ${line}` : 'the file'}`)));
}

function groups(products) {
  const total = products.reduce((sum, product) => sum + product.quantity, 0);
  const kits = (quantity) => h('td.cards.num', { role: 'cell', 'data-unit': ' kits' }, number(quantity));
  const labelled = (label, value) => h('td', { role: 'cell', 'data-label': label }, value);
  return h('section', { 'data-key': 'groups' },
    h('div.section-head', h('h2', { id: 'groups-title' }, 'Cards in this file')),
    scrollingSheet({ 'aria-labelledby': 'groups-title' }, table('.lines.groups.stack', {
      columns: ['Product', ['Kits', '.num'], 'BIN', 'Plastic', 'PAN length'],
      rows: products.map((product, at) => row(`group-${at}`, rowHead('', product.productId), kits(product.quantity),
        labelled('BIN', product.bin), labelled('Plastic', product.plasticCode), labelled('PAN length', product.panLength))),
      foot: row(null, rowHead('', 'Total'), kits(total), h('td.rest', { role: 'cell', colspan: '3' })),
    })));
}
