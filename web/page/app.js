/** The page: wires the stream to the table, the chart, the panel and the status line. */

import { Tickcast } from "../tickcast.js";
import { ChartedSymbol } from "./charted_symbol.js";
import { bindAdd, bindFilter, bindInterval, grantedInterval } from "./controls.js";
import { Detail } from "./detail.js";
import { fillHeaders } from "./headers.js";
import { Instruments } from "./instruments.js";
import { SavedWatchlist } from "./saved_watchlist.js";
import { followKeys, keepReachable } from "./keyboard.js";
import { Gaps } from "./gaps.js";
import { size } from "./numbers.js";
import { streamFacts } from "./stream_facts.js";
import { element, show } from "./elements.js";
import { Rate } from "./rate.js";
import { readSetting, writeSetting } from "./settings.js";
import { feedTitle, sourceLabel } from "./source_label.js";
import { statusOf } from "./status.js";
import { Table } from "./table.js";
import { colours, followTheme } from "./theme.js";
import { Sparklines } from "./sparklines.js";
import { ALL, addition, covers, isRefused, listed, without } from "./watchlist.js";

/** ms of the default interval: as fast as a reader can follow, and a tenth of the bytes of every tick. */
const INTERVAL = 250;

/** ms between two pulses, which update whatever depends on time; every second one sorts and draws sparklines. */
const PULSE = 500;

const select = (/** @type {string} */ id) => /** @type {HTMLSelectElement} */ (element(id));
const colour = colours(element("probe"));
const rate = new Rate();
const sparklines = new Sparklines(colour);
const body = /** @type {HTMLTableSectionElement} */ (element("rows"));

const list = new SavedWatchlist();
/** Symbols that have left the feed since the last frame, or since the display was paused: many leave together, each with
 * its own event.
 * @type {Set<string>} */
const gone = new Set();
let lastTick = 0;
let pausedAt = 0;
let frame = 0;
let timer = 0;
let pulsed = 0;
let pulses = 0;
let counted = 0;
let pace = 0;

const instruments = new Instruments((known) => {
  table.describe();
  element("known").replaceChildren(...known.map(({ S, name }) => new Option(name, S)));
  request();
});
const table = new Table(body, /** @type {HTMLTemplateElement} */ (element("row")), instruments);
const detail = new Detail(element("detail"), colour);
const gaps = new Gaps(table, detail, instruments, sparklines);

const stream = new Tickcast({
  symbols: [...list.requested],
  interval: grantedInterval(select("interval"), readSetting("interval") ?? "") ?? INTERVAL,
  share: true,
  onTicks: (ticks) => {
    lastTick = Date.now();
    // While paused, new symbols get rows without prices: theirs would be of another time than all others.
    if (pausedAt) table.want(withoutHidden(ticks).map(({ S }) => S));
    else table.take(withoutHidden(ticks));
    if (!pausedAt || table.growing) draw(performance.now());
  },
  onBars: (bars) => detail.take(bars),
  onRetired: (symbols) => {
    for (const symbol of symbols) gone.add(symbol);
    request();
  },
  onState: (state) => {
    gaps.follow(state, stream.ticks, pausedAt > 0);
    if (state.case !== list.case) changeList(() => list.read(state.case));
    list.review(stream);
    if (isRefused(list.entries, state)) {
      show("notice", `This list was refused: ${state.detail}. All symbols are shown instead.`);
      changeList(() => list.showAllInstead());
    }
    if (state.link === "open" && document.body.dataset.tone !== "live" && !pausedAt) catchUp();
    showState(state);
  },
});
const charted = new ChartedSymbol(table, detail, stream, element("bars"));

/**
 * @param {Iterable<import("../tickcast.js").Tick>} ticks
 * @returns {import("../tickcast.js").Tick[]} the ticks of symbols that are not hidden
 */
function withoutHidden(ticks) {
  return [...ticks].filter(({ S }) => !list.hidden.has(S));
}

/** @param {number} now ms; everything is drawn here, once a frame at most */
function draw(now) {
  frame = 0;
  if (gone.size && !pausedAt) forgetGone();
  const wait = pausedAt ? table.grow() : table.paint(now);
  if (table.rows.size !== counted) arrange();
  // Between two paints no frame is requested: even a frame without changes costs something.
  if (wait < Infinity) timer ||= setTimeout(wake, wait);
  if (now - pulsed >= PULSE) {
    pulsed = now;
    pulse(now);
  }
}

/** Draw everything at once: the frame that says `Live` must show the new prices, the large one too. */
function catchUp() {
  table.hasten();
  pulsed = -PULSE;
  draw(performance.now());
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
  showState(stream.state);
  list.review(stream);
  pulses += 1;
  charted.follow();
  if (pausedAt) return;
  const row = table.rows.get(detail.symbol);
  detail.show(row?.quote ?? { symbol: detail.symbol }, row?.old);
  if (pulses % 2) return;
  sparklines.advance(table.rows.values());
  void sparklines.fill(table.rows.values());
  arrange();
}

