/** The page: wires the stream to the table, the chart, the panel and the status line. */

import { Tickcast } from "../tickcast.js";
import { bindAdding, bindFilter, granted } from "./controls.js";
import { Detail, fitting } from "./detail.js";
import { fillHeaders } from "./headers.js";
import { Instruments } from "./instruments.js";
import { followKeys, keepReachable } from "./keyboard.js";
import { factsOf } from "./panel.js";
import { element, show } from "./places.js";
import { Rate } from "./rate.js";
import { choose, chosen, recall, remember } from "./settings.js";
import { sourceLabel } from "./source.js";
import { statusOf } from "./status.js";
import { Table } from "./table.js";
import { colours, followTheme } from "./theme.js";
import { Trends } from "./trends.js";
import { ALL, covers, parseList, unfit, withAdded, without } from "./watchlist.js";

/** ms; as fast as a reader can follow, and a tenth of the bytes of every tick. */
const INTERVAL = 250;

/** ms between two looks at the clock; every second one sorts and draws sparklines. */
const PULSE = 500;

/** Reasons of gaps after which every price comes again. */
const RENEWED = new Set(["slow", "retention", "feed", "reset"]);

const select = (/** @type {string} */ id) => /** @type {HTMLSelectElement} */ (element(id));
const colour = colours(element("probe"));
const rate = new Rate();
const trends = new Trends(colour);
const body = element("rows");

const asked = chosen("symbols") ?? ALL;
let list = parseList(asked);
// An empty list is a choice too; one of which nothing can be read is none.
if (!list.length && asked.trim()) list = [ALL];
/** The symbol that the reader wants in the chart; none: the first one. */
let charted = chosen("chart") ?? "";
let lastTick = 0;
let pausedAt = 0;
let frame = 0;
let timer = 0;
let pulsed = 0;
let pulses = 0;
let counted = 0;
let gaps = 0;
let pace = 0;

const instruments = new Instruments((known) => {
  table.describe();
  element("known").replaceChildren(...known.map(({ S, name }) => new Option(name, S)));
  request();
});
const table = new Table(body, /** @type {HTMLTemplateElement} */ (element("row")), instruments);
const detail = new Detail(element("detail"), colour);

const stream = new Tickcast({
  symbols: list,
  interval: granted(select("interval"), chosen("interval") ?? "") ?? INTERVAL,
  share: true,
  onTicks: (ticks) => {
    lastTick = Date.now();
    if (pausedAt) return;
    table.take(ticks);
    draw(performance.now());
  },
  onBars: (bars) => detail.take(bars),
  onState: (state) => {
    if (state.gaps > gaps) {
      gaps = state.gaps;
      if (RENEWED.has(state.gapReason)) table.age();
      void detail.refresh();
    }
    tell(state);
  },
});

/** @param {number} now ms; everything that is shown is shown here, once a frame at most */
function draw(now) {
  frame = 0;
  const wait = pausedAt ? Infinity : table.paint(now);
  if (table.rows.size !== counted) arrange();
  // Between two paints no frame is asked for: even one in which nothing changes has its price.
  if (wait < Infinity) timer ||= setTimeout(wake, wait);
  if (now - pulsed >= PULSE) {
    pulsed = now;
    pulse(now);
  }
}

function wake() {
  timer = 0;
  request();
}

function request() {
  frame ||= requestAnimationFrame(draw);
}

/** @param {number} now */
function pulse(now) {
  pace = rate.read(stream.state.received, now);
  tell(stream.state);
  pulses += 1;
  // Its row may be made later than others.
  if (table.rows.has(charted)) pick(charted);
  else if (!detail.symbol && table.rows.size && !table.growing) pick("");
  if (pausedAt) return;
  detail.show(table.rows.get(detail.symbol)?.quote ?? { symbol: detail.symbol });
  if (pulses % 2) return;
  trends.tick(table.rows.values());
  void trends.begin(table.rows.values());
  arrange();
}

/** Put the rows in order, and say how many there are. */
function arrange() {
  const shown = table.arrange();
  const all = (counted = table.rows.size);
  show("count", shown === all ? `${all} symbols` : `${shown} of ${all}`);
  element("empty").hidden = shown > 0 || (!all && list.length > 0);
  const none = "The watchlist is empty. Add a symbol above, or * for all.";
  show("empty", all ? `No symbol or name has “${table.search}” in it.` : none);
  keepReachable(body);
}

