/**
 * The tabs that share a stream: one leads and relays every event to the rest.
 *
 * What the leader sends is numbered, under a term that grows with each leader. So a tab knows whether
 * it has all of it, also over a change of leaders, and asks for a copy of the leader's replica if not.
 *
 * @typedef {import("./types.js").Wish} Wish
 * @typedef {import("./types.js").Message} Message
 *
 * @typedef {object} Position how far a tab has come in what leaders have sent
 * @property {number} term of the leader
 * @property {number} count events of that term
 *
 * @typedef {object} Owner
 * @property {() => void} onLead
 * @property {() => void} onFollow
 * @property {() => void} onWishes those of other tabs have changed; for the leader
 * @property {() => void} onPing another tab has asked whether the leader lives
 * @property {() => void} onHurry another tab wants the leader to try again now
 * @property {() => void} onUnable this page may not take part
 * @property {() => void} onSilence the leader has not answered: nobody knows how things stand
 */

import { Election } from "./election.js";
import { Follower } from "./follower.js";
import { Leader } from "./leader.js";

/** Of the messages: after a rollout, tabs with another version must not hear each other. */
const VERSION = 2;

export class Tabs {
  #id = crypto.randomUUID();
  #replica;
  #wish;
  #owner;
  #election;
  #channel;
  /** @type {Position} */
  #position = { term: 0, count: 0 };
  #follower;
  /** This tab as the leader, while it leads.
   * @type {Leader | undefined} */
  #leader;

  /**
   * @param {string} stream what tabs of the same stream have in common
   * @param {import("./replica.js").Replica} replica
   * @param {() => Wish} wish of this tab
   * @param {Owner} owner
   */
  constructor(stream, replica, wish, owner) {
    const name = `tickcast ${VERSION} ${stream}`;
    this.#replica = replica;
    this.#wish = wish;
    this.#owner = owner;
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }) => this.#hear(data);
    this.#election = new Election(navigator.locks, name, {
      onElected: () => this.#lead(),
      onRobbed: () => this.#follow(),
      onUnable: owner.onUnable,
    });
    this.#follower = new Follower(this.#id, this.#position, replica, wish, (message) => this.#post(message), {
      onSilence: owner.onSilence,
      onDeath: () => this.#leader || this.#election.steal(),
    });
    this.#election.stand();
    this.tellWish();
  }

  /** @returns {"leader" | "follower"} */
  get role() {
    return this.#leader ? "leader" : "follower";
  }

  /** What all tabs want. @returns {Wish[]} */
  get wishes() {
    return [this.#wish(), ...(this.#leader?.wishes ?? [])];
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
  tellWish() {
    this.#follower.tellWish();
  }

  /** Forget the other tabs, unless they ask again; for the leader. */
  dismiss() {
    this.#leader?.dismiss();
  }

  /** Let the leader try again now. */
  hurry() {
    this.#post({ kind: "hurry", from: this.#id });
  }

  /**
   * Pass an event on to the other tabs; for the leader.
   *
   * @param {string} name
   * @param {string} text
   * @param {string} id
   */
  relay(name, text, id) {
    this.#leader?.relay(name, text, id);
  }

  /** Ask how things stand, as a tab that may have slept. */
  wake() {
    if (!this.#leader) this.#follower.wake();
  }

  /** Look whether the leader lives, or who follows; call it once a second. */
  look() {
    (this.#leader ?? this.#follower).look();
  }

  #lead() {
    /** @type {[number, number]} */
    const after = [this.#position.term, this.#position.count];
    // Greater than any before, even one that this tab has never heard of.
    const term = Math.max(this.#position.term + 1, Date.now());
    Object.assign(this.#position, { term, count: 0 });
    this.#leader = new Leader(this.#position, this.#replica, (message) => this.#post(message), this.#owner);
    this.#post({ kind: "lead", term, after });
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
