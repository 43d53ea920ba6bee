/** Which instruments of all that there are fit what a reader types, the likeliest first. Pure. */

/** @typedef {import("./instruments.js").Instrument} Instrument */

/**
 * Return the instruments in whose symbol or name every word occurs: first the symbol itself, then symbols that begin
 * with what is typed, names of which a word does, and all others.
 *
 * @param {Iterable<Instrument>} all
 * @param {string} typed
 * @param {number} most
 * @returns {Instrument[]}
 */
export function findInstruments(all, typed, most) {
  const text = typed.trim().toLowerCase();
  if (!text) return [];
  const words = text.split(/\s+/);
  /** @type {Instrument[][]} */
  const found = [[], [], [], []];
  for (const instrument of all) {
    const symbol = instrument.S.toLowerCase();
    const name = instrument.name.toLowerCase();
    if (!words.every((word) => symbol.includes(word) || name.includes(word))) continue;
    found[symbol === text ? 0 : symbol.startsWith(text) ? 1 : beginsWord(name, text) ? 2 : 3].push(instrument);
  }
  return found.flatMap((some) => some.slice(0, most)).slice(0, most);
}

/**
 * @param {string} name
 * @param {string} text
 */
function beginsWord(name, text) {
  return name.startsWith(text) || name.includes(` ${text}`);
}
