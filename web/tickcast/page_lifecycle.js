/**
 * When to look whether all is well: once a second, and at once after a sleep.
 *
 * @typedef {object} Sleeper
 * @property {() => void} onLook a second has passed
 * @property {() => void} onWake the page may have slept, or is seen again, or the network is back
 * @property {() => void} onSleep the browser is about to freeze the page, or to keep it for "back"
 * @property {() => void} onReturn it is back from there
 */

/** ms between two looks. */
const PERIOD = 1_000;

/** ms: what comes later than this comes from a sleep, or from a tab that is hidden. */
const LATE = 4_000;

export class Wake {
  #sleeper;
  #last = Date.now();
  #asleep = false;
  #end = new AbortController();
  /** @type {ReturnType<typeof setInterval>} */
  #timer;

  /** @param {Sleeper} sleeper */
  constructor(sleeper) {
    this.#sleeper = sleeper;
    this.#timer = setInterval(() => this.#look(), PERIOD);
    // A worker has no document, and Node has no events of its own.
    const page = globalThis.document;
    this.#listen(globalThis, "online", () => this.#wake());
    this.#listen(globalThis, "pageshow", () => this.#wake());
    this.#listen(globalThis, "pagehide", () => this.#sleep());
    this.#listen(page, "freeze", () => this.#sleep());
    this.#listen(page, "resume", () => this.#wake());
    this.#listen(page, "visibilitychange", () => {
      if (page.visibilityState === "visible") this.#wake();
    });
  }

  close() {
    clearInterval(this.#timer);
    this.#end.abort();
  }

  /**
   * @param {EventTarget | undefined} target
   * @param {string} name
   * @param {() => void} hear
   */
  #listen(target, name, hear) {
    target?.addEventListener?.(name, hear, { signal: this.#end.signal });
  }

  #look() {
    const now = Date.now();
    const late = now - this.#last > LATE;
    this.#last = now;
    if (late || this.#asleep) this.#wake();
    if (!this.#asleep) this.#sleeper.onLook();
  }

  #sleep() {
    if (this.#asleep) return;
    this.#asleep = true;
    this.#sleeper.onSleep();
  }

  #wake() {
    this.#last = Date.now();
    if (this.#asleep) {
      this.#asleep = false;
      this.#sleeper.onReturn();
    } else {
      this.#sleeper.onWake();
    }
  }
}
