// Starts the console: reads how it is served, asks who calls, and opens the screen of the address.

import { show, whenSignedOut } from './app.js';
import { config, loadConfig } from './api.js';
import { h, icon } from './dom.js';
import { askWho } from './screens/sign-in.js';
import * as session from './session.js';
import * as shell from './shell.js';
import { countOn } from './time.js';

const main = document.getElementById('main');

function enter(moveFocus) {
  shell.show(true);
  show(moveFocus);
}

function signInScreen(error, moveFocus) {
  shell.show(false);
  shell.title('Sign in');
  askWho(main, { error, moveFocus, then: () => enter(true) });
}

function sayBroken(error) {
  shell.title('Not started');
  main.replaceChildren(h('section.box.calm', icon('failed', 'danger'), h('h1', 'The console could not start'), h('p', error.message)));
}

whenSignedOut((error) => signInScreen(error, true));
window.addEventListener('hashchange', () => { if (session.caller) show(); });
setInterval(countOn, 1_000);

try {
  await loadConfig();
  if (session.isGiven()) {
    await session.signIn({ tenant: config.tenant }).then(() => enter(false), (error) => signInScreen(error, false));
  } else {
    signInScreen(null, false);
  }
} catch (error) {
  sayBroken(error);
}
