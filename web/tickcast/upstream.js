/**
 * The upstream: the one stream from the gateways, whether for this tab alone or for all tabs that share it. Brings it
 * to what is wanted: opens it, changes it while it runs, and reopens it where no change can.
 *
 * @typedef {import("./types.js").Subscription} Subscription
 * @typedef {import("./patch.js").Patch} Patch
 */

import { patchAddress, streamAddress } from "./address.js";
import { Connection } from "./connection.js";
import { hasTaken, nextPatch, pause, sendPatch } from "./patch.js";

/** ms in which changes are gathered into one patch. */
const DEBOUNCE = 50;

/** ms in which an accepted patch must show in the stream. */
const EFFECT_TIMEOUT = 10_000;

/** Answers to a patch that a reopened stream would get too: the running stream is kept. */
const FINAL = new Set([400, 401, 403, 413, 422]);

export class Upstream {
  #url;
  #replica;
  #deliver;
  #connection;
  /** @type {Subscription} */
  #wanted = { symbols: [], interval: 0, bars: [] };
  #running = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #reconcileTimer;
  /** Ends the patch under way, which ends with the connection.
   * @type {AbortController | undefined} */
  #patching;
  /** Called when the stream says that it was changed.
   * @type {(() => void) | undefined} */
  #onChanged;
  /** The next opening must not use the cursor: the stream could not be patched and starts over. */
  #fresh = false;
  /** It is being reopened for another subscription, not after a disconnection. */
  #planned = false;
  /** The subscription for which it last started over. */
  #renewed = "";
  /** A subscription that the gateways have refused. */
  #declined = "";

  /**
   * @param {string} url
   * @param {import("./replica.js").Replica} replica of this tab
   * @param {(name: string, text: string, lastEventId: string) => void} deliver events to the replicas of all tabs
   */
  constructor(url, replica, deliver) {
    this.#url = url;
    this.#replica = replica;
    this.#deliver = deliver;
    this.#connection = new Connection({
      address: () => this.#address(),
      onEvent: (name, text, lastEventId) => this.#hear(name, text, lastEventId),
      onState: (change) => {
        // A late answer to the patch must not reopen a connection that waits, nor discard its cursor.
        this.#abortPatch();
        deliver("shared", JSON.stringify(change), "");
      },
    });
  }

  /**
   * Set what is wanted.
   *
   * @param {Subscription} subscription
   */
  subscribe(subscription) {
    if (JSON.stringify(subscription) === JSON.stringify(this.#wanted)) return;
    this.#wanted = subscription;
    this.#scheduleReconcile();
  }

  start() {
    this.#running = true;
    this.#connection.open();
  }

  stop() {
    this.#running = false;
    clearTimeout(this.#reconcileTimer);
    this.#reconcileTimer = undefined;
    this.#abortPatch();
    this.#connection.close();
  }

  /** Try again now instead of after the wait. */
  hurry() {
    if (this.#running) this.#connection.hurry();
  }

  /** Check the connection; call it about once a second. */
  check() {
    if (this.#running) this.#connection.check();
  }

  /** Check the connection after a sleep. */
  wake() {
    if (this.#running) this.#connection.wake();
  }

  #address() {
    const { cursor, coverage } = this.#replica;
    const resumable = coverage.resumable(this.#wanted.symbols);
    const resumes = !this.#fresh && cursor !== "" && resumable.length > 0;
    const subscription = resumes ? { ...this.#wanted, symbols: resumable } : this.#wanted;
    const { address, included } = streamAddress(this.#url, subscription, resumes ? cursor : "");
    const opening = { ...included, resumes, wanted: this.#wanted.symbols, planned: this.#planned };
    this.#deliver("opening", JSON.stringify(opening), "");
    this.#planned = false;
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
    this.#fresh = false;
    this.#declined = "";
    this.#scheduleReconcile();
  }

  #scheduleReconcile() {
    if (!this.#running || this.#reconcileTimer) return;
    this.#reconcileTimer = setTimeout(() => {
      this.#reconcileTimer = undefined;
      this.#reconcile();
    }, DEBOUNCE);
  }

  /** Compare what is wanted with what the stream is subscribed to, and do the next step towards it. */
  #reconcile() {
    const { state, subscription } = this.#replica;
    if (!this.#running || state.link === "waiting") return;
    // A stream that is refused may be accepted with another subscription.
    if (state.link === "refused") this.#connection.open();
    else if (subscription.interval !== this.#wanted.interval) this.#reopen();
    else if (this.#connection.isOpen && !this.#patching) {
      const patch = nextPatch(subscription, this.#wanted);
      // What was refused may no longer be wanted.
      if (!patch) this.#reportRefusal(0, "");
      else if (this.#declined !== JSON.stringify(this.#wanted)) void this.#patch(state.stream, patch);
    }
  }

  /**
   * @param {string} stream
   * @param {Patch} patch
   */
  async #patch(stream, patch) {
    const wanted = this.#wanted;
    const patching = new AbortController();
    this.#patching = patching;
    const { signal } = patching;
    const takenEffect = this.#takenEffect(patch);
    const { status, detail } = await sendPatch(patchAddress(this.#url, stream), patch, signal);
    if (status === 200 && !signal.aborted) {
      if (patch.bars) this.#deliver("bars", JSON.stringify({ bars: wanted.bars, barsOf: wanted.barsOf }), "");
      const effective = await Promise.race([takenEffect, pause(EFFECT_TIMEOUT, signal)]);
      if (signal.aborted) return;
      this.#patching = undefined;
      if (effective) {
        this.#renewed = "";
        this.#reportRefusal(0, "");
        this.#scheduleReconcile();
      } else {
        this.#startOver();
      }
      return;
    }
    if (signal.aborted) return;
    this.#patching = undefined;
    if (FINAL.has(status)) {
      this.#declined = JSON.stringify(wanted);
      this.#reportRefusal(status, detail);
      this.#scheduleReconcile();
    } else {
      this.#startOver();
    }
  }

  /**
   * Return true when the stream has taken the patch. It may announce it together with another one.
   *
   * @param {Patch} patch
   * @returns {Promise<boolean>}
   */
  #takenEffect(patch) {
    return new Promise((resolve) => {
      this.#onChanged = () => {
        if (hasTaken(this.#replica.coverage.requested, patch)) resolve(true);
      };
      this.#onChanged();
    });
  }

  /** Start over, without the cursor, with all that is wanted; unless that was just done and did not help. */
  #startOver() {
    const wanted = JSON.stringify(this.#wanted);
    if (this.#renewed === wanted) {
      this.#declined = wanted;
      this.#reportRefusal(0, "some symbols cannot be added to the stream");
      return;
    }
    this.#renewed = wanted;
    this.#fresh = true;
    this.#reopen();
  }

  #reopen() {
    // A connection that is not yet open is still coming back after a disconnection.
    this.#planned = this.#connection.isOpen;
    this.#connection.open();
  }

  #abortPatch() {
    this.#patching?.abort();
    this.#patching = undefined;
    this.#onChanged = undefined;
  }

  /**
   * Report why a change was refused, or that none is refused any longer.
   *
   * @param {number} status
   * @param {string} detail
   */
  #reportRefusal(status, detail) {
    const { state } = this.#replica;
    if (state.status === status && state.detail === detail) return;
    this.#deliver("shared", JSON.stringify({ status, detail }), "");
  }
}
