/** The page: wires the stream to the table, the chart, the panel and the status line. */

import { Tickcast } from "../tickcast.js";
import { AlertPanel } from "./alert_panel.js";
import { ChartChoices } from "./chart_choices.js";
import { ChartSheet } from "./chart_sheet.js";
import { ChartedSymbol } from "./charted_symbol.js";
import { bindInterval, storedInterval } from "./controls.js";
import { Detail } from "./detail.js";
import { fillHeaders } from "./headers.js";
import { Instruments } from "./instruments.js";
import { SavedWatchlist } from "./saved_watchlist.js";
import { bindFullScreen } from "./full_screen.js";
import { followKeys } from "./keyboard.js";
import { Gaps } from "./gaps.js";
import { MarketView } from "./market_view.js";
import { Members } from "./members.js";
import { ColumnChoice, bindColumns } from "./column_choice.js";
import { COLUMNS } from "./columns.js";
import { Count } from "./count.js";
import { Days } from "./days.js";
import { copyLink } from "./link.js";
import { bindListControls } from "./list_controls.js";
import { ListRefusal } from "./list_refusal.js";
import { bindLists } from "./list_menu.js";
import { bindMenu } from "./menu.js";
import { Quotes } from "./quotes.js";
import { element, show } from "./elements.js";
import { PULSE, Screen } from "./screen.js";
import { readSetting, writeSetting } from "./settings.js";
import { parseSort, sortText } from "./sorting.js";
import { followStuck } from "./stuck.js";
import { turned } from "./symbol_state.js";
import { Table } from "./table.js";
import { colours, followTheme } from "./theme.js";
import { followAccess, heldToken, tokenSource, tryToken } from "./token.js";
import { Sparklines } from "./sparklines.js";
import { ALL, listed, parseList, without } from "./watchlist.js";

const select = (/** @type {string} */ id) => /** @type {HTMLSelectElement} */ (element(id));
const rates = select("interval");
const colour = colours(element("probe"));
const body = /** @type {HTMLTableSectionElement} */ (element("rows"));

const list = new SavedWatchlist();
const screen = new Screen(() => parts);

const instruments = new Instruments(
  () => {
    quotes.describe();
    suggestions.renew();
    screen.request();
  },
  (symbol) => quotes.all.has(symbol) || alerts.symbols.includes(symbol),
);
const quotes = new Quotes(instruments, (symbol) => stream.stateOf(symbol)?.state);
const sparklines = new Sparklines(quotes, colour);
const template = /** @type {HTMLTemplateElement} */ (element("row"));
const columns = new ColumnChoice();
const days = new Days(quotes, (symbol) => (symbol === detail.symbol ? detail : undefined));
const table = new Table(body, template, quotes, columns, (rows) => sparklines.draw(rows));
const count = new Count(table, quotes, days);
const choices = new ChartChoices(element("detail"), {
  onSpan: () => void charted.watch(),
  onKind: () => (detail.kind = choices.kind),
});
const detail = new Detail(element("detail"), colour, choices.kind);
const gaps = new Gaps(quotes, detail, instruments, [sparklines, days]);

