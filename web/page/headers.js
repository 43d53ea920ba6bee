/** The head of the table: one button per column, which sorts by it. */

import { COLUMNS } from "./columns.js";
import { nextSort } from "./sorting.js";

/** @typedef {import("./sorting.js").Sort} Sort */

/**
 * Fill the head of the table, and call back with the sort order that a click selects.
 *
 * @param {HTMLElement} head the row of headers
 * @param {Sort | undefined} sort order at first
 * @param {(sort: Sort | undefined) => void} onSort
 */
export function fillHeaders(head, sort, onSort) {
  for (const { key, title, label } of COLUMNS) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = title;
    if (label) button.setAttribute("aria-label", label);
    const header = document.createElement("th");
    header.className = key;
    header.setAttribute("scope", "col");
    header.setAttribute("role", "columnheader");
    header.append(button);
    if (sort?.key === key) header.setAttribute("aria-sort", sort.direction);
    button.addEventListener("click", () => {
      sort = nextSort(sort, key);
      for (const other of head.children) other.removeAttribute("aria-sort");
      if (sort) header.setAttribute("aria-sort", sort.direction);
      onSort(sort);
    });
    head.insertBefore(header, head.querySelector(".trend"));
  }
}
