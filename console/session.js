// Who is signed in. Nothing of it is stored: a reload or a closed tab forgets it.

import { call, config, setCredential } from './api.js';

/** What `caller` says of the credential, or null. */
export let caller = null;

/** Signs in, or throws an `ApiError`. */
export async function signIn(credential) {
  setCredential(credential);
  try {
    caller = (await call('caller', null)).result;
  } catch (error) {
    signOut();
    throw error;
  }
}

export function signOut() {
  caller = null;
  setCredential(null);
}

export const may = (scope) => caller.scopes?.includes(scope) ?? false;

/** Whether the page knows who calls without asking. */
export const isGiven = () => config.mode === 'proxy' && Boolean(config.tenant);
