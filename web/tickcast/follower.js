/**
 * A tab as follower: takes in what the leader relays, asks for a copy of the leader's replica if it has missed
 * anything, and watches whether the leader is alive.
 *
 * @typedef {import("./types.js").Message} Message
 */

import { LeaderWatch } from "./leader_watch.js";

export class Follower {
  #id;
  #position;
  #replica;
  #subscription;
  #post;
  #onSilence;
  /** Whether the replica equals the leader's as it was at `#position`. */
  #inStep = false;
  /** Whether a copy was asked for since the last check. */
  #askedForCopy = false;
  #watch;

  /**
   * @param {string} id of this tab
   * @param {import("./tab_group.js").Position} position of this tab, which the follower advances
   * @param {import("./replica.js").Replica} replica
   * @param {() => import("./types.js").Subscription} subscription of this tab
   * @param {(message: Message) => void} post to all other tabs
   * @param {{onSilence: () => void, onDeath: () => void}} owner
   */
  constructor(id, position, replica, subscription, post, { onSilence, onDeath }) {
    this.#id = id;
    this.#position = position;
    this.#replica = replica;
    this.#subscription = subscription;
    this.#post = post;
    this.#onSilence = onSilence;
    this.#watch = new LeaderWatch({
      onUnanswered: () => post({ kind: "ping", from: id }),
      onSilence: () => this.#loseStep(),
      onDeath,
    });
  }

  /** Follow again after having led. */
  begin() {
    this.#watch.hear();
    this.#inStep = false;
  }

  close() {
    this.#watch.close();
  }

  /** Tell the leader what this tab wants, and whether it needs a copy. */
  subscribe() {
    const needsCopy = !this.#inStep;
    this.#askedForCopy = needsCopy;
    this.#post({ kind: "subscribe", from: this.#id, subscription: this.#subscription(), needsCopy });
  }

  /** Ask for a copy if this tab has slept. */
  wake() {
    if (!this.#watch.hasSlept) return;
    this.#loseStep();
    this.subscribe();
  }

  /** Check whether the leader is alive; call it once a second. */
  check() {
    this.#askedForCopy = false;
    this.#watch.check();
  }

  /** @param {Extract<Message, {term: number}>} message of a leader, of the known term or a later one */
  hear(message) {
    // After a sleep the message may have waited here all the time.
    if (this.#watch.hasSlept) this.#loseStep();
    this.#watch.hear();
    if (message.kind === "lead") {
      this.#takeNewLeader(message);
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
        this.#askedForCopy = false;
        this.#position.count = message.count;
        this.#replica.load(message.dump);
        break;
      case "identify":
        if (message.to === this.#id) this.subscribe();
        break;
      case "roll-call":
        this.#post({ kind: "ping", from: this.#id });
        this.#inStep &&= message.count === this.#position.count;
        break;
      case "pong":
        this.#inStep &&= message.count === this.#position.count;
    }
    if (!this.#inStep && !this.#askedForCopy) this.subscribe();
  }

  /** @param {Extract<Message, {kind: "lead"}>} message */
  #takeNewLeader({ term, previous }) {
    const position = this.#position;
    if (term <= position.term) return;
    // In step with the old leader at the very point where the new one took over: no copy is needed.
    this.#inStep &&= previous[0] === position.term && previous[1] === position.count;
    Object.assign(position, { term, count: 0 });
    this.subscribe();
  }

  /** The state of the stream is unknown until the leader sends a copy. */
  #loseStep() {
    this.#inStep = false;
    this.#onSilence();
  }
}
