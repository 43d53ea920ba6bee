/**
 * The order of the rows. Pure.
 *
 * @typedef {object} Sort
 * @property {string} key of a column
 * @property {"ascending" | "descending"} direction
 */

/**
 * Return the order after a click on a header: up, down, and at the third click none.
 *
 * @param {Sort | undefined} sort
 * @param {string} key
 * @returns {Sort | undefined}
 */
export function nextSort(sort, key) {
  if (sort?.key !== key) return { key, direction: "ascending" };
  return sort.direction === "ascending" ? { key, direction: "descending" } : undefined;
}

/**
 * Return the items in the order of their values. What has no value comes last either way; equal ones
 * stay as they were.
 *
 * @template T
 * @param {T[]} items
 * @param {(item: T) => number | string | undefined} value
 * @param {Sort["direction"]} direction
 */
export function sorted(items, value, direction) {
  const way = direction === "ascending" ? 1 : -1;
  return items
    .map((item) => ({ item, value: value(item) }))
    .sort((a, b) => {
      if (a.value === undefined || b.value === undefined) {
        return Number(a.value === undefined) - Number(b.value === undefined);
      }
      return a.value === b.value ? 0 : (a.value < b.value ? -1 : 1) * way;
    })
    .map(({ item }) => item);
}

/**
 * Return the places of a longest run that is in order already: what is not in it has to be moved, and
 * nothing else.
 *
 * @param {number[]} ranks all different
 * @param {number} [through] a place that must be in it; -1: any may be left out
 */
export function longestRun(ranks, through = -1) {
  /** @type {number[]} the place that each length of run ends at, with the smallest rank */
  const ends = [];
  /** @type {number[]} the place before each in its run */
  const before = [];
  ranks.forEach((rank, place) => {
    // No run through that place has what is on the wrong side of it.
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
