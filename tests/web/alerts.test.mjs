import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Alerts, inWords, isDue, parseAlert } from "../../web/page/alerts.js";

const kept = new Map();
globalThis.localStorage = {
  getItem: (name) => kept.get(name) ?? null,
  setItem: (name, value) => kept.set(name, value),
  removeItem: (name) => kept.delete(name),
};
beforeEach(() => kept.clear());

const quote = (p, symbol = "AAPL") => ({
  symbol,
  seen: 2,
  tick: p === undefined ? undefined : { S: symbol, q: 1, t: 1, p },
  instrument: { S: symbol, name: "", tick: 0.01, ref: 100, ccy: "USD" },
});
const alert = (of, side, at, symbol = "AAPL") => ({ symbol, of, side, at });

test("a number is a price, with a percent sign a change, and the side is where the value is not yet", () => {
  assert.deepEqual(parseAlert("110", quote(105)), alert("price", "above", 110));
  assert.deepEqual(parseAlert(" 1,000.5 ", quote(105)), alert("price", "above", 1000.5));
  assert.deepEqual(parseAlert("99.5", quote(105)), alert("price", "below", 99.5));
  assert.deepEqual(parseAlert("+7%", quote(105)), alert("percent", "above", 7));
  assert.deepEqual(parseAlert("−2 %", quote(105)), alert("percent", "below", -2));
});

test("what can be no alert says why", () => {
  assert.equal(parseAlert("soon", quote(105)), "“soon” is no price and no change: 200 or −2%, for example");
  for (const text of ["", "-", "%", "1e5", "1.2.3"]) assert.equal(typeof parseAlert(text, quote(105)), "string");
  assert.equal(parseAlert("5", quote(undefined)), "AAPL has no price yet");
  assert.equal(parseAlert("5%", { ...quote(105), instrument: undefined }), "AAPL has no change yet");
  assert.equal(parseAlert("105", quote(105)), "AAPL is there already");
});

test("an alert is due at its value and beyond it", () => {
  const due = (each, ...prices) => prices.map((p) => isDue(each, quote(p)));
  assert.deepEqual(due(alert("price", "above", 110), 109.99, 110, 111, undefined), [false, true, true, false]);
  assert.deepEqual(due(alert("percent", "below", -2), 98.01, 98, 97), [false, true, true]);
});

test("an alert is raised once, and kept over a reload until then", () => {
  const alerts = new Alerts();
  alerts.add(alert("price", "above", 110));
  alerts.add(alert("price", "above", 110));
  alerts.add(alert("price", "below", 1, "MSFT"));
  const reloaded = new Alerts();
  assert.equal(reloaded.all.length, 2);
  const at = (p) => reloaded.raise((symbol) => quote(p, symbol)).map(({ symbol }) => symbol);
  assert.deepEqual([at(109), at(110), at(111)], [[], ["AAPL"], []]);
  reloaded.remove(alert("price", "below", 1, "MSFT"));
  assert.deepEqual([reloaded.all, new Alerts().all, kept.size], [[], [], 0]);
});

test("there is a limit, and what was stored and is no alert is left out", () => {
  const alerts = new Alerts();
  const room = Array.from({ length: 51 }, (_, at) => alerts.add(alert("price", "above", at)));
  assert.deepEqual([room.filter(Boolean).length, room.at(-1)], [50, false]);
  const known = alert("price", "above", 5);
  kept.set("tickcast.alerts", JSON.stringify([null, {}, { ...known, at: "5" }, { ...known, side: "near" }, known]));
  assert.deepEqual(new Alerts().all, [known]);
  kept.set("tickcast.alerts", "{");
  assert.deepEqual(new Alerts().all, []);
});

test("in words it has the digits of its symbol, all that the reader gave, and the sign of a change", () => {
  assert.equal(inWords(alert("price", "above", 110), quote(105)), "AAPL at 110.00 or above");
  assert.equal(inWords(alert("price", "above", 105.004), quote(105)), "AAPL at 105.004 or above");
  assert.equal(inWords(alert("percent", "below", -2.5), quote(105)), "AAPL at −2.5% or below");
  assert.equal(inWords(alert("percent", "below", -0.00025), quote(105)), "AAPL at −0.00025% or below");
  // Nothing is known of a symbol that the feed does not have now.
  for (const [at, text] of [[0.5, "0.5"], [5.125, "5.125"], [1e-7, "0.0000001"]]) {
    assert.equal(inWords(alert("price", "below", at), { symbol: "AAPL" }), `AAPL at ${text} or below`);
  }
});

test("in words it says that a price is simulated, or that the symbol is halted", () => {
  const simulated = { ...quote(105), tick: { ...quote(105).tick, src: "sim" }, state: "halted" };
  assert.equal(inWords(alert("price", "above", 110), simulated), "AAPL (halted, simulated) at 110.00 or above");
});

test("two tabs keep their alerts together: none is lost, and each is raised by one of them", () => {
  const [one, other] = [new Alerts(), new Alerts()];
  one.add(alert("price", "above", 110));
  other.add(alert("price", "above", 120));
  one.add(alert("price", "above", 130));
  assert.deepEqual([one, other].map(({ all }) => all.map(({ at }) => at)), [[110, 120, 130], [110, 120, 130]]);
  other.remove(alert("price", "above", 130));
  const raised = [one, other].map((each) => each.raise((symbol) => quote(115, symbol)).map(({ at }) => at));
  assert.deepEqual([raised, one.all.map(({ at }) => at)], [[[110], []], [120]]);
});

test("without storage they hold until the page is left", () => {
  const { localStorage } = globalThis;
  globalThis.localStorage = undefined;
  try {
    const alerts = new Alerts();
    alerts.add(alert("price", "above", 110));
    alerts.add(alert("price", "above", 120));
    assert.deepEqual(alerts.raise((symbol) => quote(115, symbol)).map(({ at }) => at), [110]);
    assert.equal(alerts.all.length, 1);
  } finally {
    globalThis.localStorage = localStorage;
  }
});
