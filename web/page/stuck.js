/** The header, which stays at the top of the screen: the state is always in sight. */

let height = 0;

/** px at the top of the screen that are covered. */
export const stuckHeight = () => height;

/**
 * Measure the header, for the styles and for whoever scrolls.
 *
 * @param {HTMLElement} header
 */
export function followStuck(header) {
  new ResizeObserver(() => {
    height = Math.ceil(header.getBoundingClientRect().height);
    document.documentElement.style.setProperty("--stuck", `${height}px`);
  }).observe(header);
}
