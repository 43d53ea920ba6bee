/**
 * The order of the rows. Pure.
 *
 * @typedef {object} Sort
 * @property {string} key of a column
 * @property {"ascending" | "descending"} direction
 */

/**
 * Return the sort order after a click on a header: ascending, descending, and none at the third click.
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
 * Return the items in the order of their values. Items without a value come last in both directions; equal ones keep
 * their order.
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
