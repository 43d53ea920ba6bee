/** The way back after a removal: the last one is undone, and what is hidden is shown again. */

import { element } from "./elements.js";
import { size } from "./numbers.js";

export class Removals {
  /** @type {readonly string[] | undefined} the list before the last removal */
  #before;
  #undo = element("undo");
  #again = element("again");

  /**
   * @param {(entries: readonly string[]) => void} onRestore called with the whole list that is wanted back
   * @param {() => void} onShowAll called when nothing is to be hidden any more
   */
  constructor(onRestore, onShowAll) {
    this.#undo.addEventListener("click", () => {
      const before = this.#before;
      this.forget();
      if (before) onRestore(before);
    });
    this.#again.addEventListener("click", onShowAll);
  }

  /** @param {readonly string[]} before the list before something was removed from it */
  note(before) {
    this.#before = before;
    this.#undo.hidden = false;
  }

  /** The list has changed otherwise: the one before would take that back too. */
  forget() {
    this.#before = undefined;
    this.#undo.hidden = true;
  }

  /** @param {number} hidden symbols that are not shown though a prefix covers them */
  count(hidden) {
    this.#again.hidden = !hidden;
    const text = `Show ${size(hidden)} hidden`;
    if (this.#again.textContent !== text) this.#again.textContent = text;
  }
}
