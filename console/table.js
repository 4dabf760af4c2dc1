// Tables. Their roles are stated, since some browsers drop them where a narrow screen turns rows into cards.

import { h } from './dom.js';

export const cell = (classes, ...parts) => h(`td${classes}`, { role: 'cell' }, ...parts);
export const rowHead = (classes, ...parts) => h(`th${classes}`, { role: 'rowheader', scope: 'row' }, ...parts);
export const row = (key, ...cells) => h('tr', { role: 'row', 'data-key': key }, ...cells);

/** A column's head is its text, or `[text, classes]`. */
const columnHead = (column) => {
  const [text, classes] = Array.isArray(column) ? column : [column, ''];
  return h(`th${classes}`, { role: 'columnheader', scope: 'col' }, text);
};

/** `widths` are the classes of `<col>`; `hideHead` leaves the heads to screen readers. */
export const table = (classes, { columns, rows, foot, widths, hideHead }) =>
  h(`table${classes}`, { role: 'table' },
    widths && h('colgroup', widths.map((width) => h(`col${width}`))),
    h(`thead${hideHead ? '.vh' : ''}`, { role: 'rowgroup' }, h('tr', { role: 'row' }, columns.map(columnHead))),
    h('tbody', { role: 'rowgroup' }, rows),
    foot && h('tfoot', { role: 'rowgroup' }, foot));

/** A table that scrolls sideways in its own box: a focusable region with a name. */
export const scrollingSheet = (name, inner) => h('div.sheet', { role: 'region', tabindex: '0', ...name }, inner);
export const sheet = (inner) => h('div.sheet', inner);
