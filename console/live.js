// Refreshes the data of one screen every 5 seconds, stops while the tab is hidden, and says how old the data is.

import { h, icon, say } from './dom.js';
import { since, until } from './time.js';

/** A little less than 5 s, so that a change shows within 5 s, the call included. */
const EVERY_MS = 4_500;
const AFTER_FAILURE_MS = [10_000, 20_000, 60_000];

/** Whether the user has paused refreshing; it holds from screen to screen. */
let isPaused = false;

export class Live {
  /** `load` returns the data, `show` is called after each change, `hasEnded` says whether the data can still change. */
  constructor({ load, show, hasEnded }) {
    Object.assign(this, { load, show, hasEnded });
    this.abort = new AbortController();
    this.data = null;
    this.error = null;
    this.loadedAt = null;
    this.nextAt = null;
    this.failures = 0;
    this.cameBack = false;
    this.pending = null;
    this.state = null;
    document.addEventListener('visibilitychange', () => this.onVisibility(), { signal: this.abort.signal });
  }

  stop() {
    clearTimeout(this.timer);
    this.abort.abort();
  }

  /** Loads now. Returns when the data is shown, or the failure is. Calls at the same time share one load. */
  refresh() {
    clearTimeout(this.timer);
    this.pending ??= this.attempt().finally(() => { this.pending = null; });
    return this.pending;
  }

  /** Loads anew, even if a load is under way that may have begun before something was changed. */
  async refreshAfterChange() {
    await this.pending;
    await this.refresh();
  }

  async attempt() {
    const startedAt = Date.now();
    try {
      const data = await this.load(this.abort.signal);
      if (this.abort.signal.aborted) return;
      Object.assign(this, { data, error: null, failures: 0, loadedAt: Date.now(), cameBack: false });
      this.schedule(startedAt + EVERY_MS);
    } catch (error) {
      if (this.abort.signal.aborted) return;
      if (!error.text) console.error(error);
      this.error = error;
      const wait = AFTER_FAILURE_MS[Math.min(this.failures, AFTER_FAILURE_MS.length - 1)];
      this.failures += 1;
      this.nextAt = null;
      if (error.isTransient) this.schedule(Date.now() + (error.retryAfter ? error.retryAfter * 1000 : wait));
    }
    this.changed();
  }

  schedule(at) {
    clearTimeout(this.timer);
    const stays = isPaused || document.hidden || this.isFinal;
    this.nextAt = stays ? null : at;
    if (!stays) this.timer = setTimeout(() => this.refresh(), Math.max(0, at - Date.now()));
  }

  get isFinal() {
    return !this.error && this.data !== null && this.hasEnded(this.data);
  }

  onVisibility() {
    if (document.hidden) {
      clearTimeout(this.timer);
      this.nextAt = null;
    } else if (!isPaused && !this.isFinal) {
      this.cameBack = this.loadedAt !== null;
      this.changed();
      this.refresh();
    }
  }

  pause() {
    isPaused = true;
    clearTimeout(this.timer);
    this.nextAt = null;
    this.changed();
  }

  resume() {
    isPaused = false;
    this.changed();
    return this.refresh();
  }

  /** Shows the change, and has it said if it is one of the state. */
  changed() {
    const state = this.error ? 'Refresh failed' : isPaused ? 'Paused' : 'Live';
    if (this.state && this.state !== state) say(state);
    this.state = state;
    this.show();
  }

  /** The line at the right of every page title. `news` is the number of rows that wait to be shown. */
  view(news = 0) {
    const age = this.loadedAt && since(new Date(this.loadedAt).toISOString());
    const old = age && h('span', 'data is ', age, ' old');
    const button = (name, text) => h('button.button.quiet.compact', { type: 'button', 'data-do': name }, text);
    const waiting = news > 0 && button('show-new', `${news} new, show`);
    const line = (state, ...parts) => h('div.live', { 'data-live': state, 'data-key': 'live' }, ...parts);
    if (this.error) {
      const next = this.nextAt && ['next try in ', until(new Date(this.nextAt).toISOString())];
      const text = h('span', old && [...old.childNodes, next && ', '], next);
      return line('failed', icon('stuck', 'warn'), h('strong', old ? 'Refresh failed' : 'Not loaded'), ' ', text, ' ', button('try', 'Try now'));
    }
    if (this.loadedAt === null) return line('loading', h('span', 'Loading'));
    if (this.isFinal) return line('final', h('span', 'Ended; data is ', age, ' old'), ' ', button('try', 'Refresh'));
    if (isPaused) return line('paused', icon('paused'), h('strong', 'Paused'), ' ', old, ' ', waiting, button('resume', 'Resume'));
    if (this.cameBack) {
      return line('hidden', icon('paused'), h('strong', 'Paused while this tab was hidden'), ' ', h('span', ...old.childNodes, ', refreshing now'));
    }
    return line('live', icon('live', 'ok'), h('strong', 'Live'), ' ', h('span', 'updated ', age, ' ago'), ' ', waiting, button('pause', 'Pause'));
  }
}
