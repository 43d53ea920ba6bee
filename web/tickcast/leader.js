/**
 * What the leading tab does for the others: relays every event, numbered, keeps what each of them wants, and gives
 * a copy of its replica to those that lack one.
 *
 * @typedef {import("./types.js").Message} Message
 */

import { Followers } from "./followers.js";

/** Looks between two roll calls. */
const ROLL = 15;

/** Looks for which a new leader keeps up what the old one had asked for, until the tabs have spoken. */
const GRACE = 3;

export class Leader {
  #position;
  #replica;
  #post;
  #owner;
  #looks = 0;
  #followers = new Followers();
  /** Tabs that lack a copy. @type {Set<string>} */
  #lacking = new Set();
  #retired = false;

  /**
   * @param {import("./tab_group.js").Position} position of this tab, which the leader moves
   * @param {import("./replica.js").Replica} replica
   * @param {(message: Message) => void} post to all other tabs
   * @param {Pick<import("./tab_group.js").Owner, "onWishes" | "onPing" | "onHurry">} owner
   */
  constructor(position, replica, post, owner) {
    this.#position = position;
    this.#replica = replica;
    this.#post = post;
    this.#owner = owner;
    const { subscription } = replica;
    this.#followers.begin(subscription.symbols.length ? subscription : undefined);
  }

  /** What the other tabs want. @returns {import("./types.js").Wish[]} */
  get wishes() {
    return this.#followers.wishes;
  }

  /** Forget the other tabs, unless they ask again. */
  dismiss() {
    this.#followers.begin();
  }

  /** Another tab leads from now on. */
  retire() {
    this.#retired = true;
  }

  /**
   * Pass an event on to the other tabs.
   *
   * @param {string} name
   * @param {string} text
   * @param {string} id
   */
  relay(name, text, id) {
    this.#position.count += 1;
    // Who comes later gets a copy.
    if (this.#followers.isEmpty) return;
    this.#post({ kind: "event", ...this.#position, name, text, id });
  }

  /** Look who follows; call it once a second. */
  look() {
    this.#looks += 1;
    if (this.#looks >= GRACE && this.#followers.endLegacy()) this.#owner.onWishes();
    if (this.#looks % ROLL) return;
    if (this.#followers.call()) this.#owner.onWishes();
    this.#post({ kind: "roll", ...this.#position });
  }

  /** @param {Extract<Message, {from: string}>} message of a follower */
  hear(message) {
    const { kind, from } = message;
    const known = this.#followers.hear(from);
    switch (kind) {
      case "wish":
        this.#followers.set(from, message.wish);
        if (message.lacking) {
          // Both may have slept.
          this.#owner.onPing();
          this.#giveCopy(from);
        }
        this.#owner.onWishes();
        break;
      case "ping":
        this.#owner.onPing();
        this.#post({ kind: "pong", ...this.#position });
        if (!known) this.#post({ kind: "who", ...this.#position, to: from });
        break;
      case "hurry":
        this.#owner.onHurry();
        break;
      case "leave":
        this.#followers.remove(from);
        this.#owner.onWishes();
    }
  }

  /** @param {string} to */
  #giveCopy(to) {
    if (!this.#lacking.size) {
      // Many ask at once after a change of leaders: one copy serves them all.
      queueMicrotask(() => {
        const to = [...this.#lacking];
        this.#lacking.clear();
        if (this.#retired) return;
        this.#post({ kind: "copy", ...this.#position, to, dump: this.#replica.dump() });
      });
    }
    this.#lacking.add(to);
  }
}
