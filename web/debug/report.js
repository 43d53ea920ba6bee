/**
 * What a gateway reports about itself and the others, as rows of text. Pure.
 *
 * @typedef {object} Gateway
 * @property {string} id
 * @property {number} started µs since the epoch
 * @property {number} t when it was last heard, µs since the epoch
 * @property {number} clients
 * @property {number} groups
 * @property {number} lag ms
 * @property {string} feed
 * @property {boolean} draining
 *
 * @typedef {object} Group
 * @property {string} symbols
 * @property {number} interval ms
 * @property {string} format
 * @property {string} encoding
 * @property {string[]} bars
 * @property {number} members
 * @property {number} joining
 * @property {number} users
 * @property {number} pending events
 *
 * @typedef {object} Slow
 * @property {string} stream
 * @property {string} state
 * @property {string} reason
 * @property {string} symbols
 * @property {number} interval ms
 * @property {number} buffered bytes
 * @property {number} since ms without progress
 *
 * @typedef {object} Report
 * @property {string} gateway
 * @property {number} t µs since the epoch
 * @property {Gateway[]} gateways
 * @property {string} problem
 * @property {Group[]} groups
 * @property {number} groups_total
 * @property {Record<string, number>} clients
 * @property {Slow[]} slow
 * @property {number} slow_total
 *
 * @typedef {object} Cell
 * @property {string} text
 * @property {boolean} [alarm] an operator should look at it
 *
 * @typedef {object} Row
 * @property {Cell[]} cells the first one names the row
 * @property {boolean} [own] it is the gateway that answered
 *
 * @typedef {object} Column
 * @property {string} name
 * @property {"name" | "text" | "number"} kind
 */

/** ms without a sign of life, or without progress, that raise an alarm. */
const SILENT = 5_000;

/** ms of lag that raise an alarm. */
const LATE = 1_000;

/** @type {Record<"gateways" | "slow" | "groups", Column[]>} */
export const COLUMNS = {
  gateways: columns("Gateway", "Feed:text", "Streams", "Groups", "Lag", "Last heard", "Uptime"),
  slow: columns("Stream", "State:text", "Why:text", "Symbols:text", "Interval", "Buffered", "No progress for"),
  groups: columns("Symbols", "Interval", "Bars:text", "Format:text", "Encoding:text", "Streams", "Members", "Joining", "Pending events"),
};

/**
 * @param {string} first what names a row
 * @param {...string} others `NAME:text`, or the name of a number
 * @returns {Column[]}
 */
function columns(first, ...others) {
  const rest = others.map((each) => {
    const [name, kind] = each.split(":");
    return { name, kind: /** @type {"text" | "number"} */ (kind ?? "number") };
  });
  return [{ name: first, kind: "name" }, ...rest];
}

/**
 * @param {Report} report
 * @returns {Row[]}
 */
export function gatewayRows(report) {
  return report.gateways.map((each) => {
    const heard = Math.max(0, (report.t - each.t) / 1000);
    const feed = each.draining ? `${each.feed}, draining` : each.feed;
    return {
      own: each.id === report.gateway,
      cells: [
        { text: each.id },
        { text: feed, alarm: each.feed !== "live" },
        { text: count(each.clients) },
        { text: count(each.groups) },
        { text: `${count(each.lag)} ms`, alarm: each.lag > LATE },
        { text: heard < 1000 ? "now" : `${duration(heard)} ago`, alarm: heard > SILENT },
        { text: duration((report.t - each.started) / 1000) },
      ],
    };
  });
}

/**
 * @param {Report} report
 * @returns {Row[]}
 */
export function slowRows(report) {
  return report.slow.map((each) => ({
    cells: [
      { text: `${each.stream}…` },
      { text: each.state },
      { text: each.reason },
      { text: each.symbols },
      { text: interval(each.interval) },
      { text: bytes(each.buffered) },
      { text: duration(each.since), alarm: each.since > SILENT },
    ],
  }));
}

/**
 * @param {Report} report
 * @returns {Row[]}
 */
export function groupRows(report) {
  return report.groups.map((each) => ({
    cells: [
      { text: each.symbols || "none" },
      { text: interval(each.interval) },
      { text: each.bars.join(", ") || "none" },
      { text: each.format },
      { text: each.encoding === "identity" ? "plain" : each.encoding },
      { text: count(each.users) },
      { text: count(each.members) },
      { text: count(each.joining) },
      { text: count(each.pending) },
    ],
  }));
}

/**
 * @param {number} shown
 * @param {number} total
 * @param {string} what
 * @returns {string}
 */
export function howMany(shown, total, what) {
  return shown < total ? `${count(shown)} of ${count(total)}, the ${what}` : count(total);
}

/**
 * @param {number} number
 * @returns {string}
 */
export function count(number) {
  return number.toLocaleString("en");
}

/**
 * @param {number} ms
 * @returns {string}
 */
function interval(ms) {
  return ms === 0 ? "every tick" : `${count(ms)} ms`;
}

/**
 * @param {number} number
 * @returns {string}
 */
export function bytes(number) {
  if (number < 1024) return `${number} B`;
  return number < 1024 * 1024 ? `${(number / 1024).toFixed(1)} KiB` : `${(number / 1024 / 1024).toFixed(1)} MiB`;
}

/**
 * @param {number} ms
 * @returns {string}
 */
export function duration(ms) {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}
