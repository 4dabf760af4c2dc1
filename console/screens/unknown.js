// An address that no screen has.

import { link } from '../address.js';
import { h } from '../dom.js';
import { calm } from '../parts.js';

export const unknown = () => ({
  loads: 'the screen',
  isStatic: true,
  title: () => 'No such screen',
  head: () => h('h1', { tabindex: '-1' }, 'No such screen'),
  load: async () => true,
  hasEnded: () => true,
  body: () => [calm('This address leads nowhere', 'It may have been cut off when it was copied.', { href: link([]), text: 'Go to what needs attention' })],
});
