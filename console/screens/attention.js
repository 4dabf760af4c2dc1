// Needs attention: the six groups of `attention`, each row with its reason and one action.

import { fileLink, link, orderLink } from '../address.js';
import { call } from '../api.js';
import { ACTIONS } from '../actions.js';
import { h, icon } from '../dom.js';
import { sentence } from '../faults.js';
import { calm, chips, goLink } from '../parts.js';
import { isInUse, merge } from '../rows.js';
import { may } from '../session.js';
import { countText, showCount } from '../shell.js';
import { cell, row, rowHead, sheet, table } from '../table.js';
import { clock, count, daysAgo, since, time } from '../time.js';

const ROWS = 10;
const ROWS_MAX = 50;

const GROUPS = {
  ON_HOLD: {
    id: 'on-hold', name: 'On hold', shape: 'hold', tone: 'warn', action: 'check',
    about: 'The service has stopped trying. Nothing moves until someone acts.',
    from: (item) => [item.statusSince, 'since '],
  },
  STUCK: {
    id: 'stuck', name: 'Stuck', shape: 'stuck', tone: 'warn', action: 'check',
    about: 'With the CMS for more than 15 minutes, or sent three times, without an answer. Retried automatically.',
    from: (item) => [item.statusSince, 'since '],
  },
  LATE: {
    id: 'late', name: 'Late', shape: 'late', tone: 'warn', action: 'process',
    about: 'Due, but not picked up for more than 5 minutes.',
    from: (item) => [item.scheduledAt ?? item.receivedAt, 'due '],
  },
  FAILED: {
    id: 'failed', name: 'Failed', shape: 'failed', tone: 'danger', tile: 'Failed, 7 days',
    about: 'In the last 7 days. An order that failed stays as it is; order the missing cards again.',
    from: (item) => [item.statusSince],
    all: () => link(['orders'], { status: 'FAILED', from: daysAgo(7) }),
  },
  INVALID_FILE: {
    id: 'invalid-files', name: 'Invalid files', shape: 'file', tone: 'danger', tile: 'Invalid files, 7 days', isFile: true,
    about: 'In the last 7 days. No order can use them.',
    from: (item) => [item.receivedAt],
    all: () => link(['files'], { status: 'INVALID', from: daysAgo(7) }),
  },
  AWAITING_APPROVAL: {
    id: 'awaiting-approval', name: 'Awaiting approval', shape: 'approval', tone: 'review',
    about: 'Nothing is sent before someone other than the maker approves.',
    from: (item) => [item.receivedAt, 'since '],
  },
};

const idOf = (item) => item.cardOrderId ?? item.fileName;
const firstSentence = (text) => text?.split(/(?<=[.!?])\s+(?=\p{Lu})/u)[0];
const countOf = (group) => `${group.count}${group.more ? '+' : ''}`;

