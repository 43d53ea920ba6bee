/**
 * A value that all tabs of this browser keep together: it is read again whenever it is asked for, so that no tab
 * overwrites what another one has stored. Without storage it holds until the page is left. No DOM.
 */

import { readStored, writeStored } from "./settings.js";

/** @template T */
export class Stored {
  #name;
  #read;
  /** @type {string | undefined} */
  #text;
  #value;
  /** Whether the value could not be stored: this tab has it alone. */
  #own = false;

  /**
   * @param {string} name
   * @param {(found: any) => T} read a value of what was stored, whatever it is; undefined: nothing
   */
  constructor(name, read) {
    this.#name = name;
    this.#read = read;
    this.#text = readStored(name);
    this.#value = read(parsed(this.#text));
  }

  get value() {
    const text = this.#own ? this.#text : readStored(this.#name);
    if (text === this.#text) return this.#value;
    this.#text = text;
    return (this.#value = this.#read(parsed(text)));
  }

  /** @param {object | undefined} found what is stored from now on, and read at once; undefined: nothing */
  keep(found) {
    this.#text = found && JSON.stringify(found);
    this.#own = !writeStored(this.#name, this.#text);
    this.#value = this.#read(parsed(this.#text));
  }
}

/** @param {string | undefined} text */
function parsed(text) {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
