/**
 * The life of the page that the stream belongs to: when a second has passed, when the page wakes from a sleep, and
 * when the browser freezes and restores it.
 *
 * @typedef {object} Owner
 * @property {() => void} onSecond a second has passed
 * @property {() => void} onWake the page may have slept, is visible again, or has its network back
 * @property {() => void} onFreeze the browser is about to freeze the page, or to keep it for the back button
 * @property {() => void} onRestore the page is back from there
 */

const SECOND = 1_000;

/** ms without a timer after which the page must have slept, or was hidden. */
const SLEPT = 4_000;

export class PageLifecycle {
  #owner;
  #last = Date.now();
  #frozen = false;
  #end = new AbortController();
  /** @type {ReturnType<typeof setInterval>} */
  #timer;

  /** @param {Owner} owner */
  constructor(owner) {
    this.#owner = owner;
    this.#timer = setInterval(() => this.#second(), SECOND);
    // A worker has no document, and Node has no events of its own.
    const page = globalThis.document;
    this.#listen(globalThis, "online", () => this.#wake());
    this.#listen(globalThis, "pageshow", () => this.#wake());
    this.#listen(globalThis, "pagehide", () => this.#freeze());
    this.#listen(page, "freeze", () => this.#freeze());
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

  #second() {
    const now = Date.now();
    const slept = now - this.#last > SLEPT;
    this.#last = now;
    if (slept || this.#frozen) this.#wake();
    if (!this.#frozen) this.#owner.onSecond();
  }

  #freeze() {
    if (this.#frozen) return;
    this.#frozen = true;
    this.#owner.onFreeze();
  }

  #wake() {
    this.#last = Date.now();
    if (this.#frozen) {
      this.#frozen = false;
      this.#owner.onRestore();
    } else {
      this.#owner.onWake();
    }
  }
}
