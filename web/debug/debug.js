/** The operator's page: asks a gateway every second, and shows its report or why there is none. */

import { COLUMNS, count, gatewayRows, groupRows, howMany, slowRows } from "./report.js";

/** @typedef {import("./report.js").Report} Report */
/** @typedef {import("./report.js").Row} Row */

const PERIOD = 1_000;

/** ms that an answer may take. */
const TIMEOUT = 5_000;

const NOTHING = { gateways: "none", slow: "All streams keep up.", groups: "Nobody is connected." };

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/**
 * @param {"live" | "wait" | "stale"} tone
 * @param {string} text
 */
function say(tone, text) {
  document.body.dataset.tone = tone;
  // Written only when it changes: a screen reader would read it out every second.
  if (element("status").textContent !== text) element("status").textContent = text;
}

/**
 * @param {keyof typeof COLUMNS} name
 * @param {Row[]} rows
 */
function show(name, rows) {
  const columns = COLUMNS[name];
  const table = /** @type {HTMLTableElement} */ (element(name));
  if (!table.tHead) {
    const head = table.createTHead().insertRow();
    for (const column of columns) head.append(cell("th", column.name, column.kind, "col"));
  }
  const body = document.createElement("tbody");
  for (const row of rows) {
    const line = body.insertRow();
    if (row.own) line.dataset.own = "";
    row.cells.forEach(({ text, alarm }, at) => {
      const made = at ? cell("td", text, columns[at].kind) : cell("th", text, "name", "row");
      if (alarm) made.dataset.alarm = "";
      line.append(made);
    });
  }
  if (!rows.length) {
    const line = body.insertRow();
    line.className = "empty";
    const only = cell("td", NOTHING[name], "text");
    only.colSpan = columns.length;
    line.append(only);
  }
  table.tBodies[0]?.remove();
  table.append(body);
}

/**
 * @param {"th" | "td"} tag
 * @param {string} text
 * @param {string} kind
 * @param {string} [scope]
 * @returns {HTMLTableCellElement}
 */
function cell(tag, text, kind, scope) {
  const made = document.createElement(tag);
  made.textContent = text;
  made.dataset.kind = kind;
  if (kind === "text") made.title = text;
  if (scope) made.scope = scope;
  return made;
}

/** @param {Report["clients"]} clients */
function showClients(clients) {
  const all = Object.values(clients).reduce((sum, each) => sum + each, 0);
  const cards = [["streams here", all], ...Object.entries(clients)].map(([state, number]) => {
    const card = document.createElement("div");
    const name = document.createElement("dt");
    const value = document.createElement("dd");
    name.textContent = `${state}`;
    value.textContent = count(Number(number));
    if (state === "lagging" && number) card.dataset.alarm = "";
    card.append(name, value);
    return card;
  });
  element("clients").replaceChildren(...cards);
}

/** @param {Report} report */
function showReport(report) {
  showClients(report.clients);
  show("gateways", gatewayRows(report));
  show("slow", slowRows(report));
  show("groups", groupRows(report));
  element("gateways-note").textContent = report.problem || count(report.gateways.length);
  element("slow-note").textContent = howMany(report.slow.length, report.slow_total, "slowest");
  element("groups-note").textContent = howMany(report.groups.length, report.groups_total, "largest");
  say(report.problem ? "wait" : "live", `${report.gateway} answers`);
}

/** @returns {Promise<void>} */
async function ask() {
  let answer;
  try {
    answer = await fetch("v1/debug", { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT) });
  } catch (error) {
    const late = error instanceof DOMException && error.name === "TimeoutError";
    const why = late ? `No answer within ${TIMEOUT / 1000} s` : "The gateway cannot be reached";
    say("stale", `${why}; what is shown is old`);
    return;
  }
  if (answer.status === 404) {
    say("stale", "The gateway that answered does not show this: it runs without --debug");
  } else if (!answer.ok) {
    say("stale", `The gateway refuses with ${answer.status} ${answer.statusText}; what is shown is old`);
  } else {
    try {
      showReport(await answer.json());
    } catch {
      say("stale", "The answer cannot be read; what is shown is old");
    }
  }
}

/** Ask again a second after each answer, so that a slow gateway is not asked faster than it answers. */
async function poll() {
  // A hidden page does not ask.
  if (!document.hidden) await ask();
  setTimeout(poll, PERIOD);
}

await poll();
