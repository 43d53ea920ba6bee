import assert from "node:assert/strict";
import { test } from "node:test";

import { COLUMNS, digitsIn, digitsOf } from "../../web/page/columns.js";

const instrument = { S: "A", name: "Alpha", tick: 1, ref: 190, ccy: "" };

/** The texts of a quote's columns, by key. */
function texts(quote) {
  const whole = { symbol: "A", instrument, ...quote };
  return Object.fromEntries(COLUMNS.map(({ key, text }) => [key, text({ seen: digitsIn(whole), ...whole })]));
}

test("nothing is rounded to a tick size that is too coarse", () => {
  const { last, bid, ask, change, percent } = texts({ tick: { S: "A", q: 2, t: 1, p: 190.07, bp: 189.95, ap: 190.1 } });
  assert.deepEqual([last, bid, ask, change, percent], ["190.07", "189.95", "190.1", "+0.07", "+0.04%"]);
});

test("a tick size with more digits than the prices sets the digits", () => {
  const fine = { ...instrument, tick: 0.001 };
  assert.equal(texts({ instrument: fine, tick: { S: "A", q: 1, t: 1, p: 190.5 } }).last, "190.500");
  assert.deepEqual(digitsOf({ symbol: "A", instrument: fine, seen: 1 }), [3, 3]);
});

test("a price without a known tick size has the digits seen so far", () => {
  assert.equal(texts({ instrument: undefined, tick: { S: "A", q: 1, t: 1, p: 190, bp: 189.95 } }).last, "190.00");
});

test("a rise is positive in percent even if prices are below zero", () => {
  const below = { ...instrument, tick: 0.01, ref: -10 };
  const { last, change, percent } = texts({ instrument: below, tick: { S: "A", q: 1, t: 1, p: -9.01 } });
  assert.deepEqual([last, change, percent], ["−9.01", "+0.99", "+9.90%"]);
});
