/**
 * The one stream to the gateways, for all who share it: opened with what they want together, changed
 * while it runs, and opened anew, after the cursor, where it has to be.
 *
 * @typedef {import("./types.js").Wish} Wish
 * @typedef {import("./patch.js").Change} Change
 */

import { amendAddress, streamAddress } from "./address.js";
import { Line } from "./connection.js";
import { hasTaken, nextChange, pause, sendChange } from "./patch.js";

/** ms in which changes are gathered. */
const MOMENT = 50;

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
  /** Called when the stream says that it was changed.
   * @type {(() => void) | undefined} */
  #onChanged;
  /** The cursor must not be used: the stream could not be changed, and begins anew. */
  #anew = false;
  /** It is being opened for another wish, not because it was cut off. */
  #chosen = false;
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
      onState: (change) => {
        // An answer to it must not hurry a line that waits, nor throw its cursor away.
        this.#endChange();
        deliver("line", JSON.stringify(change), "");
      },
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
    const { cursor, coverage } = this.#replica;
    const covered = coverage.resumable(this.#wish.symbols);
    const goesOn = !this.#anew && cursor !== "" && covered.length > 0;
    const wish = goesOn ? { ...this.#wish, symbols: covered } : this.#wish;
    const { address, said } = streamAddress(this.#url, wish, goesOn ? cursor : "");
    const rest = this.#wish.symbols;
    this.#deliver("opening", JSON.stringify({ ...said, goesOn, rest, chosen: this.#chosen }), "");
    this.#chosen = false;
    return address;
  }

  /**
   * @param {string} name
   * @param {string} text
   * @param {string} lastEventId
   */
  #hear(name, text, lastEventId) {
    this.#deliver(name, text, lastEventId);
    if (name === "symbols") this.#onChanged?.();
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
    const { line, subscription } = this.#replica;
    if (!this.#running || line.link === "waiting") return;
    // A stream that is refused may be taken with another wish.
    if (line.link === "refused") this.#line.open();
    else if (subscription.interval !== this.#wish.interval) this.#openForWish();
    else if (this.#line.isOpen && !this.#amending) {
      const change = nextChange(subscription, this.#wish);
      // What was refused may be wanted no more.
      if (!change) this.#declare(0, "");
      else if (this.#declined !== JSON.stringify(this.#wish)) void this.#amend(line.stream, change);
    }
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
    const shown = this.#shown(change);
    const { status, detail } = await sendChange(amendAddress(this.#url, stream), change, signal);
    if (status === 200 && !signal.aborted) {
      if (change.bars) this.#deliver("bars", JSON.stringify({ bars: wish.bars, barsOf: wish.barsOf }), "");
      const effective = await Promise.race([shown, pause(EFFECT, signal)]);
      if (signal.aborted) return;
      this.#amending = undefined;
      if (effective) {
        this.#renewed = "";
        this.#declare(0, "");
        this.#review();
      } else {
        this.#reopen();
      }
      return;
    }
    if (signal.aborted) return;
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
   * Return true when the stream has taken the change over, which may be told together with another one.
   *
   * @param {Change} change
   * @returns {Promise<boolean>}
   */
  #shown(change) {
    return new Promise((resolve) => {
      this.#onChanged = () => {
        if (hasTaken(this.#replica.coverage.asked, change)) resolve(true);
      };
      this.#onChanged();
    });
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
    this.#openForWish();
  }

  #openForWish() {
    // Not yet open, the line is still coming back from a cut.
    this.#chosen = this.#line.isOpen;
    this.#line.open();
  }

  #endChange() {
    this.#amending?.abort();
    this.#amending = undefined;
    this.#onChanged = undefined;
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
