/**
 * Who watches which symbols: finds those whom some ticks concern without asking each, for a page with a component for
 * each of thousands of symbols. Pure.
 *
 * @typedef {import("./types.js").Tick} Tick
 * @typedef {() => void} Watcher
 */

import { selector } from "./subscription.js";
import { fold, isPattern } from "./symbol.js";

export class Watchers {
  /** @type {Map<Watcher, readonly string[]>} what each watches, as it said it */
  #symbols = new Map();
  /** @type {Map<string, Set<Watcher>>} */
  #named = new Map();
  /** Those that watch patterns, each with what tells whether a symbol is one of theirs.
   * @type {Map<Watcher, (symbol: string) => boolean>} */
  #patterned = new Map();
  /** @type {import("./symbol.js").Case} */
  #case = "upper";

  /** All of them, in the order in which they came. */
  get all() {
    return [...this.#symbols.keys()];
  }

  /** How the feed writes its symbols. @param {import("./symbol.js").Case} letters */
  set case(letters) {
    if (letters === this.#case) return;
    this.#case = letters;
    const all = [...this.#symbols];
    this.#named.clear();
    this.#patterned.clear();
    for (const [watcher, symbols] of all) this.add(watcher, symbols);
  }

  /**
   * @param {Watcher} watcher
   * @param {readonly string[]} symbols and patterns
   */
  add(watcher, symbols) {
    this.#symbols.set(watcher, symbols);
    const folded = this.#folded(symbols);
    if (folded.some(isPattern)) this.#patterned.set(watcher, selector(folded));
    else for (const name of folded) this.#ofName(name).add(watcher);
  }

  /** @param {Watcher} watcher */
  remove(watcher) {
    for (const name of this.#folded(this.#symbols.get(watcher) ?? [])) {
      const watchers = this.#named.get(name);
      if (watchers?.delete(watcher) && !watchers.size) this.#named.delete(name);
    }
    this.#patterned.delete(watcher);
    this.#symbols.delete(watcher);
  }

  /**
   * Return those who watch the symbol of any of these ticks, each once.
   *
   * @param {readonly Tick[]} ticks
   */
  of(ticks) {
    /** @type {Set<Watcher>} */
    const found = new Set();
    for (const { S } of ticks) for (const watcher of this.#named.get(S) ?? []) found.add(watcher);
    for (const [watcher, selects] of this.#patterned) if (ticks.some(({ S }) => selects(S))) found.add(watcher);
    return found;
  }

  /** @param {readonly string[]} symbols */
  #folded(symbols) {
    return symbols.map((symbol) => fold(symbol, this.#case));
  }

  /** @param {string} name */
  #ofName(name) {
    const watchers = this.#named.get(name) ?? new Set();
    this.#named.set(name, watchers);
    return watchers;
  }
}

/**
 * Return the ticks of some symbols and patterns, without a look at all others where none is a pattern.
 *
 * @param {ReadonlyMap<string, Tick>} ticks
 * @param {string[]} symbols as the feed writes them
 * @returns {Map<string, Tick>}
 */
export function ticksOf(ticks, symbols) {
  if (symbols.some(isPattern)) {
    const selects = selector(symbols);
    return new Map([...ticks].filter(([symbol]) => selects(symbol)));
  }
  const found = new Map();
  for (const symbol of symbols) {
    const tick = ticks.get(symbol);
    if (tick) found.set(symbol, tick);
  }
  return found;
}
