/**
 * The one stream to the gateways, for all who share it: opened with what they want together, changed
 * while it runs, and opened anew, after the cursor, where it has to be.
 *
 * @typedef {import("./types.js").Wish} Wish
 *
 * @typedef {object} Change of a running stream, as PATCH takes it
 * @property {string[]} add
 * @property {string[]} drop
 * @property {Wish["bars"]} [bars]
 * @property {string[] | null} [bars_of] null: the symbols of the stream
 */

import { amendAddress, streamAddress } from "./address.js";
import { backOff } from "./backoff.js";
import { Line } from "./line.js";
import { ask, passes } from "./refusal.js";
import { sameBars, selector } from "./wish.js";

/** ms in which changes are gathered. */
const MOMENT = 50;

/** Attempts to change a running stream that time may mend. */
const ATTEMPTS = 3;

/** Symbols in one change: gateways read 64 KiB, and a symbol takes up to 35 bytes. */
const MOST = 1_500;

/** ms: the first wait between them. */
const FIRST_PAUSE = 500;

/** ms that a change may take to show in the stream once it was accepted. */
const EFFECT = 10_000;

export class Trunk {
  #url;
  #replica;
  #deliver;
  #line;
  /** @type {Wish} */
  #wish = { symbols: [], interval: 0, bars: [] };
  #running = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #due;
  /** The change under way; it ends with the connection.
   * @type {AbortController | undefined} */
  #amending;
  /** Called when a change shows in the stream.
   * @type {(() => void) | undefined} */
  #shown;
  /** The cursor must not be used: the stream could not be changed, and begins anew. */
  #anew = false;
  /** The wish for which it last did. */
  #renewed = "";
  /** A wish that the gateways would not have. */
  #declined = "";

