/** Puts rows in order by moving as few as possible: a row that moves costs a layout, and loses the focus. */

import { longestRun } from "./sorting.js";

/**
 * Put the children of `body` in the order of `wanted`, which lists all of them. The focused one is never moved: a
 * screen reader would read it out each time it loses and regains the focus.
 *
 * @param {HTMLElement} body
 * @param {HTMLElement[]} wanted
 */
export function putInOrder(body, wanted) {
  const rank = new Map(wanted.map((element, place) => [/** @type {Element} */ (element), place]));
  const now = [...body.children];
  const focused = now.findIndex((element) => element.contains(document.activeElement));
  const run = longestRun(now.map((element) => rank.get(element) ?? 0), focused);
  if (run.size === wanted.length && now.length === wanted.length) return;
  const staying = new Set(now.filter((_, place) => run.has(place)));
  let next = null;
  for (const element of wanted.toReversed()) {
    if (!staying.has(element)) body.insertBefore(element, next);
    next = element;
  }
}
