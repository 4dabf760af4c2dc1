// What the lists of orders and of files share: reading the address, holding rows in place, filters and paging.

import { link } from './address.js';
import { call } from './api.js';
import { h } from './dom.js';
import { calm } from './parts.js';
import { merge } from './rows.js';
import { bounds, count, time } from './time.js';

/** The rows of one page of a list; `request` is the body without page and dates. */
export class ListPage {
  constructor(operation, request, query, idOf) {
    const { from, to } = bounds(query.get('from'), query.get('to'));
    Object.assign(this, { operation, idOf, rows: [], news: 0, older: null });
    this.body = { ...request, fromDate: from?.toISOString(), toDate: to?.toISOString(), nextToken: query.get('after') ?? undefined };
  }

  async load(signal) {
    const { result, pagination } = await call(this.operation, this.body, signal);
    return { fresh: result, older: pagination?.nextToken ?? null };
  }

  /** Takes what was loaded into the rows on the page. */
  take({ fresh, older }) {
    Object.assign(this, { latest: fresh, older });
    const merged = merge(this.rows, fresh, { idOf: this.idOf, hasMore: older !== null });
    Object.assign(this, merged);
  }

  showNew() {
    this.rows = this.latest;
    this.news = 0;
  }
}

/** A date field and its label. */
export const dateField = (id, name, label, value) =>
  h('div.field', h('label', { for: id }, label), h('input', { id, name, type: 'date', value }));

/** The form of the filters: applied on "Show" or Enter, by going to their address. */
export function filterForm(screen, fields, hint) {
  const form = h('form.filters', { 'data-key': 'filters', 'data-keep': true }, fields,
    h('div.buttons', h('button.button', { type: 'submit' }, 'Show'), ' ', h('a.button.quiet', { href: link([screen]) }, 'Clear')), hint);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const values = [...new FormData(form)].map(([name, value]) => [name, value.trim()]);
    location.hash = link([screen], Object.fromEntries(values));
  });
  return form;
}

/** "25 orders, received … to …", and the links to the newer and the older page. */
export function paging(page, query, { noun, verb, instantOf }) {
  const instants = page.rows.map(instantOf).filter(Boolean).sort();
  const [oldest, newest] = [instants[0], instants.at(-1)];
  const off = (text) => h('a.button', { role: 'link', 'aria-disabled': 'true', 'data-page': text.toLowerCase() }, text);
  const { after, ...filters } = Object.fromEntries(query);
  const path = [noun === 'file' ? 'files' : 'orders'];
  return h('div.paging', { 'data-key': 'paging' },
    h('p', count(page.rows.length, noun), oldest && [`, ${verb} `, time(oldest), oldest !== newest && [' to ', time(newest)]]),
    h('nav', { 'aria-label': 'Pages' },
      after ? h('a.button', { href: link(path, filters), 'data-do': 'newer', 'data-page': 'newer' }, 'Newer') : off('Newer'), ' ',
      page.older ? h('a.button', { href: link(path, { ...filters, after: page.older }), 'data-page': 'older' }, 'Older') : off('Older')));
}

/** An empty page: with a token there may be older ones. */
export function emptyList(page, query, noun, sought) {
  const { after, ...filters } = Object.fromEntries(query);
  const path = [`${noun}s`];
  if (page.older) {
    const older = { href: link(path, { ...filters, after: page.older }), text: `Search older ${noun}s` };
    return calm('None on this page', `Older ${noun}s have not been looked at yet.`, older);
  }
  return calm(`No ${noun}s match`, `${sought}.`, { href: link(path), text: 'Clear filters' });
}
