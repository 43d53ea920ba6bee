import assert from "node:assert/strict";
import { test } from "node:test";

import { findInstruments } from "../../web/page/find_instruments.js";

const all = [
  ["AAPL", "Apple Inc."],
  ["APLE", "Apple Hospitality"],
  ["PINE", "Pineapple Express"],
  ["APP", "Applovin"],
  ["GAP", "The Gap"],
  ["FRUIT", "Fresh Apple Juice"],
].map(([S, name]) => ({ S, name, tick: 0.01, ref: 1, ccy: "USD" }));

const found = (typed, most = 8) => findInstruments(all, typed, most).map(({ S }) => S);

test("the symbol itself comes first, then its beginnings, then names, then all that have it anywhere", () => {
  assert.deepEqual(found("app"), ["APP", "AAPL", "APLE", "FRUIT", "PINE"]);
  assert.deepEqual(found("apple"), ["AAPL", "APLE", "FRUIT", "PINE"]);
  assert.deepEqual(found("AP"), ["APLE", "APP", "AAPL", "FRUIT", "PINE", "GAP"]);
});

test("every word must occur, in the symbol or the name", () => {
  assert.deepEqual(found("apple juice"), ["FRUIT"]);
  assert.deepEqual(found("gap the"), ["GAP"]);
  assert.deepEqual(found("apple zzz"), []);
});

test("nothing typed finds nothing, and no more come than are wanted", () => {
  assert.deepEqual([found(" "), found("a", 2).length], [[], 2]);
});
