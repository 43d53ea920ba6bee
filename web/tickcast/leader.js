/**
 * The leader of the tabs that share a stream, for one term: relays every event, numbered, keeps what each follower
 * wants, and sends a copy of its replica to each follower that needs one.
 *
 * @typedef {import("./types.js").Message} Message
 */

import { Followers } from "./followers.js";

/** Checks, one a second, between two roll calls. */
const ROLL_CALL_EVERY = 15;

/** Checks for which a new leader keeps what the old one was subscribed to, until the followers have spoken. */
const GRACE = 3;

export class Leader {
  #position;
  #replica;
  #post;
  #owner;
  #checks = 0;
  #followers;
  /** Followers that need a copy. @type {Set<string>} */
  #needCopy = new Set();
  #retired = false;

  /**
   * @param {import("./tab_group.js").Position} position of this tab, which the leader advances
   * @param {import("./replica.js").Replica} replica
   * @param {(message: Message) => void} post to all other tabs
   * @param {Pick<import("./tab_group.js").Owner, "onSubscriptions" | "onPing" | "onHurry">} owner
   */
  constructor(position, replica, post, owner) {
    this.#position = position;
    this.#replica = replica;
    this.#post = post;
    this.#owner = owner;
    const { subscription } = replica;
    this.#followers = new Followers(subscription.symbols.length ? subscription : undefined);
  }

  /** What the followers want. @returns {import("./types.js").Subscription[]} */
  get subscriptions() {
    return this.#followers.subscriptions;
  }

  /** Forget the followers until they speak again. */
  dismiss() {
    this.#followers = new Followers();
  }

  /** Post nothing more: this tab leads no longer. */
  retire() {
    this.#retired = true;
  }

  /**
   * Relay an event to the followers.
   *
   * @param {string} name
   * @param {string} text
   * @param {string} id
   */
  relay(name, text, id) {
    this.#position.count += 1;
    // A tab that comes later gets a copy.
    if (this.#followers.isEmpty) return;
    this.#post({ kind: "event", ...this.#position, name, text, id });
  }

  /** Check which followers are still there; call it once a second. */
  check() {
    this.#checks += 1;
    if (this.#checks >= GRACE && this.#followers.dropInherited()) this.#owner.onSubscriptions();
    if (this.#checks % ROLL_CALL_EVERY) return;
    if (this.#followers.callRoll()) this.#owner.onSubscriptions();
    this.#post({ kind: "roll-call", ...this.#position });
  }

  /** @param {Extract<Message, {from: string}>} message of a follower */
  hear(message) {
    const { kind, from } = message;
    const known = this.#followers.hear(from);
    switch (kind) {
      case "subscribe":
        this.#followers.set(from, message.subscription);
        if (message.needsCopy) {
          // The leader may have slept as well.
          this.#owner.onPing();
          this.#sendCopy(from);
        }
        this.#owner.onSubscriptions();
        break;
      case "ping":
        this.#owner.onPing();
        this.#post({ kind: "pong", ...this.#position });
        if (!known) this.#post({ kind: "identify", ...this.#position, to: from });
        break;
      case "hurry":
        this.#owner.onHurry();
        break;
      case "leave":
        this.#followers.remove(from);
        this.#owner.onSubscriptions();
    }
  }

  /** @param {string} to */
  #sendCopy(to) {
    if (!this.#needCopy.size) {
      // Many ask at once after a change of leaders: one copy serves them all.
      queueMicrotask(() => {
        const to = [...this.#needCopy];
        this.#needCopy.clear();
        if (this.#retired) return;
        this.#post({ kind: "copy", ...this.#position, to, dump: this.#replica.dump() });
      });
    }
    this.#needCopy.add(to);
  }
}
