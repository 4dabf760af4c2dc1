// Which screen an address opens.

import { attention } from './attention.js';
import { file } from './file.js';
import { files } from './files.js';
import { find } from './find.js';
import { order } from './order.js';
import { orders } from './orders.js';
import { unknown } from './unknown.js';

export function screenFor({ path, query }) {
  const [name, item, ...rest] = path;
  if (rest.length) return unknown();
  if (!name) return attention(query);
  if (name === 'orders') return item ? order(item) : orders(query);
  if (name === 'files') return item ? file(item, query.get('at')) : files(query);
  if (name === 'find' && !item) return find(query.get('q') ?? '');
  return unknown();
}
