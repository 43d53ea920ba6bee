/**
 * The chart or the map over the whole screen, with the name, the state and the source of the feed still above it: prices
 * must never be without them. Where a browser gives no full screen, it fills the window.
 */

/** The key that turns it on and off. */
const KEY = "f";

/**
 * @param {Record<"chart" | "map", HTMLElement>} buttons with `aria-pressed`, by the part of the page that fills the screen
 */
export function bindFullScreen(buttons) {
  const { body } = document;
  const toggle = (/** @type {string} */ part) => setFullScreen("full" in body.dataset ? "" : part);
  for (const [part, button] of Object.entries(buttons)) button.addEventListener("click", () => toggle(part));
  new MutationObserver(() => {
    for (const [part, button] of Object.entries(buttons)) {
      button.setAttribute("aria-pressed", String(part === body.dataset.full));
    }
  }).observe(body, { attributeFilter: ["data-full"] });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) return setFullScreen("");
    if (event.key !== KEY || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (/** @type {HTMLElement} */ (event.target).closest("input:not([type=radio]), select, textarea")) return;
    // A sheet with the chart may lie over the map.
    toggle(body.dataset.view === "map" && !("sheet" in body.dataset) ? "map" : "chart");
  });
  // The browser's own ways out: Escape, a gesture, another tab.
  document.addEventListener("fullscreenchange", () => {
    if (!document.fullscreenElement) setFullScreen("");
  });
}

/** @param {string} part of the page that fills the screen; empty: none */
export function setFullScreen(part) {
  const { body, documentElement } = document;
  if (part === (body.dataset.full ?? "")) return;
  if (part) body.dataset.full = part;
  else delete body.dataset.full;
  // A refusal leaves it filling the window.
  if (part) documentElement.requestFullscreen?.().catch(() => {});
  else if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
}
