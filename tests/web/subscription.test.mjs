import assert from "node:assert/strict";
import { test } from "node:test";

import { barSelector, normalizeSymbols, sameBars, selector, unite } from "../../web/tickcast/subscription.js";

const subscription = (symbols, interval = 0, bars = [], barsOf) => ({ symbols, interval, bars, barsOf });

test("symbols are sorted, and named once", () => {
  assert.deepEqual(normalizeSymbols(["MSFT", "AAPL", "AAPL", "B/USD", "aapl"]), ["AAPL", "B/USD", "MSFT", "aapl"]);
});

test("what a pattern covers needs no name", () => {
  assert.deepEqual(normalizeSymbols(["AAPL", "A*", "AB*", "B"]), ["A*", "B"]);
  assert.deepEqual(normalizeSymbols(["A*", "*", "B"]), ["*"]);
});

test("a text that can be no symbol is named, with what is allowed", () => {
  for (const wrong of ["", "A ", " A", "A,B", "A*B", "**", "Ä", "A'", ".", "..", "A\t", "A".repeat(65)]) {
    assert.throws(() => normalizeSymbols(["OK", wrong]), /not a symbol: .*printable ASCII/);
  }
});

test("a selector knows names and patterns", () => {
  const selects = selector(["AAPL", "B*"]);
  assert.deepEqual(["AAPL", "AAP", "B", "BA", "CB"].map(selects), [true, false, true, true, false]);
  assert.equal(selector(["*"])("X"), true);
  assert.equal(selector([])("X"), false);
});

test("a union has all symbols at the smallest interval", () => {
  const union = unite([subscription(["A", "B*"], 1000), subscription(["BA", "C"], 250)]);
  assert.deepEqual(union, { symbols: ["A", "B*", "C"], interval: 250, bars: [] });
});

test("bars of a union are those of each subscription that has bars", () => {
  const union = unite([subscription(["A"], 0, ["1m"]), subscription(["B"], 0, ["1s"], ["X"]), subscription(["C"])]);
  assert.deepEqual([union.bars, union.barsOf], [["1m", "1s"], ["A", "X"]]);
  assert.equal("barsOf" in unite([subscription(["A"], 0, ["1m"])]), false);
  assert.deepEqual(unite([subscription(["A"], 0, ["1m"], [])]).barsOf, ["-"]);
});

test("a stream without symbols names one that nobody publishes, since none would mean all", () => {
  assert.deepEqual(unite([subscription([])]).symbols, ["-"]);
});

test("bars are selected by interval and symbol", () => {
  const selects = barSelector(subscription(["A"], 0, ["1m"], ["B*"]));
  assert.deepEqual([["BX", "1m"], ["BX", "1s"], ["A", "1m"]].map(([S, i]) => selects({ S, i })), [true, false, false]);
  assert.equal(barSelector(subscription(["A"], 0, ["1m"]))({ S: "A", i: "1m" }), true);
});

test("bars are the same if their intervals and the names of their symbols are", () => {
  const asked = subscription(["A"], 0, ["1m"]);
  assert.equal(sameBars(asked, subscription(["A", "B"], 0, ["1m"])), true);
  assert.equal(sameBars(asked, subscription(["A"], 0, ["1m"], ["A"])), false);
  assert.equal(sameBars(asked, subscription(["A"], 0, ["1s"])), false);
  assert.equal(sameBars(subscription(["A"]), subscription(["A"], 0, [], ["B"])), true);
});
