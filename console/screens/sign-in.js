// Sign-in: the tenant and a key, or on a local stack without keys a user name. Both stay in the memory of this tab.

import { config } from '../api.js';
import { h } from '../dom.js';
import { signIn } from '../session.js';
import { cell, row, rowHead, sheet, table } from '../table.js';

const SCOPES = [
  ['read', 'See orders, files, history and what needs attention'],
  ['operations', 'Process now, check status'],
  ['orders', 'Cancel an order'],
  ['approvals', 'Approve or reject an order that someone else placed'],
];

/** The tenant that was signed in last, so that a refused key need not ask for it again. */
let lastTenant = null;

/** Shows the form in `main`; `error` is why the last credential was refused. Calls `then` once signed in. */
export function askWho(main, { error, moveFocus, then }) {
  const asksKey = config.mode === 'key';
  const asksTenant = !(config.mode === 'proxy' && config.tenant);
  const tenant = field('tenant', 'Tenant', { value: lastTenant ?? config.tenant ?? '', autocomplete: 'organization', spellcheck: 'false', autocapitalize: 'off' });
  const secret = asksKey
    ? field('key', 'Key', { type: 'password', autocomplete: 'off', spellcheck: 'false' })
    : config.mode === 'header' && field('user', 'User name, shown in the history (optional)', { autocomplete: 'off', spellcheck: 'false', autocapitalize: 'off' });
  const fault = h('p.fault', { id: 'sign-in-fault', role: 'alert' });
  const submit = h('button.button.primary', { type: 'submit' }, 'Sign in');
  const form = h('form.sign-in', { 'data-mode': config.mode },
    asksTenant && tenant, secret, submit, fault,
    h('p.hint', { id: 'sign-in-hint' }, hint()));
  const inputs = [...form.querySelectorAll('input')];
  const last = inputs.at(-1);
  last?.setAttribute('aria-describedby', 'sign-in-fault sign-in-hint');

  const refuse = (text) => {
    fault.textContent = text;
    fault.hidden = !text;
    if (text) last?.setAttribute('aria-invalid', 'true');
    else last?.removeAttribute('aria-invalid');
  };
  refuse(error ? words(error) : '');

  let isSending = false;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (isSending) return;
    const value = (name) => form.elements[name]?.value.trim() ?? '';
    const credential = { tenant: asksTenant ? value('tenant') : config.tenant, key: value('key'), user: value('user') };
    const empty = inputs.find((input) => input.name !== 'user' && !input.value.trim());
    if (empty) {
      refuse(`${empty.name === 'key' ? 'Key' : 'Tenant'} is required`);
      return empty.focus();
    }
    // Anything else cannot stand in a header.
    if (!/^[\x20-\x7e]*$/.test(Object.values(credential).join(''))) return refuse('Only plain ASCII characters can be sent');
    isSending = true;
    submit.setAttribute('aria-disabled', 'true');
    try {
      await signIn(credential);
      lastTenant = credential.tenant;
      then();
    } catch (refusal) {
      refuse(words(refusal));
      last?.select();
    } finally {
      isSending = false;
      submit.removeAttribute('aria-disabled');
    }
  });

  main.replaceChildren(
    h('div.page-head', h('div', h('h1', { tabindex: '-1' }, 'Sign in'), h('p', 'To see and move card orders of one tenant'))),
    h('section.box.slim', { 'aria-label': 'Sign in' }, form),
    asksKey && scopes() || '');
  if (moveFocus) main.querySelector('h1').focus();
  else (inputs.find((input) => !input.value) ?? inputs[0])?.focus();
}

const field = (name, label, attributes) => h('div.field', h('label', { for: name }, label), h('input', { id: name, name, ...attributes }));

function hint() {
  if (config.mode === 'header') return 'This local stack asks for no key. The user name counts as who acts: nobody approves their own order.';
  if (config.mode === 'proxy') return 'The server of this page adds the key; the browser never sees it.';
  return 'The key stays in the memory of this tab. Reload or close the tab and it is gone.';
}

const words = (error) => (error.short ? `${error.short}. ${error.detail}${error.code ? ` (${error.code})` : ''}` : error.message);

const scopes = () => h('section.slim', { 'aria-labelledby': 'scopes-title' },
  h('div.section-head', h('h2', { id: 'scopes-title' }, 'What a key allows')),
  sheet(table('.plain', {
    columns: ['Scope', 'In this console'],
    rows: SCOPES.map(([scope, text]) => row(scope, rowHead('', h('code', scope)), cell('', text))),
  })));
