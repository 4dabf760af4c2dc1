// Confirmations: a dialog that names the order and what will happen, and stays open with the API's words if it is refused.

import { ACTIONS, facts, perform } from './actions.js';
import { h } from './dom.js';
import { errorBanner } from './parts.js';

/**
 * Asks whether to do `name` with `order`, and does it. Returns what came of it, or null if the user went back. An error that
 * `isFatal` accepts closes the dialog and is thrown; any other is shown in it.
 */
export function confirm(name, order, isFatal) {
  const action = ACTIONS[name];
  const back = h('button.button', { type: 'button', autofocus: !action.asksReason }, action.back);
  const send = h(`button.button${action.look ?? '.primary'}`, { type: 'submit' }, (action.confirm ?? action.label)(order));
  const reason = action.asksReason && h('textarea', { id: 'reason', name: 'reason', rows: '3', required: true, autofocus: true });
  const banner = h('div', { hidden: true });
  const form = h('form', { method: 'dialog' },
    h('h2', { id: 'confirm-title' }, action.title(order)),
    h('dl.pairs', { id: 'confirm-order' }, facts(name, order).map(([label, text, tag]) => [h('dt', label), h('dd', tag ? h(tag, text) : text)])),
    h('p', { id: 'confirm-what' }, action.what(order)),
    reason && h('div.field', h('label', { for: 'reason' }, 'Reason (required)'), reason),
    banner,
    h('div.buttons', back, ' ', send));
  const dialog = h('dialog', { 'data-action': name, 'aria-labelledby': 'confirm-title', 'aria-describedby': 'confirm-order confirm-what' }, form);
  document.body.append(dialog);

  return new Promise((resolve, reject) => {
    let isSending = false;
    let result = null;
    const label = send.textContent;
    const mark = (sending) => {
      isSending = sending;
      send.textContent = sending ? action.sending : label;
      for (const button of [back, send]) {
        if (sending) button.setAttribute('aria-disabled', 'true');
        else button.removeAttribute('aria-disabled');
      }
    };
    const refuse = (error) => {
      banner.hidden = false;
      banner.replaceChildren(errorBanner(error, { level: 'h3', dismissible: false }));
      banner.scrollIntoView({ block: 'nearest' });
    };

    back.addEventListener('click', () => { if (!isSending) dialog.close(); });
    dialog.addEventListener('cancel', (event) => { if (isSending) event.preventDefault(); });
    dialog.addEventListener('close', () => { dialog.remove(); resolve(result); });
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      if (isSending) return;
      mark(true);
      banner.hidden = true;
      try {
        result = await perform(name, order, reason ? reason.value.trim() : undefined);
        dialog.close();
      } catch (error) {
        mark(false);
        if (!isFatal(error)) return refuse(error);
        reject(error);
        dialog.close();
      }
    });
    dialog.showModal();
  });
}
