/** How a reader puts rows into the list's own order: by dragging a row's handle, or by Alt and an arrow key. */

import { element, show } from "./elements.js";
import { size } from "./numbers.js";
import { besideAt, placeAt, scrollBeside } from "./own_order.js";
import { stuckHeight } from "./stuck.js";

/** @typedef {import("./own_order.js").OwnOrder} OwnOrder */

const STEPS = new Map([["ArrowUp", -1], ["ArrowDown", 1]]);

/** ms between two moves of a key that is held: browsers stop an address that changes more than 200 times in 30 s. */
const HELD = 160;

/** px that a pointer moves before the row does: less is a click. */
const LEAST = 4;

/**
 * @param {HTMLElement} body of the table
 * @param {import("./table.js").Table} table
 * @param {OwnOrder} own
 * @param {(entries: string[]) => void} onOrder called with the whole list in its new order
 */
export function followOrdering(body, table, own, onOrder) {
  /**
   * @param {string} symbol
   * @param {number} place
   * @param {boolean} dropped where the pointer is, so it is in sight
   */
  const move = (symbol, place, dropped) => {
    const to = besideAt(table.order, symbol, place);
    const entries = to && own.moved(symbol, to.other, to.side);
    if (entries) onOrder(entries);
    table.focus(symbol, dropped);
    show("notice", `${symbol}, ${size(table.order.indexOf(symbol) + 1)} of ${size(table.order.length)}`);
  };
  followKeys(body, table, (symbol, place) => move(symbol, place, false));
  followPointer(body, table, (symbol, place) => move(symbol, place, true));
}

/** @typedef {(symbol: string, place: number) => void} Move */

/**
 * @param {HTMLElement} body
 * @param {import("./table.js").Table} table
 * @param {Move} move
 */
function followKeys(body, table, move) {
  let moved = 0;
  body.addEventListener("keydown", (event) => {
    const steps = STEPS.get(event.key);
    const symbol = /** @type {HTMLElement} */ (event.target).closest("tr")?.dataset.symbol;
    if (!steps || symbol === undefined || !event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (!table.byHand) return show("notice", whyNot(table));
    if (event.repeat && event.timeStamp - moved < HELD) return;
    moved = event.timeStamp;
    move(symbol, table.order.indexOf(symbol) + steps);
  });
}

/** @param {import("./table.js").Table} table */
function whyNot(table) {
  if (table.sort) return "A sorted list cannot be ordered by hand: click the header until no column is sorted";
  return "A list with * cannot be ordered by hand: name its symbols";
}

/**
 * @param {HTMLElement} body
 * @param {import("./table.js").Table} table
 * @param {Move} move
 */
function followPointer(body, table, move) {
  /** @type {Drag | undefined} */
  let drag;
  /** @param {boolean} drops false: the row goes back */
  const end = (drops) => {
    if (!drag) return;
    const { begun, symbol, place } = drag;
    drag.end();
    drag = undefined;
    if (drops && begun) move(symbol, place);
  };
  body.addEventListener("pointerdown", (event) => {
    const handle = /** @type {HTMLElement} */ (event.target).closest(".handle");
    const row = handle?.closest("tr");
    if (!row?.dataset.symbol || drag || event.button || !event.isPrimary || !table.byHand) return;
    // Else the browser would select texts. The focus keeps the row when it leaves what is in sight.
    event.preventDefault();
    table.focus(row.dataset.symbol, true);
    // The body's, since rows come and go.
    body.setPointerCapture(event.pointerId);
    drag = new Drag(body, table, row, event, () => end(false));
  });
  body.addEventListener("pointermove", (event) => {
    if (event.pointerId === drag?.pointer) drag.follow(event.clientY);
  });
  body.addEventListener("pointerup", (event) => event.pointerId === drag?.pointer && end(true));
  // Also when the browser takes the pointer for itself.
  body.addEventListener("lostpointercapture", (event) => event.pointerId === drag?.pointer && end(false));
  addEventListener("keydown", (event) => {
    if (!drag || event.key !== "Escape") return;
    event.stopPropagation();
    end(false);
  }, { capture: true });
}

class Drag {
  /** Whether the row has left its place. */
  begun = false;
  #body;
  #table;
  #row;
  #onLost;
  /** px of the pointer, now and at first; and below the top of the row at first */
  #y;
  #began;
  #grip;
  #frame = 0;
  #time = 0;

  /**
   * @param {HTMLElement} body
   * @param {import("./table.js").Table} table
   * @param {HTMLTableRowElement} row
   * @param {PointerEvent} event
   * @param {() => void} onLost called when there is nothing to drag any more
   */
  constructor(body, table, row, { clientY, pointerId }, onLost) {
    this.#onLost = onLost;
    this.#body = body;
    this.#table = table;
    this.#row = row;
    this.pointer = pointerId;
    this.symbol = row.dataset.symbol ?? "";
    this.#y = this.#began = clientY;
    this.#grip = clientY - row.getBoundingClientRect().top;
  }

  /** @param {number} y px */
  follow(y) {
    this.#y = y;
    if (this.begun || Math.abs(y - this.#began) < LEAST) return;
    this.begun = true;
    this.#row.dataset.dragged = "";
    this.#time = performance.now();
    this.#frame = requestAnimationFrame(this.#show);
  }

  end() {
    cancelAnimationFrame(this.#frame);
    delete this.#row.dataset.dragged;
    delete this.#body.dataset.drop;
  }

  get #height() {
    return this.#row.offsetHeight;
  }

  /** px of the upper edge of the dragged row, below that of the first one. */
  get #top() {
    const top = this.#y - this.#grip - this.#body.getBoundingClientRect().top;
    return Math.min(Math.max(top, 0), (this.#table.order.length - 1) * this.#height);
  }

  /** The place where the row would be dropped now. */
  get place() {
    return placeAt(this.#top, this.#height, this.#table.order.length);
  }

  /** In each frame: the page may scroll under the pointer, and symbols may come or go. */
  #show = (/** @type {number} */ now) => {
    const own = this.#table.order.indexOf(this.symbol);
    // Its symbol may have left the list, and the row shows another one.
    if (own < 0 || this.#row.dataset.symbol !== this.symbol || !this.#table.byHand) return this.#onLost();
    const head = stuckHeight() + element("headers").offsetHeight;
    const by = scrollBeside(this.#y, head, innerHeight, Math.max(0, now - this.#time));
    this.#time = now;
    if (by) scrollBy({ top: by, behavior: "instant" });
    const { place } = this;
    this.#row.style.setProperty("--dragged", `${this.#top - own * this.#height}px`);
    this.#body.style.setProperty("--drop", String(place > own ? place + 1 : place));
    this.#body.dataset.drop = "";
    this.#frame = requestAnimationFrame(this.#show);
  };
}
