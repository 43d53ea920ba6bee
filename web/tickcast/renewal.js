/** When the token of a running stream is renewed, and what happens if it cannot be: the stream itself goes on. */

import { pause } from "./patch.js";

/** ms before a token expires when it is renewed; of one that lives shortly, half of its time. */
const AHEAD = 60_000;

/** ms between two renewals by a clock that is wrong. */
const RARELY = 30_000;

/** Most ms that a timer of a browser can wait. */
const LONGEST = 2 ** 31 - 1;

/** ms between two attempts, and until a token is renewed, at least. */
const PAUSE = 1_000;

/** In place of a status: there is no newer token yet. */
const SAME = 304;

/**
 * @typedef {object} Renewing
 * @property {import("./credentials.js").Credentials} credentials
 * @property {(token: string, signal: AbortSignal) => Promise<import("./refusal.js").Reply>} send shows a gateway the
 *   new token of the running stream
 * @property {() => void} onTaken called when the gateway has taken the new token: what it refused it may allow now
 * @property {() => void} reopen opens a new stream where this one was: the new token may mean other rights
 */

export class Renewal {
  #renewing;
  /** @type {AbortController | undefined} */
  #running;

  /** @param {Renewing} renewing */
  constructor(renewing) {
    this.#renewing = renewing;
  }

  /** A stream is open. */
  begin() {
    this.end();
    if (this.#renewing.credentials.expires) this.#start(false);
  }

  /** There is another token: show it now, in place of any renewal under way. The stream has to be open. */
  hurry() {
    this.end();
    if (this.#renewing.credentials.hasTokens) this.#start(true);
  }

  /** The stream has ended. */
  end() {
    this.#running?.abort();
    this.#running = undefined;
  }

  /** @param {boolean} now */
  #start(now) {
    this.#running = new AbortController();
    void this.#run(this.#running.signal, now);
  }

  /**
   * @param {AbortSignal} signal
   * @param {boolean} now
   */
  async #run(signal, now) {
    const { credentials, reopen } = this.#renewing;
    let pauseAfter = PAUSE;
    for (let first = now; !signal.aborted && (first || credentials.expires); first = false) {
      const left = credentials.expires - Date.now();
      const wait = first ? 0 : Math.max(pauseAfter, left - Math.min(AHEAD, left / 2));
      if (wait) await pause(Math.min(wait, LONGEST), signal);
      if (signal.aborted) return;
      if (wait > LONGEST) continue;
      const status = await this.#renew(signal);
      if (signal.aborted) return;
      // By a clock that is ahead, every token has expired: then they are renewed now and then.
      pauseAfter = (status === 200 || status === SAME) && credentials.expires <= Date.now() ? RARELY : PAUSE;
      // The gateway will not have the new token for this stream. Else the old one may still be good for a while.
      if (status === 403 || status === 404) {
        reopen();
        return;
      }
    }
  }

  /**
   * Return the status of the answer; SAME: nothing to ask; 0: there was none, or no token.
   *
   * @param {AbortSignal} signal
   */
  async #renew(signal) {
    const { credentials, send, onTaken } = this.#renewing;
    try {
      const shown = await credentials.renew();
      if (signal.aborted) return 0;
      // The stream goes by this one already: there is no newer one yet.
      if (shown.token === credentials.token) return SAME;
      const { status } = await send(shown.token, signal);
      // A stream that has been opened meanwhile goes by a token of its own; one that was refused changes nothing.
      if (status === 200 && !signal.aborted) {
        credentials.adopt(shown);
        onTaken();
      }
      return status;
    } catch {
      return 0;
    }
  }
}
