/** The keyboard in the table: one row takes the focus and arrow keys move it, so Tab passes the table in one step. */

/** Rows that PageUp and PageDown move by. */
const PAGE = 10;

const STEPS = new Map([["ArrowDown", 1], ["ArrowUp", -1], ["PageDown", PAGE], ["PageUp", -PAGE]]);

/**
 * @param {HTMLElement} body of the table
 * @param {{choose: (symbol: string) => void, remove: (symbol: string) => void}} act
 */
export function followKeys(body, { choose, remove }) {
  /**
   * Remove a row, and focus the next one: without focus the keyboard would start again at the top of the page.
   *
   * @param {HTMLElement} row
   * @param {boolean} [noScroll] do not scroll to the row
   */
  const removeRow = (row, noScroll) => {
    const next = neighbour(body, row, 1) ?? neighbour(body, row, -1);
    remove(row.dataset.symbol ?? "");
    focus(body, next, noScroll);
  };
  body.addEventListener("keydown", (event) => {
    const row = rowOf(event.target);
    if (!row || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Delete") {
      removeRow(row);
    } else if (STEPS.has(event.key)) {
      focus(body, neighbour(body, row, STEPS.get(event.key) ?? 0));
    } else if (event.key === "Home" || event.key === "End") {
      focus(body, seen(body).at(event.key === "Home" ? 0 : -1));
    } else {
      return;
    }
    event.preventDefault();
  });
  body.addEventListener("click", (event) => {
    const row = rowOf(event.target);
    if (!row) return;
    const symbol = row.dataset.symbol ?? "";
    if (/** @type {HTMLElement} */ (event.target).closest(".remove")) return removeRow(row, true);
    focus(body, row, true);
    choose(symbol);
  });
}

/**
 * Make sure that Tab reaches one row of the table.
 *
 * @param {HTMLElement} body
 */
export function keepReachable(body) {
  const reached = body.querySelector("tr:not([hidden]) button[tabindex='0']");
  if (!reached) setReached(body, seen(body)[0]);
}

/** @param {EventTarget | null} target */
function rowOf(target) {
  return /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (target).closest("tr"));
}

/** @param {HTMLElement} body */
function seen(body) {
  return /** @type {HTMLElement[]} */ ([...body.children]).filter((row) => !row.hidden);
}

/**
 * @param {HTMLElement} body
 * @param {HTMLElement} row
 * @param {number} steps
 */
function neighbour(body, row, steps) {
  const rows = seen(body);
  const place = Math.min(Math.max(rows.indexOf(row) + steps, 0), rows.length - 1);
  return rows[place] === row ? undefined : rows[place];
}

/**
 * @param {HTMLElement} body
 * @param {HTMLElement | undefined} row
 * @param {boolean} [noScroll] do not scroll to the row
 */
function focus(body, row, noScroll = false) {
  if (!row) return;
  setReached(body, row);
  row.querySelector("button")?.focus({ preventScroll: noScroll });
}

/**
 * @param {HTMLElement} body
 * @param {HTMLElement | undefined} row
 */
function setReached(body, row) {
  for (const button of body.querySelectorAll("button[tabindex='0']")) button.setAttribute("tabindex", "-1");
  row?.querySelector("button")?.setAttribute("tabindex", "0");
}
