/**
 * Who of the tabs leads: the one that holds a Web Lock. The browser gives it to the next in the queue
 * when its holder closes or crashes; one that merely hangs keeps it, and has to be robbed.
 */

export class Election {
  #locks;
  #name;
  #onElected;
  #onRobbed;
  #onUnable;
  /** The request that waits for the lock.
   * @type {AbortController | undefined} */
  #waiting;
  /** @type {(() => void) | undefined} */
  #release;

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
    this.#waiting = waiting;
    this.#request({ signal: waiting.signal });
  }

  /** Take the lock from who holds it. */
  steal() {
    this.resign();
    this.#request({ steal: true });
  }

  /** Give the lock up, or the wait for it. */
  resign() {
    this.#waiting?.abort();
    this.#waiting = undefined;
    this.#release?.();
    this.#release = undefined;
  }

  /** @param {LockOptions} options */
  #request(options) {
    /** @type {(() => void) | undefined} */
    let mine;
    const hold = () =>
      new Promise((/** @type {(value?: undefined) => void} */ release) => {
        mine = release;
        this.#waiting = undefined;
        this.#release = release;
        this.#onElected();
      });
    this.#locks.request(this.#name, options, hold).catch((error) => {
      if (mine && this.#release === mine) {
        this.#release = undefined;
        this.#onRobbed();
      } else if (error.name !== "AbortError") {
        // A sandboxed frame has locks that it may not use. What is aborted is a wait that was ended here.
        this.#onUnable();
      }
    });
  }
}
