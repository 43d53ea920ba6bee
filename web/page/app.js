/** The page: wires the stream to the table, the chart, the panel and the status line. */

import { Tickcast } from "../tickcast.js";
import { Choice } from "./charted_symbol.js";
import { bindAdding, bindFilter, bindInterval, granted } from "./controls.js";
import { Detail } from "./detail.js";
import { fillHeaders } from "./headers.js";
import { Instruments } from "./instruments.js";
import { KeptList } from "./saved_watchlist.js";
import { followKeys, keepReachable } from "./keyboard.js";
import { Losses } from "./gaps.js";
import { size } from "./numbers.js";
import { factsOf } from "./stream_facts.js";
import { element, show } from "./elements.js";
import { Rate } from "./rate.js";
import { choose, chosen } from "./settings.js";
import { sourceLabel } from "./source_label.js";
import { statusOf } from "./status.js";
import { Table } from "./table.js";
import { colours, followTheme } from "./theme.js";
import { Trends } from "./sparklines.js";
import { ALL, addition, covers, isRefused, named, without } from "./watchlist.js";

/** ms; as fast as a reader can follow, and a tenth of the bytes of every tick. */
const INTERVAL = 250;

/** ms between two looks at the clock; every second one sorts and draws sparklines. */
const PULSE = 500;

const select = (/** @type {string} */ id) => /** @type {HTMLSelectElement} */ (element(id));
const colour = colours(element("probe"));
const rate = new Rate();
const trends = new Trends(colour);
const body = /** @type {HTMLTableSectionElement} */ (element("rows"));

const list = new KeptList();
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
const losses = new Losses(table, detail, instruments);

const stream = new Tickcast({
  symbols: [...list.asked],
  interval: granted(select("interval"), chosen("interval") ?? "") ?? INTERVAL,
  share: true,
  onTicks: (ticks) => {
    lastTick = Date.now();
    // Rows of symbols that were added meanwhile; their prices would be of another time than all others.
    if (pausedAt) table.want(seen(ticks).map(({ S }) => S));
    else table.take(seen(ticks));
    if (!pausedAt || table.growing) draw(performance.now());
  },
  onBars: (bars) => detail.take(bars),
  onState: (state) => {
    losses.follow(state, stream.ticks);
    list.review(stream);
    if (isRefused(list.entries, state)) {
      show("notice", `This list was refused: ${state.detail}. All symbols are shown instead.`);
      changeList(() => list.standIn());
    }
    if (state.link === "open" && document.body.dataset.tone !== "live" && !pausedAt) catchUp();
    tell(state);
  },
});
const choice = new Choice(table, detail, stream, element("bars"));

/**
 * @param {Iterable<import("../tickcast.js").Tick>} ticks
 * @returns {import("../tickcast.js").Tick[]} those that are not hidden
 */
function seen(ticks) {
  return [...ticks].filter(({ S }) => !list.hidden.has(S));
}

/** @param {number} now ms; everything that is shown is shown here, once a frame at most */
function draw(now) {
  frame = 0;
  const wait = pausedAt ? table.grow() : table.paint(now);
  if (table.rows.size !== counted) arrange();
  // Between two paints no frame is asked for: even one in which nothing changes has its price.
  if (wait < Infinity) timer ||= setTimeout(wake, wait);
  if (now - pulsed >= PULSE) {
    pulsed = now;
    pulse(now);
  }
}

/** Show all that has come: the frame that calls prices live must have those of now, also the large one. */
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
  tell(stream.state);
  list.review(stream);
  pulses += 1;
  choice.follow();
  if (pausedAt) return;
  const row = table.rows.get(detail.symbol);
  detail.show(row?.quote ?? { symbol: detail.symbol }, row?.old);
  if (pulses % 2) return;
  trends.tick(table.rows.values());
  void trends.begin(table.rows.values());
  arrange();
}

/** Put the rows in order, and say how many there are. */
function arrange() {
  const shown = table.arrange();
  const all = (counted = table.rows.size);
  show("count", shown === all ? `${size(all)} symbols` : `${size(shown)} of ${size(all)}`);
  // Every symbol may be hidden, too.
  const coming = list.asked.length > 0 && (table.growing || !stream.ticks.size);
  element("empty").hidden = shown > 0 || (!all && coming);
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

/** @param {() => void} change the list; rows and stream follow */
function changeList(change) {
  const before = list.asked;
  change();
  const now = list.asked;
  const [added, dropped] = [now.filter((each) => !before.includes(each)), before.filter((each) => !now.includes(each))];
  if (added.length) stream.add(...added);
  if (dropped.length) stream.drop(...dropped);
  // A name that was refused must not stay as a row without a price because a prefix covers it now.
  table.keep((symbol) => covers(list.entries, symbol) && (stream.ticks.has(symbol) || list.asked.includes(symbol)));
  want();
  arrange();
  choice.leave();
}

/** Give rows to the symbols that are named, whether or not they have a price. */
function want() {
  table.want(list.asked.filter((each) => !each.endsWith(ALL)));
  table.take(seen(stream.ticks.values()).filter(({ S }) => !table.rows.has(S)));
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
    table.take(seen(stream.ticks.values()));
    detail.thaw();
  }
  const button = element("pause");
  // Its name alone tells the state: pressed besides, it would be said to be the other way round.
  button.classList.toggle("paused", paused);
  button.textContent = paused ? "Go on" : "Pause";
  tell(stream.state);
  request();
}

followKeys(body, {
  choose: (symbol) => choice.take(symbol),
  remove: (symbol) => {
    changeList(() => list.change(without(list.entries, symbol)));
    show("notice", `${symbol} removed`);
    // The row that had the focus is gone, and no other is there to have it.
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
    // The same words again would not be read out.
    show("found", "");
  },
  () => show("found", element(element("empty").hidden ? "count" : "empty").textContent),
);
bindAdding(/** @type {HTMLFormElement} */ (element("add")), (text) => {
  const { next, notice } = addition(list.entries, text, (part) => instruments.knows(part));
  if (next) changeList(() => list.change(next));
  show("notice", notice);
  return Boolean(next);
});
followTheme(select("theme"), select("palette"), () => detail.paint());
bindInterval(select("interval"), stream.interval, (interval) => {
  stream.interval = interval;
  choose("interval", interval === INTERVAL ? undefined : String(interval));
});
element("pause").addEventListener("click", () => pause(!pausedAt));
// There it would push the prices out of sight.
if (matchMedia("(max-width: 900px)").matches) element("stream").removeAttribute("open");
addEventListener("online", () => stream.hurry());
setInterval(request, PULSE);
if (!list.asked.length) stream.drop(ALL);
if (list.unfit.length) show("notice", `There is no symbol ${named(list.unfit)}`);
want();
arrange();