export function attention(query) {
  const expanded = query.get('all');
  let shown = new Map();                                    // kind → the rows on the page
  let takeNew = false;
  let outcome = null;

  const screen = {
    nav: 'attention',
    loads: 'what needs attention',
    news: 0,
    title: (groups) => `Needs attention${groups ? ` (${countText(groups) ?? 0})` : ''}`,
    load: async (signal) => (await call('attention', { limit: expanded ? ROWS_MAX : ROWS }, signal)).result,

    head: (groups) => [h('h1', { tabindex: '-1' }, 'Needs attention'), h('p', groups ? summary(groups) : ' ')],

    body(groups) {
      if (!groups) return [];
      showCount(countText(groups));
      takeRows(groups);
      const parts = groups.filter((group) => shown.get(group.kind)?.length).map(section);
      return [h('nav', { 'aria-label': 'Groups', 'data-key': 'tiles' }, h('ul.tiles', groups.map(tile))), ...(parts.length ? parts : [nothing(screen.live)])];
    },

    stays: ({ path, query: next }) => !path.length && (next.get('all') === expanded) && next.get('tz') === query.get('tz'),
    arrive({ query: next }) {
      const heading = document.getElementById(`${next.get('group')}-title`);
      heading?.focus({ preventScroll: true });
      heading?.scrollIntoView();
    },
    showNew() { takeNew = true; },
    orderOf: (id) => subject([...shown.values()].flat().find((item) => idOf(item) === id)),
    showOutcome(id, what) { outcome = { id, ...what, at: Date.now() }; },
  };

  function takeRows(groups) {
    screen.news = 0;
    const next = new Map();
    for (const { kind, rows } of groups) {
      const fresh = expanded && expanded !== GROUPS[kind]?.id ? rows.slice(0, ROWS) : rows;
      const before = shown.get(kind) ?? [];
      // What needs attention is shown at once, unless that would move a row under the pointer or the focus.
      const isFree = !shown.size || takeNew || !isInUse();
      const merged = isFree ? { rows: fresh, news: 0 } : before.length ? merge(before, fresh, { idOf }) : { rows: [], news: fresh.length };
      next.set(kind, merged.rows);
      screen.news += merged.news;
    }
    shown = next;
    takeNew = false;
  }

  function tile(group) {
    const { id, name, tile: label, shape, tone } = GROUPS[group.kind] ?? unknownGroup(group.kind);
    const isEmpty = group.count === 0;
    return h('li', { class: isEmpty && 'none', 'data-key': group.kind },
      h('a', { href: !isEmpty && link([], { all: expanded, group: id }), 'data-do': !isEmpty && 'group' },
        h('span.tile-count', icon(shape, isEmpty ? 'neutral' : tone), countOf(group)), h('span.tile-label', label ?? name)));
  }

  function section(group) {
    const kind = GROUPS[group.kind] ?? unknownGroup(group.kind);
    const rows = shown.get(group.kind);
    return h('section.group', { id: kind.id, 'aria-labelledby': `${kind.id}-title`, 'data-key': group.kind },
      h('div.group-head',
        h('h2', { id: `${kind.id}-title`, tabindex: '-1' }, icon(kind.shape, kind.tone), `${kind.name} `, h('span.count', countOf(group))),
        h('p', kind.about),
        allLink(group, kind, rows.length)),
      sheet(table('.attention.stack', {
        widths: ['.c-order', '.c-age', '', '.c-next'],
        hideHead: true,
        columns: [kind.isFile ? 'File' : 'Order', 'Age', 'Why', 'Next action'],
        rows: rows.map((item) => (kind.isFile ? fileRow : orderRow)(item, kind)),
      })));
  }

  function allLink(group, kind, onPage) {
    if (group.count <= onPage && !group.more) return null;
    if (expanded === kind.id && !kind.all) return h('p', `The first ${onPage}`);
    return h('a', { href: kind.all?.() ?? link([], { all: kind.id, group: kind.id }) }, `All ${countOf(group)} ${kind.name.toLowerCase()}`);
  }

  const age = ([instant, label]) => cell('.age', since(instant), ' ', h('span.second', label, time(instant, label ? 'near' : 'short')));

  const orderRow = (item, kind) => row(item.cardOrderId,
    rowHead('', h('a.mono', { href: orderLink(item.cardOrderId) }, item.cardOrderId), ' ',
      h('span.second', `${item.branchId} · ${count(item.quantity, 'card')}`), item.isGone && chips({ isGone: true })),
    age(kind.from(item)),
    cell('.row-full', firstSentence(item.explanation)),
    cell('.next.row-full', nextAction(item, kind)));

  function nextAction(item, kind) {
    const id = item.cardOrderId;
    if (kind.id === 'awaiting-approval') return goLink(orderLink(id), 'Review', id);
    const said = outcome?.id === id && h('p.small', { tabindex: '-1', 'data-outcome': true }, `${outcome.title}, ${clock(outcome.at)}`);
    if (item.isGone || !kind.action || !may(ACTIONS[kind.action].scope)) return [said, goLink(orderLink(id), 'Open order', id)];
    const wasJustDone = said && (screen.live.loadedAt ?? 0) < outcome.at;
    return [said, !wasJustDone && h('button.button.compact', { type: 'button', 'data-do': 'act', 'data-action': kind.action, 'data-order': id },
      ACTIONS[kind.action].label(), h('span.vh', ` of ${id}`))];
  }

  const fileRow = (item, kind) => row(item.fileName,
    rowHead('', h('a.mono', { href: fileLink(item.fileName, item.receivedAt) }, item.fileName), ' ',
      h('span.second', item.cardOrderId ? `used by ${item.cardOrderId}` : 'used by no order'), item.isGone && chips({ isGone: true })),
    age(kind.from(item)),
    cell('.row-full', sentence(item.firstFault ?? '')),
    cell('.next.row-full', goLink(fileLink(item.fileName, item.receivedAt), 'See faults', item.fileName)));

  return screen;
}

function summary(groups) {
  const text = countText(groups);
  if (!text) return 'Nothing is waiting for a person.';
  const oldest = groups.find((group) => group.kind === 'ON_HOLD')?.rows[0];
  return [`${text} ${text === '1' ? 'item' : 'items'}.`, oldest && [' The oldest order on hold has been pending for ', since(oldest.statusSince), '.']];
}

const nothing = (live) => calm('Nothing needs attention',
  ['All six checks came back empty at ', time(new Date(live.loadedAt).toISOString(), 'clock'), '.'],
  { href: link(['orders'], { status: 'PENDING' }), text: 'See pending orders' }, icon('success', 'ok'));

/** A group that this page does not know is shown by its own name. */
const unknownGroup = (kind) => ({ id: kind.toLowerCase(), name: kind, shape: 'info', tone: 'neutral', about: '', from: (item) => [item.statusSince ?? item.receivedAt] });

const subject = (item) => ({
  id: item.cardOrderId, branchId: item.branchId, branchName: null, cards: item.quantity, status: item.status,
  onHold: item.onHold, approval: item.approval, scheduledAt: item.scheduledAt, fileName: null, maker: null,
});
