import assert from "node:assert/strict";
import { test } from "node:test";

import { Widest } from "../../web/page/widest.js";

const instrument = { S: "A", name: "Alpha", tick: 0.01, ref: 100, ccy: "USD" };

function textsOf(...prices) {
  const texts = [];
  const widest = new Widest((key, text) => key === "last" && texts.push(text));
  for (const p of prices) widest.add({ symbol: "A", instrument, seen: 2, tick: { S: "A", q: 1, t: 1, p } });
  return texts;
}

test("numbers of one magnitude are measured once, those of another too", () => {
  assert.deepEqual(textsOf(101.5, 999.99, 100, 1000, 4321.5, 0.5), ["101.50", "1,000.00", "0.50"]);
  assert.deepEqual(textsOf(5, -5, 6, -6), ["5.00", "−5.00"]);
});

test("every number with an exponent is measured: each may have another length", () => {
  assert.deepEqual(textsOf(1e17, 1e17, 123456789012345), ["1e17", "1e17", "123,456,789,012,345"]);
});

test("a symbol is measured with the label beside it", () => {
  const texts = [];
  const widest = new Widest((key, text) => key === "symbol" && texts.push(text));
  for (const src of ["sim", undefined, "sim"]) widest.add({ symbol: "A", tick: { S: "A", q: 1, t: 1, p: 1, src } });
  assert.deepEqual(texts, ["A sim", "A"]);
});