/** @param {Readonly<import("../tickcast.js").State>} state */
function tell(state) {
  const { tone, text, detail } = statusOf(state, Date.now(), lastTick, pausedAt);
  document.body.dataset.tone = tone;
  show("status-text", text);
  show("status-detail", detail);
  for (const [id, fact] of Object.entries(factsOf(state, pace, table.rows.size))) show(id, fact);
  const label = sourceLabel(state.source);
  show("source", label);
  element("source").hidden = !label;
}

/**
 * Turn the chart to a symbol; to the first one, if there is no such row; to none, if there is no row.
 *
 * @param {string} symbol
 */
function pick(symbol) {
  const picked = table.rows.get(symbol) ?? table.rows.values().next().value;
  if (!picked) {
    detail.clear();
    stream.watchBars([]);
    return;
  }
  if (picked.symbol === detail.symbol) return;
  for (const row of table.rows.values()) row.chosen = row === picked;
  if (symbol) choose("chart", (charted = symbol));
  detail.symbol = picked.symbol;
  detail.show(picked.quote);
  void watch(picked.symbol);
}

/**
 * Bring the bars of a symbol into the chart, by the second or by the minute.
 *
 * @param {string} symbol
 */
async function watch(symbol) {
  const kept = recall("bars");
  const interval = kept === "1s" || kept === "1m" ? kept : await fitting(symbol);
  if (symbol !== detail.symbol) return;
  for (const input of element("bars").querySelectorAll("input")) input.checked = input.value === interval;
  stream.watchBars([interval], [symbol]);
  await detail.turnTo(symbol, interval);
}

/** @param {string[]} next the whole new list */
function setList(next) {
  const [added, dropped] = [next.filter((each) => !list.includes(each)), list.filter((each) => !next.includes(each))];
  list = next;
  choose("symbols", next.length === 1 && next[0] === ALL ? undefined : next.join(","));
  if (added.length) stream.add(...added);
  if (dropped.length) stream.drop(...dropped);
  for (const symbol of [...table.rows.keys()]) if (!covers(list, symbol)) table.remove(symbol);
  want();
  arrange();
  if (!detail.symbol || table.rows.has(detail.symbol)) return;
  charted = "";
  choose("chart", undefined);
  pick("");
}

/** Give rows to the symbols that are named, whether or not they have a price. */
function want() {
  table.want(list.filter((each) => !each.endsWith(ALL)));
  table.take([...stream.ticks.values()].filter(({ S }) => !table.rows.has(S)));
  request();
}

/** @param {boolean} paused */
function pause(paused) {
  if (paused) {
    table.finish();
    arrange();
  }
  pausedAt = paused ? Date.now() : 0;
  detail.frozen = paused;
  if (!paused) {
    table.take(stream.ticks.values());
    detail.thaw();
  }
  const button = element("pause");
  button.setAttribute("aria-pressed", String(paused));
  button.textContent = paused ? "Go on" : "Pause";
  tell(stream.state);
  request();
}

followKeys(body, {
  choose: pick,
  remove: (symbol) => {
    setList(without(list, symbol, table.rows.keys()));
    show("notice", `${symbol} removed`);
    // The row that had the focus is gone, and no other is there to have it.
    if (!list.length) element("symbol").focus();
  },
});
fillHeaders(element("headers"), (sort) => {
  table.sort = sort;
  arrange();
});
bindFilter(/** @type {HTMLInputElement} */ (element("filter")), (search) => {
  table.search = search;
  arrange();
});
bindAdding(/** @type {HTMLFormElement} */ (element("add")), (text) => {
  const parts = parseList(text);
  const unknown = [...unfit(text), ...parts.filter((part) => !instruments.knows(part))];
  if (unknown.length) {
    show("notice", `There is no symbol ${unknown.join(", ")}`);
    return false;
  }
  const fresh = parts.filter((part) => !covers(list, part));
  setList(withAdded(list, fresh));
  show("notice", fresh.length ? `${fresh.join(", ")} added` : `${parts.join(", ")} is in the list`);
  return true;
});
followTheme(select("theme"), select("palette"), () => detail.paint());
select("interval").value = String(stream.interval);
select("interval").addEventListener("change", () => {
  stream.interval = Number(select("interval").value);
  choose("interval", stream.interval === INTERVAL ? undefined : String(stream.interval));
});
element("pause").addEventListener("click", () => pause(!pausedAt));
element("bars").addEventListener("change", ({ target }) => {
  remember("bars", /** @type {HTMLInputElement} */ (target).value);
  if (detail.symbol) void watch(detail.symbol);
});
addEventListener("online", () => stream.hurry());
setInterval(request, PULSE);
if (!list.length) stream.drop(ALL);
if (unfit(asked).length) show("notice", `There is no symbol ${unfit(asked).join(", ").slice(0, 100)}`);
want();
arrange();
