// Updates the rows of a list in place: none moves under the pointer or the focus, and new ones wait until they are asked for.

/** Whether the user points at a table or has the focus in one. */
export const isInUse = () => Boolean(document.querySelector('main .sheet:hover, main .sheet :focus'));

/**
 * Returns `{rows, news}`: the rows to show, and how many new ones wait. `shown` are the rows on the page and `fresh` what
 * the API answers now. `hasMore` says that rows pushed out by new ones stand on the next page, so that they have not gone.
 */
export function merge(shown, fresh, { idOf, hasMore = false }) {
  if (!shown.length) return { rows: fresh, news: 0 };
  const known = new Set(shown.map(idOf));
  const news = fresh.filter((row) => !known.has(idOf(row)));
  const byId = new Map(fresh.map((row) => [idOf(row), row]));
  const lastFound = shown.findLastIndex((row) => byId.has(idOf(row)));
  const wasPushedOut = (at) => hasMore && news.length > 0 && at > lastFound;
  const merged = shown.map((row, at) => byId.get(idOf(row)) ?? (wasPushedOut(at) ? row : { ...row, isGone: true }));
  const rows = isInUse() ? merged : merged.filter((row) => !row.isGone);
  return rows.length ? { rows, news: news.length } : { rows: fresh, news: 0 };
}
