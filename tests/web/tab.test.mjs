import assert from "node:assert/strict";
import { test } from "node:test";

import { titleOf } from "../../web/page/tab.js";

const quote = {
  symbol: "AAPL",
  seen: 2,
  tick: { S: "AAPL", q: 1, t: 1, p: 102.5 },
  instrument: { S: "AAPL", name: "Apple", tick: 0.01, ref: 100, ccy: "USD" },
};

test("the tab begins with the price, its symbol and its change", () => {
  assert.equal(titleOf(quote, "live", "Tickcast"), "102.50 AAPL +2.50% · Tickcast");
  assert.equal(titleOf({ ...quote, instrument: undefined }, "live", "Tickcast"), "102.50 AAPL · Tickcast");
});

test("a price that is not live, or not real, says so in the tab too", () => {
  assert.equal(titleOf(quote, "stale", "Tickcast"), "Stale · 102.50 AAPL +2.50% · Tickcast");
  assert.equal(titleOf(quote, "paused", "Tickcast"), "Paused · 102.50 AAPL +2.50% · Tickcast");
  assert.equal(titleOf(quote, "wait", "Tickcast"), "Reconnecting · 102.50 AAPL +2.50% · Tickcast");
  const invented = { ...quote, tick: { ...quote.tick, src: "sim" } };
  assert.equal(titleOf(invented, "live", "odds · Tickcast"), "102.50 AAPL sim +2.50% · odds · Tickcast");
});

test("without a price there is the page's name alone, and its state", () => {
  assert.equal(titleOf(undefined, "live", "Tickcast"), "Tickcast");
  assert.equal(titleOf({ symbol: "AAPL" }, "stale", "Tickcast"), "Stale · Tickcast");
});
