/** The controls that change what is listed: search, adding, the way back after a removal, and the list's own order. */

import { fold } from "../tickcast/symbol.js";
import { bindAdd, bindFilter } from "./controls.js";
import { element, show } from "./elements.js";
import { findInstruments } from "./find_instruments.js";
import { OwnOrder } from "./own_order.js";
import { Removals } from "./removals.js";
import { followOrdering } from "./row_dragging.js";
import { writeAddress } from "./settings.js";
import { addition } from "./watchlist.js";

/** Instruments that are suggested at once. */
const MOST_FOUND = 8;

/**
 * @param {object} parts
 * @param {import("./saved_watchlist.js").SavedWatchlist} parts.list
 * @param {import("./table.js").Table} parts.table
 * @param {import("./instruments.js").Instruments} parts.instruments
 * @param {import("./charted_symbol.js").ChartedSymbol} parts.charted
 * @param {(change: () => void) => void} parts.changeList
 * @param {() => void} parts.arrange brings the rows into order, and counts them
 */
export function bindListControls({ list, table, instruments, charted, changeList, arrange }) {
  const find = (/** @type {string} */ typed) => findInstruments(instruments.all, typed, MOST_FOUND);

  // Several symbols, a prefix, or a symbol of the feed: no part of a name.
  const isWhole = (/** @type {string} */ text) => /[,*]/.test(text) || instruments.knows(fold(text, list.case));

  const add = (/** @type {string} */ text) => {
    const { next, notice } = addition(list.entries, text, (part) => instruments.knows(part), list.case);
    if (next) changeList(() => list.change(next));
    show("notice", notice);
    return Boolean(next);
  };

  const filter = /** @type {HTMLInputElement} */ (element("filter"));
  filter.value = table.search = new URLSearchParams(location.search).get("filter") ?? "";
  bindFilter(filter, {
    onSearch: (search) => {
      table.search = search;
      arrange();
      // A screen reader would not read out the same words again.
      show("found", "");
    },
    onTyped: () => {
      show("found", element(element("empty").hidden ? "count" : "empty").textContent);
      writeAddress("filter", table.search || undefined);
    },
    onEnter: (search) => {
      const first = table.shown ? table.top : find(search)[0]?.S;
      if (first === undefined) return;
      if (!table.shown) add(first);
      charted.choose(first);
    },
  });
  const suggestions = bindAdd(/** @type {HTMLFormElement} */ (element("add")), find, isWhole, add);
  const removals = new Removals(
    (entries) => {
      changeList(() => list.change(entries));
      show("notice", "The removal is undone");
    },
    () => {
      changeList(() => list.change(list.requested));
      show("notice", "All are shown again");
    },
  );
  const own = (table.own = new OwnOrder(list));
  followOrdering(element("rows"), table, own, (entries) => changeList(() => list.change(entries)));
  return { suggestions, removals };
}
