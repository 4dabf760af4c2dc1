// The address of a screen: everything that it shows is in the hash, never a key.

/** Returns `{path: ['orders', 'ID'], query}` of a hash like `#/orders/ID?tz=utc`. */
function parse(hash) {
  const [path, query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  return { path: path.split('/').filter(Boolean).map(decode), query: new URLSearchParams(query) };
}

/** What cannot be decoded was typed by hand: it is looked up as it is. */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export const current = () => parse(location.hash);
export const isUtc = () => current().query.get('tz') === 'utc';

/** Makes a link: `link(['orders', id], {status: 'FAILED'})`. Empty parameters are left out; the time zone is kept. */
export function link(path, parameters = {}, utc = isUtc()) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value) query.set(name, value);
  if (utc) query.set('tz', 'utc');
  const text = query.toString();
  return `#/${path.map(encodeURIComponent).join('/')}${text && `?${text}`}`;
}

export const orderLink = (id) => link(['orders', id]);

/** `receivedAt` finds the file's row in the list, which alone knows the order that uses it. */
export const fileLink = (name, receivedAt) => link(['files', name], { at: receivedAt });

/** The same screen in the other time zone; from the first page, since the days that a page was made for begin at other instants. */
export function zoneSwitch() {
  const { path, query } = current();
  const { tz, after, ...others } = Object.fromEntries(query);
  return link(path, others, tz !== 'utc');
}

/** Goes to an address without a new entry in the history. */
export function replace(hash) {
  location.replace(hash);
}

const withoutPage = (hash) => {
  const { path, query } = parse(hash);
  query.delete('after');
  return link(path, Object.fromEntries(query));
};

let last = null;

/** Notes in the history entry which address it was reached from. To be called on each change of the hash. */
export function noteArrival() {
  if (history.state === null) history.replaceState({ from: last }, '');
  last = location.hash;
}

/** Goes to the newer page: back, if the older one was reached from there, and else to the first. */
export function goNewer() {
  const first = withoutPage(location.hash);
  const from = history.state?.from;
  if (from && withoutPage(from) === first) history.back();
  else location.hash = first;
}
