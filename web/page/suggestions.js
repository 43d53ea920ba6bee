/** The suggestions under a field: a combobox as ARIA describes it. The focus stays in the field. */

import { element } from "./elements.js";

/** @typedef {import("./instruments.js").Instrument} Instrument */

const STEPS = new Map([["ArrowDown", 1], ["ArrowUp", -1]]);

export class Suggestions {
  /** @type {Instrument[]} */
  #shown = [];
  /** Place of the marked one; -1: none. */
  #marked = -1;
  #input;
  #list;
  #find;

  /**
   * @param {HTMLInputElement} input whose `aria-controls` names the list
   * @param {(typed: string) => Instrument[]} find
   * @param {(symbol: string) => void} onChoose
   */
  constructor(input, find, onChoose) {
    this.#input = input;
    this.#list = element(input.getAttribute("aria-controls") ?? "");
    this.#find = find;
    input.addEventListener("input", () => this.renew());
    input.addEventListener("blur", () => this.close());
    input.addEventListener("keydown", (event) => this.#press(event));
    // Before the field loses the focus, which would close the list.
    this.#list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.#list.addEventListener("click", ({ target }) => {
      const option = /** @type {HTMLElement} */ (target).closest("li");
      if (option) onChoose(option.dataset.symbol ?? "");
    });
  }

  /** The symbol that Enter takes: the marked one, else the first; empty: there is none. */
  get first() {
    return this.#shown[Math.max(0, this.#marked)]?.S ?? "";
  }

  /** Whether the reader has marked one. */
  get marked() {
    return this.#marked >= 0;
  }

  /** Find again what is typed: more may have become known. */
  renew() {
    if (document.activeElement !== this.#input) return;
    this.#shown = this.#find(this.#input.value);
    this.#marked = -1;
    this.#list.replaceChildren(...this.#shown.map(optionOf));
    this.#open(this.#shown.length > 0);
  }

  close() {
    this.#shown = [];
    this.#marked = -1;
    this.#open(false);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const step = STEPS.get(event.key);
    const count = this.#shown.length;
    if (event.key === "Escape" && count) {
      this.close();
    } else if (step && count) {
      this.#mark(this.#marked < 0 && step < 0 ? count - 1 : (this.#marked + step + count) % count);
    } else {
      return;
    }
    event.preventDefault();
  }

  /** @param {number} place */
  #mark(place) {
    this.#marked = place;
    [...this.#list.children].forEach((option, each) => option.setAttribute("aria-selected", String(each === place)));
    const option = this.#list.children[place];
    this.#input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  /** @param {boolean} open */
  #open(open) {
    this.#list.hidden = !open;
    this.#input.setAttribute("aria-expanded", String(open));
    this.#input.removeAttribute("aria-activedescendant");
  }
}

/**
 * @param {Instrument} instrument
 * @param {number} place
 */
function optionOf({ S, name }, place) {
  const option = document.createElement("li");
  option.id = `suggestion-${place}`;
  option.setAttribute("role", "option");
  option.setAttribute("aria-selected", "false");
  option.dataset.symbol = S;
  const symbol = document.createElement("b");
  symbol.textContent = S;
  const words = document.createElement("span");
  words.textContent = name;
  option.append(symbol, " ", words);
  return option;
}
