/** What the page calls its feed, and the labels of prices that do not come from a market now. Pure. */

/** What the `src` of a tick means: a short label beside its symbol, and the words for a reader. */
const SOURCES = new Map([
  ["sim", { short: "sim", text: "simulated" }],
  ["rec", { short: "rec", text: "recorded" }],
]);

/**
 * Return the label beside a symbol, and its meaning; undefined for a real price.
 *
 * @param {string | undefined} src of its newest tick
 */
export function symbolLabel(src) {
  return SOURCES.get(src ?? "");
}

/**
 * Return the label of all prices together; empty if all are real.
 *
 * @param {ReadonlyMap<string, number>} sources number of prices by `src`
 */
export function sourceLabel(sources) {
  let real = 0;
  /** @type {Map<string, number>} */
  const invented = new Map();
  for (const [src, count] of sources) {
    const label = symbolLabel(src);
    if (!label) real += count;
    else if (count) invented.set(label.text, (invented.get(label.text) ?? 0) + count);
  }
  if (!invented.size) return "";
  const [[first, count]] = invented;
  if (!real && invented.size === 1) return `${first[0].toUpperCase()}${first.slice(1)} market data`;
  if (invented.size === 1) return `${count} of ${real + count} symbols are ${first}`;
  const parts = [...invented].map(([text, some]) => `${some} ${text}`);
  return `${parts.join(", ")} and ${real} real symbols`;
}

/**
 * Return what is to be said of prices that are late; empty for those of now.
 *
 * @param {number} delay ms
 */
export function delayLabel(delay) {
  if (!delay) return "";
  const [count, unit] = delay < 60_000 ? [delay / 1000, "second"] : [delay / 60_000, "minute"];
  const shown = Math.round(count * 10) / 10;
  return `Prices are ${shown} ${unit}${shown === 1 ? "" : "s"} late`;
}

/**
 * Return the title of the page: the feed's own name comes first, unless it is the only one that most have.
 *
 * @param {string} name
 */
export function feedTitle(name) {
  return name && name !== "main" ? `${name} · Tickcast` : "Tickcast";
}
