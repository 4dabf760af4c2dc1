// Calls the public API, and knows how this page is served.

/**
 * How the page is served: `mode` is `header` (a local stack without keys), `key` (the user brings one) or `proxy`
 * (whatever serves the page adds the credential). `apiBase` is a path of this origin; `tenant`, `token` and `server` may be null.
 */
export const config = { mode: 'key', apiBase: '/v1', tenant: null, token: null, server: null };

const TIMEOUT_MS = 30_000;
let credential = null;

export async function loadConfig() {
  const answer = await fetch(new URL('config.json', import.meta.url), { cache: 'no-store' });
  if (!answer.ok) throw new Error(`config.json: HTTP ${answer.status}`);
  Object.assign(config, await answer.json());
}

/** Sets who calls: `{tenant, key, user}`, or null. It is kept in memory only. */
export function setCredential(next) {
  credential = next;
}

/** An answer that is not a success. `code` is null where the answer is not the API's own. */
class ApiError extends Error {
  constructor({ code, short, detail, faults = [], status = 0, statusName = '', requestId = null, retryAfter = 0 }) {
    super(short);
    Object.assign(this, { code, short, detail, faults, status, statusName, requestId, retryAfter });
  }

  /** Whether the same call may succeed later. */
  get isTransient() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  /** Everything that support needs to know. */
  get text() {
    const status = this.status ? `HTTP ${this.status} ${this.statusName}`.trim() : null;
    return [this.short, this.detail, ...this.faults, [this.code, status].filter(Boolean).join(', '), this.requestId && `Request ${this.requestId}`]
      .filter(Boolean)
      .join('\n');
  }
}

function headers() {
  const all = { 'content-type': 'application/json', tenant: credential.tenant };
  if (config.mode === 'key') all.authorization = `Bearer ${credential.key}`;
  if (config.mode === 'header' && credential.user) all['x-user'] = credential.user;
  if (config.token) all['x-console-token'] = config.token;
  return all;
}

/** Calls an operation and returns `{result, pagination}`, or throws an `ApiError`. */
export async function call(operation, body, signal) {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  let answer;
  let envelope;
  try {
    answer = await fetch(`${config.apiBase}/card-order/${operation}`, {
      method: 'POST',
      headers: headers(),
      body: body && JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      cache: 'no-store',
      redirect: 'error',
    });
    envelope = await answer.json().catch(() => null);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError({ code: null, short: 'No answer', detail: 'The service could not be reached from this browser.' });
  }
  if (answer.ok && envelope && !envelope.exception) return envelope;
  throw refusal(answer, envelope?.exception);
}

function refusal(answer, exception) {
  const common = {
    status: answer.status,
    requestId: answer.headers.get('x-request-id'),
    retryAfter: Number(answer.headers.get('retry-after')) || 0,
  };
  if (!exception) {
    return new ApiError({ ...common, code: null, short: 'Unexpected answer', detail: 'The answer did not come from the API.', statusName: answer.statusText });
  }
  return new ApiError({
    ...common,
    code: exception.errorCode,
    short: exception.shortMessage,
    detail: exception.detailMessage,
    faults: exception.fieldError ?? [],
    statusName: title(exception.httpStatus ?? ''),
  });
}

/** BAD_REQUEST → Bad Request */
const title = (name) => name.toLowerCase().replaceAll('_', ' ').replace(/\b[a-z]/g, (letter) => letter.toUpperCase());

/** Returns what an operation answers, or null where there is no such thing. */
export async function find(operation, body, signal) {
  try {
    return (await call(operation, body, signal)).result;
  } catch (error) {
    // A name that cannot belong to such a thing (ORD001) is not found either.
    if (['ORD004', 'ORD006', 'ORD001'].includes(error.code)) return null;
    throw error;
  }
}
