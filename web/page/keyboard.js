/** The keyboard in the table: one row takes the focus and arrow keys move it, so Tab passes the table in one step. */

/** Rows that PageUp and PageDown move by. */
const PAGE = 10;

const STEPS = new Map([
  ...[["ArrowDown", 1], ["ArrowUp", -1], ["PageDown", PAGE], ["PageUp", -PAGE]],
  ...[["Home", -Infinity], ["End", Infinity]],
].map(([key, steps]) => [String(key), Number(steps)]));

/**
 * @param {HTMLElement} body of the table
 * @param {Pick<import("./table.js").Table, "from" | "focus">} table
 * @param {{choose: (symbol: string) => void, remove: (symbol: string) => void}} act
 */
export function followKeys(body, table, { choose, remove }) {
  /**
   * Remove a row, and focus the next one: without focus the keyboard would start again at the top of the page.
   *
   * @param {string} symbol
   * @param {boolean} [noScroll] do not scroll to the row
   */
  const removeRow = (symbol, noScroll) => {
    const next = [1, -1].map((steps) => table.from(symbol, steps)).find((each) => each !== symbol);
    remove(symbol);
    if (next !== undefined) table.focus(next, noScroll);
  };
  body.addEventListener("keydown", (event) => {
    const symbol = symbolOf(event.target);
    const steps = STEPS.get(event.key);
    if (symbol === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Delete") removeRow(symbol);
    else if (steps !== undefined) table.focus(table.from(symbol, steps) ?? symbol);
    else return;
    event.preventDefault();
  });
  body.addEventListener("click", (event) => {
    const symbol = symbolOf(event.target);
    if (symbol === undefined) return;
    if (/** @type {HTMLElement} */ (event.target).closest(".remove")) return removeRow(symbol, true);
    table.focus(symbol, true);
    choose(symbol);
  });
}

/** @param {EventTarget | null} target */
function symbolOf(target) {
  return /** @type {HTMLElement} */ (target).closest("tr")?.dataset.symbol;
}
