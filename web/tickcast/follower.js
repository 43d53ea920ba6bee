/**
 * What a tab does that follows: takes in what the leader relays, asks for a copy of the leader's replica where it
 * has missed some of it, and watches whether the leader lives.
 *
 * @typedef {import("./types.js").Message} Message
 */

import { Watch } from "./leader_watch.js";

export class Follower {
  #id;
  #position;
  #replica;
  #wish;
  #post;
  #onSilence;
  /** Whether the replica is as the leader's was at `#position`. */
  #inStep = false;
  /** Whether a copy was asked for since the last look. */
  #asked = false;
  #watch;

  /**
   * @param {string} id of this tab
   * @param {import("./tab_group.js").Position} position of this tab, which the follower moves
   * @param {import("./replica.js").Replica} replica
   * @param {() => import("./types.js").Wish} wish of this tab
   * @param {(message: Message) => void} post to all other tabs
   * @param {{onSilence: () => void, onDeath: () => void}} owner
   */
  constructor(id, position, replica, wish, post, { onSilence, onDeath }) {
    this.#id = id;
    this.#position = position;
    this.#replica = replica;
    this.#wish = wish;
    this.#post = post;
    this.#onSilence = onSilence;
    this.#watch = new Watch({
      onDoubt: () => post({ kind: "ping", from: id }),
      onSilence: () => this.#lose(),
      onDeath,
    });
  }

  /** Follow again, after this tab has led. */
  begin() {
    this.#watch.hear();
    this.#inStep = false;
  }

  close() {
    this.#watch.close();
  }

  /** Tell the leader what this tab wants. */
  tellWish() {
    this.#asked = !this.#inStep;
    this.#post({ kind: "wish", from: this.#id, wish: this.#wish(), lacking: !this.#inStep });
  }

  /** Ask how things stand, as a tab that may have slept. */
  wake() {
    if (!this.#watch.hasSlept) return;
    this.#lose();
    this.tellWish();
  }

  /** Look whether the leader lives; call it once a second. */
  look() {
    this.#asked = false;
    this.#watch.look();
  }

  /** @param {Extract<Message, {term: number}>} message of a leader, of this term or a later one */
  hear(message) {
    // What it says now may have waited here all the time.
    if (this.#watch.hasSlept) this.#lose();
    this.#watch.hear();
    if (message.kind === "lead") {
      this.#welcome(message);
      return;
    }
    if (message.term > this.#position.term) {
      this.#inStep = false;
      this.#position.term = message.term;
    }
    switch (message.kind) {
      case "event":
        this.#inStep &&= message.count === this.#position.count + 1;
        if (!this.#inStep) break;
        this.#position.count = message.count;
        this.#replica.take(message.name, message.text, message.id);
        break;
      case "copy":
        if (!message.to.includes(this.#id)) return;
        this.#inStep = true;
        this.#asked = false;
        this.#position.count = message.count;
        this.#replica.load(message.dump);
        break;
      case "who":
        if (message.to === this.#id) this.tellWish();
        break;
      case "roll":
        this.#post({ kind: "ping", from: this.#id });
        this.#inStep &&= message.count === this.#position.count;
        break;
      case "pong":
        this.#inStep &&= message.count === this.#position.count;
    }
    if (!this.#inStep && !this.#asked) this.tellWish();
  }

  /** @param {Extract<Message, {kind: "lead"}>} message */
  #welcome({ term, after }) {
    const position = this.#position;
    if (term <= position.term) return;
    this.#inStep &&= after[0] === position.term && after[1] === position.count;
    Object.assign(position, { term, count: 0 });
    this.tellWish();
  }

  /** Take note that nobody knows how things stand, until the leader gives a copy. */
  #lose() {
    this.#inStep = false;
    this.#onSilence();
  }
}
