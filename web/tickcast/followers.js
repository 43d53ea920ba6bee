/**
 * The tabs that follow a leader, as it knows them: what each wants, and whether it is still there.
 *
 * @typedef {import("./types.js").Wish} Wish
 */

/** Roll calls that a tab may leave unanswered. */
const MISSED_ROLLS = 3;

export class Followers {
  /** @type {Map<string, {wish: Wish, missed: number}>} */
  #tabs = new Map();
  /** What the leader before had asked for. @type {Wish | undefined} */
  #legacy;

  /** What all of them want. @returns {Wish[]} */
  get wishes() {
    const wishes = [...this.#tabs.values()].map(({ wish }) => wish);
    return this.#legacy ? [...wishes, this.#legacy] : wishes;
  }

  /** Whether nobody is known to listen, and nobody may be about to say so. */
  get isEmpty() {
    return !this.#tabs.size && !this.#legacy;
  }

  /**
   * Begin with nobody, and keep up what was wanted before until `endLegacy`.
   *
   * @param {Wish} [legacy]
   */
  begin(legacy) {
    this.#tabs.clear();
    this.#legacy = legacy;
  }

  /** Tell whether there was anything to be kept up. */
  endLegacy() {
    const had = Boolean(this.#legacy);
    this.#legacy = undefined;
    return had;
  }

  /**
   * @param {string} id
   * @param {Wish} wish
   */
  set(id, wish) {
    this.#tabs.set(id, { wish, missed: 0 });
  }

  /** @param {string} id */
  remove(id) {
    this.#tabs.delete(id);
  }

  /**
   * Take note that a tab has spoken. Tell whether it is known.
   *
   * @param {string} id
   */
  hear(id) {
    const tab = this.#tabs.get(id);
    if (tab) tab.missed = 0;
    return Boolean(tab);
  }

  /** Forget those who did not answer the last calls, such as frozen ones. Tell whether there were any. */
  call() {
    const before = this.#tabs.size;
    for (const [id, tab] of this.#tabs) {
      if (tab.missed >= MISSED_ROLLS) this.#tabs.delete(id);
      tab.missed += 1;
    }
    return this.#tabs.size < before;
  }
}
