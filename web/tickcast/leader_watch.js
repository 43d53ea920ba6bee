/**
 * How a follower finds out that its leader has died: whether it answers, and whether this tab itself has slept.
 *
 * @typedef {object} Owner
 * @property {() => void} onUnanswered ask the leader whether it is alive
 * @property {() => void} onSilence the leader has not answered: the state of the stream is unknown
 * @property {() => void} onDeath the leader has not answered for so long that another tab must lead
 */

/** Checks without an answer after which the leader is silent, and after which it is dead. */
const SILENT = 3;
const DEAD = 5;

/** ms without a word from the leader after which this tab must have slept: the leader is asked at each check. */
const SLEPT = 10_000;

/** ms over which several tabs spread their verdict that the leader is dead, so that one of them is first. */
const JITTER = 400;

export class LeaderWatch {
  #owner;
  /** Checks since the leader was last heard. */
  #unanswered = 0;
  /** When it was last heard, ms since the epoch. */
  #heardAt = Date.now();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #death;

  /** @param {Owner} owner */
  constructor(owner) {
    this.#owner = owner;
  }

  /** Whether this tab has slept since the leader was last heard. */
  get hasSlept() {
    return Date.now() - this.#heardAt > SLEPT;
  }

  /** The leader has spoken. */
  hear() {
    this.#unanswered = 0;
    this.#heardAt = Date.now();
  }

  /** Check whether the leader is alive; call it once a second. */
  check() {
    // Counted in unanswered pings, not in time: this tab may have slept itself.
    if (this.#unanswered > 0) this.#owner.onUnanswered();
    if (this.#unanswered === SILENT) this.#owner.onSilence();
    if (this.#unanswered >= DEAD) {
      this.#death ??= setTimeout(() => {
        this.#death = undefined;
        if (this.#unanswered >= DEAD) this.#owner.onDeath();
      }, Math.random() * JITTER);
    }
    this.#unanswered += 1;
  }

  close() {
    clearTimeout(this.#death);
  }
}
