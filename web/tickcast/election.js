/**
 * Elects the leader of the tabs: the tab that holds a Web Lock. When that tab closes or crashes, the browser gives the
 * lock to the next in the queue. A tab that merely hangs keeps it, so the lock must be stolen.
 *
 * @typedef {object} Candidacy one request for the lock
 * @property {boolean} elected whether it has the lock
 * @property {() => void} end gives up the lock, or the wait for it
 */

export class Election {
  #locks;
  #name;
  #onElected;
  #onDeposed;
  #onUnavailable;
  /** The latest candidacy, unless it was given up.
   * @type {Candidacy | undefined} */
  #candidacy;

  /**
   * @param {Pick<LockManager, "request">} locks
   * @param {string} name
   * @param {{onElected: () => void, onDeposed: () => void, onUnavailable: () => void}} owner
   */
  constructor(locks, name, { onElected, onDeposed, onUnavailable }) {
    this.#locks = locks;
    this.#name = name;
    this.#onElected = onElected;
    this.#onDeposed = onDeposed;
    this.#onUnavailable = onUnavailable;
  }

  /** Queue for the lock. */
  stand() {
    const waiting = new AbortController();
    this.#request({ signal: waiting.signal }, () => waiting.abort());
  }

  /** Take the lock from the tab that holds it. */
  steal() {
    this.resign();
    // A theft under way cannot be cancelled.
    this.#request({ steal: true }, () => {});
  }

  /** Give up the lock, or the wait for it. */
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
        // It was given up while the theft was under way.
        if (this.#candidacy !== candidacy) return release();
        candidacy.elected = true;
        candidacy.end = release;
        this.#onElected();
      });
    this.#locks.request(this.#name, options, hold).catch((error) => {
      if (candidacy.elected && this.#candidacy === candidacy) {
        this.#candidacy = undefined;
        this.#onDeposed();
      } else if (!candidacy.elected && error.name !== "AbortError") {
        // A sandboxed frame has locks that it may not use. An AbortError is a wait that was given up here.
        this.#onUnavailable();
      }
    });
  }
}
