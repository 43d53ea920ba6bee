/**
 * Who of the tabs leads: the one that holds a Web Lock. The browser gives it to the next in the queue
 * when its holder closes or crashes; one that merely hangs keeps it, and has to be robbed.
 *
 * @typedef {object} Candidacy one request for the lock
 * @property {boolean} elected whether it has the lock
 * @property {() => void} end gives the lock up, or the wait for it
 */

export class Election {
  #locks;
  #name;
  #onElected;
  #onRobbed;
  #onUnable;
  /** The one that was begun last and is not given up.
   * @type {Candidacy | undefined} */
  #candidacy;

  /**
   * @param {Pick<LockManager, "request">} locks
   * @param {string} name
   * @param {{onElected: () => void, onRobbed: () => void, onUnable: () => void}} owner
   */
  constructor(locks, name, { onElected, onRobbed, onUnable }) {
    this.#locks = locks;
    this.#name = name;
    this.#onElected = onElected;
    this.#onRobbed = onRobbed;
    this.#onUnable = onUnable;
  }

  /** Queue for the lock. */
  stand() {
    const waiting = new AbortController();
    this.#request({ signal: waiting.signal }, () => waiting.abort());
  }

  /** Take the lock from who holds it. */
  steal() {
    this.resign();
    // A theft that is under way cannot be called off.
    this.#request({ steal: true }, () => {});
  }

  /** Give the lock up, or the wait for it. */
  resign() {
    this.#candidacy?.end();
    this.#candidacy = undefined;
  }

  /**
   * @param {LockOptions} options
   * @param {() => void} withdraw
   */
  #request(options, withdraw) {
    /** @type {Candidacy} */
    const candidacy = { elected: false, end: withdraw };
    this.#candidacy = candidacy;
    const hold = () =>
      new Promise((/** @type {(value?: undefined) => void} */ release) => {
        // Given up while the theft was under way.
        if (this.#candidacy !== candidacy) return release();
        candidacy.elected = true;
        candidacy.end = release;
        this.#onElected();
      });
    this.#locks.request(this.#name, options, hold).catch((error) => {
      if (candidacy.elected && this.#candidacy === candidacy) {
        this.#candidacy = undefined;
        this.#onRobbed();
      } else if (!candidacy.elected && error.name !== "AbortError") {
        // A sandboxed frame has locks that it may not use. What is aborted is a wait that was ended here.
        this.#onUnable();
      }
    });
  }
}
