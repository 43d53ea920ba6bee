/** The page: wires the stream to the table and to the status line. */

import { Instruments } from "./instruments.js";
import { Rate } from "./rate.js";
import { gapsOf, statusOf } from "./status.js";
import { Table } from "./table.js";
import { Tickcast } from "../tickcast.js";

/** ms; as fast as a reader can follow, and a tenth of the bytes of every tick. */
const INTERVAL = 250;

/** ms between two looks at the clock. */
const PULSE = 500;

const query = new URLSearchParams(location.search);
const rate = new Rate();
let lastTick = 0;

const instruments = new Instruments(() => table.update(stream.ticks.values()));
const table = new Table(element("rows"), (symbol) => instruments.get(symbol));
const stream = new Tickcast({
  symbols: (query.get("symbols") ?? "").split(",").filter(Boolean),
  interval: query.has("interval") ? Number(query.get("interval")) : INTERVAL,
  onTicks: (ticks) => {
    lastTick = Date.now();
    table.update(ticks);
  },
  onState: (state) => {
    show("gateway", state.gateway || "–");
    show("interval", state.interval ? `${state.interval} ms` : "every tick");
    show("gaps", gapsOf(state));
    tell(state);
  },
});

/** @param {Readonly<import("../tickcast.js").State>} state */
function tell(state) {
  const { tone, text, detail } = statusOf(state, Date.now(), lastTick);
  document.body.dataset.tone = tone;
  show("status-text", text);
  show("status-detail", detail);
}

function pulse() {
  tell(stream.state);
  show("rate", rate.read(stream.received, performance.now()).toFixed(0));
  show("symbols", String(table.size));
}

/** @param {string} id */
function element(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/**
 * @param {string} id
 * @param {string} text
 */
function show(id, text) {
  const shown = element(id);
  // The same text again would make a screen reader say it again.
  if (shown.textContent !== text) shown.textContent = text;
}

setInterval(pulse, PULSE);
addEventListener("online", () => stream.hurry());
