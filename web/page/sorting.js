/**
 * The order of the rows. Pure.
 *
 * @typedef {object} Sort
 * @property {string} key of a column
 * @property {"ascending" | "descending"} direction
 */

/** Columns of words, which a reader wants from A to Z; the greatest of numbers come first. */
const WORDS = new Set(["symbol", "name", "ccy"]);

/** @param {string} key */
const firstDirection = (key) => (WORDS.has(key) ? "ascending" : "descending");

/**
 * Return the sort order after a click on a header: words up and numbers down, the other way, and none at the third
 * click.
 *
 * @param {Sort | undefined} sort
 * @param {string} key
 * @returns {Sort | undefined}
 */
export function nextSort(sort, key) {
  const first = firstDirection(key);
  if (sort?.key !== key) return { key, direction: first };
  if (sort.direction !== first) return undefined;
  return { key, direction: first === "ascending" ? "descending" : "ascending" };
}

/**
 * Return a sort order as a setting: `name`, and `-percent` for a descending one.
 *
 * @param {Sort | undefined} sort
 */
export function sortText(sort) {
  return sort && (sort.direction === "descending" ? "-" : "") + sort.key;
}

/**
 * Return the sort order of a setting; undefined: there is none, or no such column.
 *
 * @param {string | undefined} text
 * @param {readonly string[]} keys of the columns
 * @returns {Sort | undefined}
 */
export function parseSort(text, keys) {
  const key = text?.replace(/^-/, "") ?? "";
  return keys.includes(key) ? { key, direction: text?.startsWith("-") ? "descending" : "ascending" } : undefined;
}

/**
 * Return the places of a longest increasing subsequence: only what is not in it has to be moved.
 *
 * @param {number[]} ranks all different
 * @param {number} [through] a place that must be in it; -1: none
 */
export function longestRun(ranks, through = -1) {
  /** @type {number[]} for each length of run, the place where one ends with the smallest rank */
  const ends = [];
  /** @type {number[]} for each place, the place before it in its run */
  const before = [];
  ranks.forEach((rank, place) => {
    // A run through that place cannot include what is out of order with it.
    if (through >= 0 && (place - through) * (rank - ranks[through]) < 0) return;
    let low = 0;
    for (let high = ends.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (ranks[ends[middle]] < rank) low = middle + 1;
      else high = middle;
    }
    before[place] = low ? ends[low - 1] : -1;
    ends[low] = place;
  });
  /** @type {Set<number>} */
  const run = new Set();
  for (let place = ends.length ? ends[ends.length - 1] : -1; place >= 0; place = before[place]) run.add(place);
  return run;
}