  /**
   * @param {string} url
   * @param {import("./replica.js").Replica} replica
   * @param {(name: string, text: string, lastEventId: string) => void} deliver events to all replicas
   */
  constructor(url, replica, deliver) {
    this.#url = url;
    this.#replica = replica;
    this.#deliver = deliver;
    this.#line = new Line({
      address: () => this.#address(),
      onEvent: (name, text, lastEventId) => this.#hear(name, text, lastEventId),
      onState: (change) => deliver("line", JSON.stringify(change), ""),
    });
  }

  /**
   * Change what is wanted.
   *
   * @param {Wish} wish
   */
  want(wish) {
    if (JSON.stringify(wish) === JSON.stringify(this.#wish)) return;
    this.#wish = wish;
    this.#review();
  }

  start() {
    this.#running = true;
    this.#line.open();
  }

  stop() {
    this.#running = false;
    clearTimeout(this.#due);
    this.#due = undefined;
    this.#endChange();
    this.#line.close();
  }

  hurry() {
    if (this.#running) this.#line.hurry();
  }

  look() {
    if (this.#running) this.#line.look();
  }

  wake() {
    if (this.#running) this.#line.wake();
  }

  #address() {
    this.#endChange();
    const { cursor, coverage } = this.#replica;
    const wanted = selector(this.#wish.symbols);
    // After a cursor comes only what is new: who lacks a snapshot must be added behind it.
    const covered = coverage.symbols.filter(wanted);
    const goesOn = !this.#anew && cursor !== "" && covered.length > 0;
    const wish = goesOn ? { ...this.#wish, symbols: covered } : this.#wish;
    const { address, said } = streamAddress(this.#url, wish, goesOn ? cursor : "");
    const rest = this.#wish.symbols;
    this.#deliver("opening", JSON.stringify({ ...said, goesOn, rest }), "");
    return address;
  }

  /**
   * @param {string} name
   * @param {string} text
   * @param {string} lastEventId
   */
  #hear(name, text, lastEventId) {
    this.#deliver(name, text, lastEventId);
    if (name === "symbols") this.#shown?.();
    if (name !== "hello") return;
    this.#anew = false;
    this.#declined = "";
    this.#review();
  }

  /** Soon compare what is wanted with what the stream was asked for. */
  #review() {
    if (!this.#running || this.#due) return;
    this.#due = setTimeout(() => {
      this.#due = undefined;
      this.#compare();
    }, MOMENT);
  }

  #compare() {
    const { line, asked } = this.#replica;
    if (!this.#running || line.link === "waiting") return;
    // A stream that is refused may be taken with another wish.
    if (line.link === "refused" || asked.interval !== this.#wish.interval) this.#line.open();
    else if (this.#line.isOpen && !this.#amending) {
      const change = this.#change();
      if (change && this.#declined !== JSON.stringify(this.#wish)) void this.#amend(line.stream, change);
    }
  }

  /** @returns {Change | undefined} the next one; others may follow */
  #change() {
    const { coverage, asked } = this.#replica;
    if (!sameBars(asked, this.#wish)) {
      return { add: [], drop: [], bars: this.#wish.bars, bars_of: this.#wish.barsOf ?? null };
    }
    const has = new Set(coverage.asked);
    const wants = new Set(this.#wish.symbols);
    const drop = [...has].filter((symbol) => !wants.has(symbol)).slice(0, MOST);
    const add = this.#wish.symbols.filter((symbol) => !has.has(symbol)).slice(0, MOST - drop.length);
    return add.length || drop.length ? { add, drop } : undefined;
  }

  /**
   * @param {string} stream
   * @param {Change} change
   */
  async #amend(stream, change) {
    const wish = this.#wish;
    const amending = new AbortController();
    this.#amending = amending;
    const { signal } = amending;
    const shown = new Promise((resolve) => (this.#shown = () => resolve(true)));
    const { status, detail } = await this.#send(stream, change, signal);
    if (signal.aborted) return;
    if (status === 200) {
      if (change.bars) this.#deliver("bars", JSON.stringify({ bars: wish.bars, barsOf: wish.barsOf }), "");
      const expected = change.add.length + change.drop.length > 0;
      const effect = !expected || (await Promise.race([shown, pause(EFFECT, signal)]));
      if (signal.aborted) return;
      this.#amending = undefined;
      if (!effect) {
        this.#reopen();
        return;
      }
      this.#renewed = "";
      this.#declare(0, "");
      this.#review();
      return;
    }
    this.#amending = undefined;
    // It would refuse the whole stream with the same words: better the one that runs.
    if ([400, 401, 403, 413, 422].includes(status)) {
      this.#declined = JSON.stringify(wish);
      this.#declare(status, detail);
      this.#review();
    } else {
      this.#reopen();
    }
  }

  /**
   * @param {string} stream
   * @param {Change} change
   * @param {AbortSignal} signal
   */
  async #send(stream, change, signal) {
    for (let attempt = 0; ; attempt += 1) {
      const answer = await ask(amendAddress(this.#url, stream), signal, {
        method: "PATCH",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(change),
      });
      // The same change twice is the same as once.
      const again = passes(answer.status) && attempt + 1 < ATTEMPTS;
      if (!again || signal.aborted) return answer;
      await pause(backOff(attempt, Math.random(), FIRST_PAUSE, answer.retryAfter), signal);
    }
  }

  /** Begin anew with all that is wanted, unless that was just done and did not help. */
  #reopen() {
    const wish = JSON.stringify(this.#wish);
    if (this.#renewed === wish) {
      this.#declined = wish;
      this.#declare(0, "some symbols cannot be added to the stream");
      return;
    }
    this.#renewed = wish;
    this.#anew = true;
    this.#line.open();
  }

  #endChange() {
    this.#amending?.abort();
    this.#amending = undefined;
    this.#shown = undefined;
  }

  /**
   * @param {number} status
   * @param {string} detail
   */
  #declare(status, detail) {
    const { line } = this.#replica;
    if (line.status === status && line.detail === detail) return;
    this.#deliver("line", JSON.stringify({ status, detail }), "");
  }
}

/**
 * Return false after `ms`, or earlier where it is aborted.
 *
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>}
 */
function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve(false);
    });
  });
}
