/** The reader's named lists, which all tabs keep together. No DOM. */

import { Stored } from "./stored.js";

/** Most lists, and most characters of a name. */
const MOST = 50;
export const LONGEST_NAME = 40;

export class NamedLists {
  #stored = new Stored("lists", listsIn);

  /** The entries of each, with commas, by its name. */
  get #all() {
    return this.#stored.value;
  }

  /** The names, in order. */
  get names() {
    return [...this.#all.keys()].sort((a, b) => a.localeCompare(b));
  }

  /** @param {string} name */
  get(name) {
    return this.#all.get(name);
  }

  /**
   * Return the name of the list with these entries; undefined: none has them.
   *
   * @param {readonly string[]} entries
   */
  nameOf(entries) {
    return this.names.find((name) => this.#all.get(name) === String(entries));
  }

  /**
   * Tell whether entries are those of a list in another order.
   *
   * @param {string} name
   * @param {readonly string[]} entries
   */
  isReordered(name, entries) {
    const list = this.#all.get(name);
    return list !== undefined && list !== String(entries) && String(list.split(",").sort()) === String([...entries].sort());
  }

  /**
   * Save a list under a name; one that has it is replaced. Return why it cannot be saved; empty: it is.
   *
   * @param {string} name
   * @param {readonly string[]} entries
   */
  save(name, entries) {
    if (!name) return "A list needs a name";
    if (name.length > LONGEST_NAME) return `A name has at most ${LONGEST_NAME} characters`;
    if (!this.#all.has(name) && this.#all.size >= MOST) return `There are ${MOST} lists: remove one`;
    this.#keep(new Map(this.#all).set(name, String(entries)));
    return "";
  }

  /** @param {string} name */
  remove(name) {
    this.#keep(new Map([...this.#all].filter(([each]) => each !== name)));
  }

  /** @param {Map<string, string>} all */
  #keep(all) {
    this.#stored.keep(all.size ? Object.fromEntries(all) : undefined);
  }
}

/** @param {any} found @returns {Map<string, string>} what was stored and is a list */
function listsIn(found) {
  const lists = Object.entries(found ?? {}).filter(([name, text]) => name && typeof text === "string");
  return new Map(/** @type {[string, string][]} */ (lists.slice(0, MOST)));
}
