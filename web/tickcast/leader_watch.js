/**
 * How a follower watches its leader: whether it answers, and whether this tab itself has slept meanwhile.
 *
 * @typedef {object} Watcher
 * @property {() => void} onDoubt ask the leader whether it lives
 * @property {() => void} onSilence it has not answered: nobody knows how things stand
 * @property {() => void} onDeath it has not answered for so long that another is to lead
 */

/** Looks without an answer until the leader is called silent, and until it is called dead. */
const SILENT = 3;
const DEAD = 5;

/** ms: whoever has heard nothing for longer has slept, because the leader is asked at each look. */
const TRUST = 10_000;

/** ms within which one of several tabs is first to call it dead. */
const SPREAD = 400;

export class Watch {
  #watcher;
  /** Looks since the leader was last heard. */
  #unanswered = 0;
  /** When it was, ms since the epoch. */
  #heard = Date.now();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #death;

  /** @param {Watcher} watcher */
  constructor(watcher) {
    this.#watcher = watcher;
  }

  /** Whether what is known of the leader is of before a sleep. */
  get hasSlept() {
    return Date.now() - this.#heard > TRUST;
  }

  /** Take note that the leader has spoken. */
  hear() {
    this.#unanswered = 0;
    this.#heard = Date.now();
  }

  /** Look whether it lives; call it once a second. */
  look() {
    // Counted in unanswered calls, not in time: this tab may have slept itself.
    if (this.#unanswered > 0) this.#watcher.onDoubt();
    if (this.#unanswered === SILENT) this.#watcher.onSilence();
    if (this.#unanswered >= DEAD) {
      this.#death ??= setTimeout(() => {
        this.#death = undefined;
        if (this.#unanswered >= DEAD) this.#watcher.onDeath();
      }, Math.random() * SPREAD);
    }
    this.#unanswered += 1;
  }

  close() {
    clearTimeout(this.#death);
  }
}