const stream = new Tickcast({
  symbols: [...list.requested],
  interval: storedInterval(rates),
  share: true,
  token: tokenSource(),
  onTicks: (ticks) => {
    screen.lastTick = Date.now();
    members.take(ticks);
    screen.request();
  },
  onBars: (bars) => {
    detail.take(bars);
    screen.request();
  },
  onRetired: (symbols) => {
    members.leave(symbols);
    screen.request();
  },
  onSymbolState: (state) => {
    members.turn(state.S);
    if (state.S === detail.symbol) show("notice", turned(state));
    screen.request();
  },
  onState: (state) => {
    gaps.follow(state, stream.ticks, screen.paused);
    if (state.case !== list.case) changeList(() => list.read(state.case));
    list.review(stream);
    if (state.link === "open" && (state.status || state.detail)) members.giveWay();
    refusals.follow(state);
    if (state.link === "open" && !screen.isLive && !screen.paused) screen.catchUp();
    screen.showState(state);
    screen.request();
  },
});
const refusals = new ListRefusal(list, {
  ask: () => tryToken(heldToken()),
  onRefused: (detail) => {
    show("notice", `This list was refused: ${detail}. All symbols are shown instead.`);
    changeList(() => list.showAllInstead());
  },
  onOther: followAccess(() => {
    stream.hurry();
    instruments.renew();
    // It may allow what the one before did not.
    if (list.isInstead) changeList(() => list.read(list.case));
  }),
});
const market = new MarketView(element("market"), element("views"), quotes, {
  choose: (symbol) => charted.choose(symbol),
  request: () => screen.request(),
});
const members = new Members(list, stream, quotes, instruments, () => {
  table.stir();
  screen.request();
});
const charted = new ChartedSymbol(quotes, table, detail, stream, choices, new ChartSheet(element("detail"), table));
/** The newest quote of a symbol, also of one without a row, and while nothing is drawn. @param {string} symbol */
const newest = (symbol) => ({
  symbol,
  tick: stream.ticks.get(symbol),
  instrument: instruments.get(symbol),
  seen: quotes.get(symbol)?.seen,
  state: stream.stateOf(symbol)?.state,
});
const alerts = new AlertPanel(newest);
/** @type {import("./screen.js").Parts} */
const parts = {
  stream, list, members, quotes, table, columns, count, days, sparklines, market, detail, charted, alerts, newest,
};

/** @param {() => void} change the list; everything is brought to it */
function changeList(change) {
  members.change(change);
  removals.forget();
  removals.count(list.hidden.size);
  fillLists();
  screen.arrange();
  charted.replaceRemoved();
}

/** @param {boolean} paused */
function pause(paused) {
  screen.paused = paused;
  if (!paused) gaps.follow(stream.state, stream.ticks, false);
}

table.sort = parseSort(readSetting("sort"), COLUMNS.map(({ key }) => key));
fillHeaders(element("headers"), table.sort, (sort) => {
  table.sort = sort;
  writeSetting("sort", sortText(sort));
  screen.arrange();
});
const { suggestions, removals } = bindListControls({ list, table, instruments, charted, changeList, arrange: () => screen.arrange() });
followKeys(body, table, {
  choose: (symbol) => charted.choose(symbol),
  remove: (symbol) => {
    const before = list.entries;
    changeList(() => list.change(without(before, symbol)));
    show("notice", `${symbol} removed`);
    removals.note(before);
    // The focused row is gone, and there is no other row to focus.
    if (!quotes.all.size) element("symbol").focus();
  },
});
const fillLists = bindLists(
  () => list.entries,
  (text) => changeList(() => list.change(parseList(text, list.case))),
);
bindMenu(/** @type {HTMLDetailsElement} */ (element("lists")));
bindColumns(element("columns"), columns, () => {
  table.chooseColumns();
  quotes.renew();
  screen.request();
});
element("copy").addEventListener("click", () => void copyLink().then((notice) => show("notice", notice)));
bindFullScreen({ chart: element("full"), map: element("full-map") });
followTheme(select("theme"), select("palette"), () => {
  detail.paint();
  market.repaint();
});
bindInterval(rates, stream);
followStuck(/** @type {HTMLElement} */ (document.querySelector("body > header")));
element("pause").addEventListener("click", () => pause(!screen.paused));
addEventListener("online", () => stream.hurry());
document.addEventListener("visibilitychange", () => {
  if (document.hidden || screen.paused) return;
  // The first frame that the reader sees again has the newest prices.
  members.take(stream.ticks.values());
  screen.catchUp();
});
setInterval(() => {
  screen.request();
  // Not in a frame: a hidden tab has none.
  if (document.hidden) screen.showTab();
  const { link, feed, whole } = stream.state;
  if (link === "open" && feed === "live" && whole) alerts.review();
  if (stream.covered) members.follow(alerts.symbols);
  alerts.list();
}, PULSE);
if (!list.requested.length) stream.drop(ALL);
if (list.invalid.length) show("notice", `There is no symbol ${listed(list.invalid)}`);
removals.count(list.hidden.size);
members.want();
screen.arrange();
