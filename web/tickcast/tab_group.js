/**
 * The tabs that share a stream: one is elected leader and relays every event to its followers. Decides when this tab
 * leads and when it follows; leader.js and follower.js have what each of them does.
 *
 * The leader numbers what it relays, under a term that grows with each leader. So a tab knows whether it has missed
 * anything, also over a change of leaders, and asks for a copy of the leader's replica only if it has.
 *
 * @typedef {import("./types.js").Subscription} Subscription
 * @typedef {import("./types.js").Message} Message
 *
 * @typedef {object} Position how much a tab has taken in of what leaders have relayed
 * @property {number} term of the leader
 * @property {number} count number of events in that term
 *
 * @typedef {object} Owner
 * @property {() => void} onLead
 * @property {() => void} onFollow after having led
 * @property {() => void} onSubscriptions other tabs want something else; only while leading
 * @property {() => void} onPing a follower asks whether the leader is alive
 * @property {() => void} onHurry a follower wants the leader to try again now
 * @property {() => void} onUnavailable this page may not use Web Locks
 * @property {() => void} onSilence the leader does not answer: the state of the stream is unknown
 */

import { Election } from "./election.js";
import { Follower } from "./follower.js";
import { Leader } from "./leader.js";

/** Version of the messages. After a rollout, tabs with different versions must not hear each other. */
const VERSION = 5;

export class TabGroup {
  #id = crypto.randomUUID();
  #replica;
  #subscription;
  #owner;
  #election;
  #channel;
  /** @type {Position} */
  #position = { term: 0, count: 0 };
  #follower;
  /** Set while this tab leads.
   * @type {Leader | undefined} */
  #leader;

  /**
   * @param {string} stream address of the stream, the same for all tabs that share it
   * @param {import("./replica.js").Replica} replica
   * @param {() => Subscription} subscription of this tab
   * @param {Owner} owner
   */
  constructor(stream, replica, subscription, owner) {
    const name = `tickcast ${VERSION} ${stream}`;
    this.#replica = replica;
    this.#subscription = subscription;
    this.#owner = owner;
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }) => this.#hear(data);
    this.#election = new Election(navigator.locks, name, {
      onElected: () => this.#lead(),
      onDeposed: () => this.#follow(),
      onUnavailable: owner.onUnavailable,
    });
    this.#follower = new Follower(this.#id, this.#position, replica, subscription, (message) => this.#post(message), {
      onSilence: owner.onSilence,
      onDeath: () => this.#leader || this.#election.steal(),
    });
    this.#election.stand();
    this.subscribe();
  }

  /** @returns {"leader" | "follower"} */
  get role() {
    return this.#leader ? "leader" : "follower";
  }

  /** What this tab and its followers want. @returns {Subscription[]} */
  get subscriptions() {
    return [this.#subscription(), ...(this.#leader?.subscriptions ?? [])];
  }

  /** Leave for good. */
  close() {
    this.#post({ kind: "leave", from: this.#id });
    this.#leader?.retire();
    this.#follower.close();
    this.#election.resign();
    this.#channel.close();
  }

  /** Tell the leader what this tab wants. */
  subscribe() {
    this.#follower.subscribe();
  }

  /** Forget the followers until they speak again; only while leading. */
  dismiss() {
    this.#leader?.dismiss();
  }

  /** Ask the leader to try again now. */
  hurry() {
    this.#post({ kind: "hurry", from: this.#id });
  }

  /**
   * Relay an event to the followers; only while leading.
   *
   * @param {string} name
   * @param {string} text
   * @param {string} id
   */
  relay(name, text, id) {
    this.#leader?.relay(name, text, id);
  }

  /** Check the leader after a possible sleep of this tab. */
  wake() {
    if (!this.#leader) this.#follower.wake();
  }

  /** Check whether the leader, or the followers, are alive; call it once a second. */
  check() {
    (this.#leader ?? this.#follower).check();
  }

  #lead() {
    /** @type {[number, number]} */
    const previous = [this.#position.term, this.#position.count];
    // Greater than any term before, even one that this tab has never heard of.
    const term = Math.max(this.#position.term + 1, Date.now());
    Object.assign(this.#position, { term, count: 0 });
    this.#leader = new Leader(this.#position, this.#replica, (message) => this.#post(message), this.#owner);
    this.#post({ kind: "lead", term, previous });
    this.#owner.onLead();
  }

  #follow() {
    if (!this.#leader) return;
    this.#leader.retire();
    this.#leader = undefined;
    this.#follower.begin();
    this.#owner.onFollow();
    this.#election.resign();
    this.#election.stand();
  }

  /** @param {Message} message */
  #hear(message) {
    if (!("term" in message)) {
      this.#leader?.hear(message);
      return;
    }
    const { term } = this.#position;
    if (message.term < term || (message.term === term && this.#leader)) return;
    this.#follow();
    this.#follower.hear(message);
  }

  /** @param {Message} message */
  #post(message) {
    this.#channel.postMessage(message);
  }
}
