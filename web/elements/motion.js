/** How a line moves where it is longer than its place: slowly, and never against the reader's will. */

/** CSS pixels a second. */
const SPEED = 40;

/** ms that the first sight of the line rests. */
const REST = 1_500;

const reduced = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)");

export class Motion {
  #place = document.createElement("div");
  #button = document.createElement("button");
  /** @type {Animation | undefined} */
  #animation;
  #line;
  #allowed;
  /** Whether the reader has stopped it. */
  #stopped = false;
  /** Whether the reader points at it, or has the focus in it. */
  #held = new Set();
  #watch = new ResizeObserver(() => this.#fit());
  #onPreference = () => this.#fit();

  /**
   * @param {ShadowRoot} root
   * @param {HTMLElement} line
   * @param {boolean} allowed
   */
  constructor(root, line, allowed) {
    this.#line = line;
    this.#allowed = allowed;
    this.#place.className = "place";
    // Where it does not move it is scrolled, by keys too.
    this.#place.tabIndex = 0;
    this.#place.setAttribute("role", "group");
    this.#place.setAttribute("aria-label", "Prices");
    this.#place.append(line);
    this.#button.type = "button";
    this.#button.className = "pause";
    this.#button.addEventListener("click", () => this.#toggle());
    for (const [begin, end] of [["pointerenter", "pointerleave"], ["focusin", "focusout"]]) {
      this.#place.addEventListener(begin, () => this.#hold(begin, true));
      this.#place.addEventListener(end, () => this.#hold(begin, false));
    }
    root.replaceChildren(this.#button, this.#place);
    this.#watch.observe(this.#place);
    this.#watch.observe(line);
    reduced?.addEventListener("change", this.#onPreference);
    this.#fit();
  }

  end() {
    this.#watch.disconnect();
    this.#animation?.cancel();
    reduced?.removeEventListener("change", this.#onPreference);
  }

  #fit() {
    const over = Math.ceil(this.#line.scrollWidth - this.#place.clientWidth);
    const moves = this.#allowed && !reduced?.matches && over > 0;
    this.#button.hidden = !moves;
    this.#place.toggleAttribute("data-moves", moves);
    if (!moves) {
      this.#animation?.cancel();
      this.#animation = undefined;
      return;
    }
    this.#place.scrollLeft = 0;
    // To its end and back: whatever the reader has seen comes again, and nothing stands there twice.
    const frames = [{ transform: "translateX(0)" }, { transform: `translateX(${-over}px)` }];
    const timing = { duration: (over / SPEED) * 1000 + REST, iterations: Infinity, direction: "alternate" };
    if (this.#animation) {
      const effect = /** @type {KeyframeEffect} */ (this.#animation.effect);
      effect.setKeyframes(frames);
      effect.updateTiming(/** @type {OptionalEffectTiming} */ (timing));
    } else {
      this.#animation = this.#line.animate(frames, /** @type {KeyframeAnimationOptions} */ ({ ...timing, easing: "ease-in-out" }));
    }
    this.#follow();
  }

  #toggle() {
    this.#stopped = !this.#stopped;
    this.#follow();
  }

  /**
   * @param {string} why
   * @param {boolean} begins
   */
  #hold(why, begins) {
    if (begins) this.#held.add(why);
    else this.#held.delete(why);
    this.#follow();
  }

  #follow() {
    this.#button.textContent = this.#stopped ? "▶" : "❚❚";
    this.#button.setAttribute("aria-label", this.#stopped ? "Move the prices" : "Stop the prices");
    if (this.#stopped || this.#held.size) this.#animation?.pause();
    else this.#animation?.play();
  }
}
