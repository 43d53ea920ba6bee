/**
 * The upstream: the one stream from the gateways, whether for this tab alone or for all tabs that share it. Brings it
 * to what is wanted: opens it, changes it while it runs, and reopens it where no change can.
 *
 * @typedef {import("./types.js").Subscription} Subscription
 * @typedef {import("./patch.js").Patch} Patch
 */

import { isWhole, patchAddress, snapshotAddress, streamAddress, streamBody } from "./address.js";
import { Connection } from "./connection.js";
import { Credentials } from "./credentials.js";
import { hasTaken, nextPatch, pause, sendPatch } from "./patch.js";
import { Renewal } from "./renewal.js";

/** ms in which changes are gathered into one patch. */
const DEBOUNCE = 50;

/** ms in which an accepted patch must show in the stream. */
const EFFECT_TIMEOUT = 10_000;

/** Answers of gateways to a patch that a reopened stream would get too: the running stream is kept. */
const FINAL = new Set([400, 401, 403, 413, 422]);

export class Upstream {
  #url;
  #replica;
  #deliver;
  #connection;
  #credentials;
  #renewal;
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
  /** What the stream was allowed to read, as `hello` said last.
   * @type {string | undefined} */
  #rights;
  /** A subscription that the gateways have refused. */
  #declined = "";

  /**
   * @param {string} url
   * @param {import("./replica.js").Replica} replica of this tab
   * @param {(name: string, text: string, lastEventId: string) => void} deliver events to the replicas of all tabs
   * @param {import("./credentials.js").Credentials} [credentials] what it shows of this page
   */
  constructor(url, replica, deliver, credentials = new Credentials()) {
    this.#url = url;
    this.#credentials = credentials;
    this.#renewal = new Renewal({
      credentials,
      send: (token, signal) => sendPatch(this.#patchAddress, { token }, signal, credentials),
      onTaken: () => {
        this.#declined = "";
        this.#scheduleReconcile();
      },
      reopen: () => this.#reopen(),
    });
    this.#replica = replica;
    this.#deliver = deliver;
    this.#connection = new Connection({
      credentials,
      opening: () => this.#opening(),
      polling: () => snapshotAddress(url, this.#wanted.symbols),
      onEvent: (name, text, lastEventId) => this.#hear(name, text, lastEventId),
      onState: (change) => {
        // A late answer to the patch must not reopen a connection that waits, nor discard its cursor.
        this.#abortPatch();
        this.#renewal.end();
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
    this.#renewal.end();
    this.#connection.close();
  }

  /** Try again now instead of after the wait; a running stream is shown the token that there is now. */
  hurry() {
    if (!this.#running) return;
    if (this.#connection.isOpen) this.#renewal.hurry();
    else this.#connection.hurry();
  }

  /** Check the connection; call it about once a second. */
  check() {
    if (this.#running) this.#connection.check();
  }

  /** Check the connection after a sleep. */
  wake() {
    if (this.#running) this.#connection.wake();
  }

  #opening() {
    const { cursor, coverage } = this.#replica;
    const resumable = coverage.resumable(this.#wanted.symbols);
    const resumes = !this.#fresh && cursor !== "" && resumable.length > 0;
    const subscription = resumes ? { ...this.#wanted, symbols: resumable } : this.#wanted;
    const { body, address, included } = this.#asked(subscription, resumes ? cursor : "");
    const opening = { ...included, resumes, wanted: this.#wanted.symbols, planned: this.#planned };
    this.#deliver("opening", JSON.stringify(opening), "");
    this.#planned = false;
    return { address, body };
  }

  /**
   * Return with what a stream is asked for: an address, and a body where the address has no room for all of it.
   *
   * @param {Subscription} subscription
   * @param {string} cursor
   * @returns {{address: string, body?: object, included: Subscription}}
   */
  #asked(subscription, cursor) {
    const short = streamAddress(this.#url, subscription, cursor);
    if (isWhole(short.included, subscription) || !this.#connection.takesBodies) return short;
    return { address: this.#url, ...streamBody(subscription, cursor) };
  }

  /**
   * @param {string} name
   * @param {string} text
   * @param {string} lastEventId
   */
  #hear(name, text, lastEventId) {
    if (name === "hello" && this.#hasOtherRights(JSON.parse(text))) return;
    this.#deliver(name, text, lastEventId);
    if (name === "symbols") this.#onChanged?.();
    if (name !== "hello") return;
    this.#fresh = false;
    this.#declined = "";
    this.#renewal.begin();
    this.#scheduleReconcile();
  }

  /**
   * Start over if the stream resumes with other rights than before: what it may have now was never in a snapshot, and
   * what it may not have any more would stay on the screen.
   *
   * @param {{rights?: string, resumed: string}} hello
   */
  #hasOtherRights({ rights = "", resumed }) {
    const before = this.#rights;
    this.#rights = rights;
    if (before === undefined || before === rights || resumed === "new" || resumed === "reset") return false;
    this.#fresh = true;
    this.#reopen();
    return true;
  }

  get #patchAddress() {
    return patchAddress(this.#url, this.#replica.state.stream);
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
      else if (this.#declined !== JSON.stringify(this.#wanted)) void this.#patch(patch);
    }
  }

  /** @param {Patch} patch */
  async #patch(patch) {
    const wanted = this.#wanted;
    const patching = new AbortController();
    this.#patching = patching;
    const { signal } = patching;
    const takenEffect = this.#takenEffect(patch);
    const { status, detail, ours } = await sendPatch(this.#patchAddress, patch, signal, this.#credentials);
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
    if (ours && FINAL.has(status)) {
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
