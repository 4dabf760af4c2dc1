// Writes instants, ages and dates, in the browser's time zone or in UTC, and numbers.

import { h } from './dom.js';
import { isUtc } from './address.js';

const LOCALE = 'en-GB';
const DAY = 86_400_000;
const BROWSER_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const formats = new Map();

const zone = () => (isUtc() ? 'UTC' : BROWSER_ZONE);

function format(options) {
  const key = zone() + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(LOCALE, { timeZone: zone(), hourCycle: 'h23', ...options }));
  return formats.get(key);
}

const TIME = { hour: '2-digit', minute: '2-digit' };
const SECONDS = { ...TIME, second: '2-digit' };
const DATE = { day: 'numeric', month: 'short' };
const YEAR = { ...DATE, year: 'numeric' };

/** 1,500 */
export const number = (value) => (typeof value === 'number' ? new Intl.NumberFormat(LOCALE).format(value) : '–');

/** "1 card", "2,500 cards" */
export const count = (value, noun) => `${number(value)} ${noun}${value === 1 ? '' : 's'}`;

/** "03:12:31" */
export const clock = (instant) => format(SECONDS).format(new Date(instant));

/** "24 Nov 2026" */
const date = (instant) => format(YEAR).format(new Date(instant));

/** "24 Nov, 21:40", with the year where it is not the current one. */
function short(instant) {
  const isThisYear = format({ year: 'numeric' }).format(instant) === format({ year: 'numeric' }).format(new Date());
  return format({ ...(isThisYear ? DATE : YEAR), ...TIME }).format(instant);
}

/** "24 Nov 2026, 22:51:19" */
export const full = (instant) => format({ ...YEAR, ...SECONDS }).format(new Date(instant));

const STYLES = {
  short,
  full,
  date,
  clock,
  /** Only the time of day within the last or next day. */
  near: (instant) => (Math.abs(Date.now() - instant) < DAY ? format(TIME).format(instant) : short(instant)),
};

/** A `<time>` element; its `datetime` is in UTC. Text that is no instant is shown as it is. */
export function time(instant, style = 'short') {
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return h('span', String(instant ?? '–'));
  return h('time', { datetime: at.toISOString().replace('.000Z', 'Z') }, STYLES[style](at));
}

/** "12 s", "26 min", "4 h 20 min", "1 d 16 h" */
function span(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return hours % 24 ? `${Math.floor(hours / 24)} d ${hours % 24} h` : `${Math.floor(hours / 24)} d`;
}

/** How long ago something was; counts up by itself. */
export const since = (instant) => h('span', { 'data-since': instant, 'aria-live': 'off' }, span(Date.now() - Date.parse(instant)));

/** How long until something is; counts down by itself. */
export const until = (instant) => h('span', { 'data-until': instant, 'aria-live': 'off' }, span(Date.parse(instant) - Date.now()));

/** Lets every `since` and `until` on the page count. */
export function countOn() {
  for (const element of document.querySelectorAll('[data-since], [data-until]')) {
    const { since: from, until: to } = element.dataset;
    const text = from ? span(Date.now() - Date.parse(from)) : span(Date.parse(to) - Date.now());
    if (element.textContent !== text) element.textContent = text;
  }
}

export const isPast = (instant, by = 0) => Date.parse(instant) + by <= Date.now();

/** Returns the first and last instant of the days in two date fields, or null where there is none. */
export function bounds(from, to) {
  const start = (text, days) => {
    const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text ?? '') ?? [];
    if (!year) return null;
    const [y, m, d] = [Number(year), Number(month) - 1, Number(day) + days];
    return new Date(isUtc() ? Date.UTC(y, m, d) : new Date(y, m, d).getTime());
  };
  const end = start(to, 1);
  return { from: start(from, 0), to: end && new Date(end.getTime() - 1) };
}

/** "17 to 25 Nov 2026", "from 17 Nov 2026", "to 25 Nov 2026", or null. */
export function days(from, to) {
  const bound = bounds(from, to);
  if (bound.from && bound.to && bound.from <= bound.to) {
    return format(YEAR).formatRange(bound.from, bound.to).replace(/\s*–\s*/, ' to ');
  }
  return [bound.from && `from ${date(bound.from)}`, bound.to && `to ${date(bound.to)}`].filter(Boolean).join(' ') || null;
}

/** The date field's value for so many days ago. */
export function daysAgo(days) {
  const day = format({ year: 'numeric', month: '2-digit', day: '2-digit' }).formatToParts(Date.now() - days * DAY);
  return ['year', 'month', 'day'].map((name) => day.find((part) => part.type === name).value).join('-');
}

/** Each region's English knows the short names of its own zones only. */
const REGIONS = ['en-GB', 'en-IN', 'en-US', 'en-AU', 'en-NZ', 'en-ZA'];

function namedZone(locale, timeZoneName, instant) {
  const parts = new Intl.DateTimeFormat(locale, { timeZone: zone(), timeZoneName }).formatToParts(new Date(instant));
  return parts.find((part) => part.type === 'timeZoneName').value;
}

/** "IST", or "UTC+04:00" where the zone has no short name. */
export function zoneLabel(instant = Date.now()) {
  const short = REGIONS.map((locale) => namedZone(locale, 'short', instant)).find((name) => !/^(GMT|UTC)[+-]/.test(name));
  return short ?? zoneOffset(instant);
}

const zoneOffset = (instant) => namedZone(LOCALE, 'longOffset', instant).replace('GMT', 'UTC');

/** "IST (UTC+05:30)" */
export function zoneName(instant = Date.now()) {
  const [label, offset] = [zoneLabel(instant), zoneOffset(instant)];
  return label === 'UTC' ? label : `${label === offset ? zone() : label} (${offset})`;
}

export const isBrowserUtc = BROWSER_ZONE === 'UTC' || BROWSER_ZONE === 'Etc/UTC';
