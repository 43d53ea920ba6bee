/**
 * The tabs that share a stream: one leads and relays every event to the rest.
 *
 * What the leader sends is numbered, under a term that grows with each leader. So a tab knows whether
 * it has all of it, also over a change of leaders, and asks for a copy of the leader's replica if not.
 *
 * @typedef {import("./types.js").Wish} Wish
 * @typedef {import("./types.js").Message} Message
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
import { Followers } from "./followers.js";
import { Watch } from "./leader_watch.js";

/** Of the messages: after a rollout, tabs with another version must not hear each other. */
const VERSION = 2;

/** Looks between two roll calls. */
const ROLL = 15;

/** Looks for which a new leader keeps up what the old one had asked for, until the tabs have spoken. */
const GRACE = 3;

export class Tabs {
  /** @type {"leader" | "follower"} */
  role = "follower";
  #id = crypto.randomUUID();
  #replica;
  #wish;
  #owner;
  #election;
  #channel;
  #term = 0;
  #count = 0;
  /** Whether the replica is as the leader's was at `#count`. */
  #inStep = false;
  /** Whether a copy was asked for since the last look. */
  #asked = false;
  #watch = new Watch({
    onDoubt: () => this.#post({ kind: "ping", from: this.#id }),
    onSilence: () => this.#lose(),
    onDeath: () => this.role === "follower" && this.#election.steal(),
  });
  #looks = 0;
  #followers = new Followers();
  /** Tabs that lack a copy. @type {Set<string>} */
  #lacking = new Set();

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
    this.#election.stand();
    this.tellWish();
  }

  /** What all tabs want. @returns {Wish[]} */
  get wishes() {
    return [this.#wish(), ...this.#followers.wishes];
  }

  /** Leave for good. */
  close() {
    this.#post({ kind: "leave", from: this.#id });
    this.#watch.close();
    this.#election.resign();
    this.#channel.close();
  }

  /** Tell the leader what this tab wants. */
  tellWish() {
    this.#asked = !this.#inStep;
    this.#post({ kind: "wish", from: this.#id, wish: this.#wish(), lacking: !this.#inStep });
  }

  /** Forget the other tabs, unless they ask again; for the leader. */
  dismiss() {
    this.#followers.begin();
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
    this.#count += 1;
    // Who comes later gets a copy.
    if (this.#followers.isEmpty) return;
    this.#post({ kind: "event", term: this.#term, count: this.#count, name, text, id });
  }

  /** Ask how things stand, as a tab that may have slept. */
  wake() {
    if (this.role === "leader" || !this.#watch.hasSlept) return;
    this.#lose();
    this.tellWish();
  }

  /** Look whether the leader lives, or who follows; call it once a second. */
  look() {
    this.#looks += 1;
    if (this.role === "leader") {
      this.#lookAfterFollowers();
    } else {
      this.#asked = false;
      this.#watch.look();
    }
  }

  /** Take note that nobody knows how things stand, until the leader gives a copy. */
  #lose() {
    this.#inStep = false;
    this.#owner.onSilence();
  }

  #lookAfterFollowers() {
    if (this.#looks >= GRACE && this.#followers.endLegacy()) this.#owner.onWishes();
    if (this.#looks % ROLL) return;
    if (this.#followers.call()) this.#owner.onWishes();
    this.#post({ kind: "roll", term: this.#term, count: this.#count });
  }

  #lead() {
    /** @type {[number, number]} */
    const after = [this.#term, this.#count];
    const { asked, coverage } = this.#replica;
    this.#followers.begin(coverage.asked.length ? { ...asked, symbols: coverage.asked } : undefined);
    this.#looks = 0;
    this.role = "leader";
    // Greater than any before, even one that this tab has never heard of.
    this.#term = Math.max(this.#term + 1, Date.now());
    this.#count = 0;
    this.#inStep = true;
    this.#post({ kind: "lead", term: this.#term, after });
    this.#owner.onLead();
  }

  #follow() {
    if (this.role === "follower") return;
    this.role = "follower";
    this.#followers.begin();
    this.#watch.hear();
    this.#inStep = false;
    this.#owner.onFollow();
    this.#election.resign();
    this.#election.stand();
  }

  /** @param {Message} message */
  #hear(message) {
    if (!("term" in message)) this.#hearFollower(message);
    else if (message.term > this.#term || (message.term === this.#term && this.role === "follower")) {
      this.#hearLeader(message);
    }
  }

  /** @param {Extract<Message, {from: string}>} message */
  #hearFollower(message) {
    if (this.role !== "leader") return;
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
        this.#post({ kind: "pong", term: this.#term, count: this.#count });
        if (!known) this.#post({ kind: "who", term: this.#term, count: this.#count, to: from });
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
        if (this.role !== "leader") return;
        this.#post({ kind: "copy", term: this.#term, count: this.#count, to, dump: this.#replica.dump() });
      });
    }
    this.#lacking.add(to);
  }

  /** @param {Extract<Message, {term: number}>} message */
  #hearLeader(message) {
    // What it says now may have waited here all the time.
    if (this.role === "follower" && this.#watch.hasSlept) this.#lose();
    this.#watch.hear();
    if (message.kind === "lead") {
      this.#welcome(message);
      return;
    }
    if (message.term > this.#term) {
      this.#follow();
      this.#inStep = false;
      this.#term = message.term;
    }
    switch (message.kind) {
      case "event":
        this.#inStep &&= message.count === this.#count + 1;
        if (!this.#inStep) break;
        this.#count = message.count;
        this.#replica.take(message.name, message.text, message.id);
        break;
      case "copy":
        if (!message.to.includes(this.#id)) return;
        this.#inStep = true;
        this.#asked = false;
        this.#count = message.count;
        this.#replica.load(message.dump);
        break;
      case "who":
        if (message.to === this.#id) this.tellWish();
        break;
      case "roll":
        this.#post({ kind: "ping", from: this.#id });
        this.#inStep &&= message.count === this.#count;
        break;
      case "pong":
        this.#inStep &&= message.count === this.#count;
    }
    if (!this.#inStep && !this.#asked) this.tellWish();
  }

  /** @param {Extract<Message, {kind: "lead"}>} message */
  #welcome({ term, after }) {
    if (term <= this.#term) return;
    this.#follow();
    this.#inStep &&= after[0] === this.#term && after[1] === this.#count;
    this.#term = term;
    this.#count = 0;
    this.tellWish();
  }

  /** @param {Message} message */
  #post(message) {
    this.#channel.postMessage(message);
  }
}
