/**
 * The followers, as their leader knows them: what each of them wants, and which are still there.
 *
 * @typedef {import("./types.js").Subscription} Subscription
 */

/** Roll calls that a follower may leave unanswered. */
const MISSED_ROLL_CALLS = 3;

export class Followers {
  /** @type {Map<string, {subscription: Subscription, missed: number}>} */
  #tabs = new Map();
  #inherited;

  /** @param {Subscription} [inherited] what the stream was subscribed to under the leader before */
  constructor(inherited) {
    this.#inherited = inherited;
  }

  /** What all of them want, and what was inherited. @returns {Subscription[]} */
  get subscriptions() {
    const subscriptions = [...this.#tabs.values()].map(({ subscription }) => subscription);
    return this.#inherited ? [...subscriptions, this.#inherited] : subscriptions;
  }

  /** Whether no follower is known, nor likely to speak soon. */
  get isEmpty() {
    return !this.#tabs.size && !this.#inherited;
  }

  /** Drop what was inherited. Return whether there was any. */
  dropInherited() {
    const had = Boolean(this.#inherited);
    this.#inherited = undefined;
    return had;
  }

  /**
   * @param {string} id
   * @param {Subscription} subscription
   */
  set(id, subscription) {
    this.#tabs.set(id, { subscription, missed: 0 });
  }

  /** @param {string} id */
  remove(id) {
    this.#tabs.delete(id);
  }

  /**
   * Note that a follower is alive. Return whether it is known.
   *
   * @param {string} id
   */
  hear(id) {
    const tab = this.#tabs.get(id);
    if (tab) tab.missed = 0;
    return Boolean(tab);
  }

  /** Forget followers that answered none of the last calls, such as frozen tabs. Return whether there were any. */
  callRoll() {
    const before = this.#tabs.size;
    for (const [id, tab] of this.#tabs) {
      if (tab.missed >= MISSED_ROLL_CALLS) this.#tabs.delete(id);
      tab.missed += 1;
    }
    return this.#tabs.size < before;
  }
}