/** Sort and filter the rows, and show how many there are. */
function arrange() {
  const shown = table.arrange();
  const all = (counted = table.rows.size);
  show("count", shown === all ? `${size(all)} symbols` : `${size(shown)} of ${size(all)}`);
  // A list without requested symbols has no rows to wait for.
  const coming = list.requested.length > 0 && (table.growing || !stream.ticks.size);
  element("empty").hidden = shown > 0 || (!all && coming);
  const none = "The watchlist is empty. Add a symbol above, or * for all.";
  show("empty", all ? `No symbol or name has “${table.search}” in it.` : none);
  keepReachable(body);
}

/** @param {Readonly<import("../tickcast.js").State>} state */
function showState(state) {
  const { tone, text, detail } = statusOf(state, Date.now(), lastTick, pausedAt);
  document.body.dataset.tone = tone;
  show("status-text", text);
  show("status-detail", detail);
  for (const [id, fact] of Object.entries(streamFacts(state, pace, table.rows.size))) show(id, fact);
  const title = feedTitle(state.name);
  document.title = title;
  show("name", title);
  const label = sourceLabel(stream.ticks.values());
  show("source", label);
  element("source").hidden = !label;
}

/** @param {() => void} change the list; rows and stream are brought to it */
function changeList(change) {
  const before = list.requested;
  change();
  const now = list.requested;
  const [added, dropped] = [now.filter((each) => !before.includes(each)), before.filter((each) => !now.includes(each))];
  if (added.length) stream.add(...added);
  if (dropped.length) stream.drop(...dropped);
  // A refused name must not stay as a row without a price because a prefix covers it now.
  table.keep((symbol) => covers(list.entries, symbol) && (stream.ticks.has(symbol) || list.requested.includes(symbol)));
  want();
  arrange();
  charted.replaceRemoved();
}

/** Give rows to the symbols requested by name, with or without a price, and to all others that have one. */
function want() {
  table.want(list.requested.filter((each) => !each.endsWith(ALL)));
  table.take(withoutHidden(stream.ticks.values()).filter(({ S }) => !table.rows.has(S)));
  request();
}

/** Remove the symbols that have left the feed. One that was requested by name keeps its row, without a price. */
function forgetGone() {
  const all = [...gone];
  const left = new Set(all.filter((symbol) => !stream.ticks.has(symbol)));
  gone.clear();
  instruments.forget([...left]);
  const requested = new Set(list.requested);
  table.keep((symbol) => !left.has(symbol) || requested.has(symbol));
  table.clearGone(stream.ticks);
  sparklines.forget(all.flatMap((symbol) => table.rows.get(symbol) ?? []));
  arrange();
  charted.replaceRemoved();
  // The charted symbol keeps its place if it was requested by name, or has returned; its bars are not its own any more.
  if (!all.includes(detail.symbol)) return;
  if (left.has(detail.symbol)) detail.leave();
  else void detail.startOver();
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
    table.take(withoutHidden(stream.ticks.values()));
    detail.thaw();
    gaps.follow(stream.state, stream.ticks, false);
  }
  const button = element("pause");
  // The button's text alone says the state: with aria-pressed too, a screen reader would announce the opposite.
  button.classList.toggle("paused", paused);
  button.textContent = paused ? "Resume" : "Pause";
  showState(stream.state);
  request();
}

followKeys(body, {
  choose: (symbol) => charted.choose(symbol),
  remove: (symbol) => {
    changeList(() => list.change(without(list.entries, symbol)));
    show("notice", `${symbol} removed`);
    // The focused row is gone, and there is no other row to focus.
    if (!table.rows.size) element("symbol").focus();
  },
});
fillHeaders(element("headers"), (sort) => {
  table.sort = sort;
  arrange();
});
bindFilter(
  /** @type {HTMLInputElement} */ (element("filter")),
  (search) => {
    table.search = search;
    arrange();
    // A screen reader would not read out the same words again.
    show("found", "");
  },
  () => show("found", element(element("empty").hidden ? "count" : "empty").textContent),
);
bindAdd(/** @type {HTMLFormElement} */ (element("add")), (text) => {
  const { next, notice } = addition(list.entries, text, (part) => instruments.knows(part), list.case);
  if (next) changeList(() => list.change(next));
  show("notice", notice);
  return Boolean(next);
});
followTheme(select("theme"), select("palette"), () => detail.paint());
bindInterval(select("interval"), stream.interval, (interval) => {
  stream.interval = interval;
  writeSetting("interval", interval === INTERVAL ? undefined : String(interval));
});
element("pause").addEventListener("click", () => pause(!pausedAt));
// On a narrow screen it would push the prices out of sight.
if (matchMedia("(max-width: 900px)").matches) element("stream").removeAttribute("open");
addEventListener("online", () => stream.hurry());
setInterval(request, PULSE);
if (!list.requested.length) stream.drop(ALL);
if (list.invalid.length) show("notice", `There is no symbol ${listed(list.invalid)}`);
want();
arrange();
