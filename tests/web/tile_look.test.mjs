import assert from "node:assert/strict";
import { test } from "node:test";

import { SHADES, isAlike, linesOf, lookOf, sentenceOf, turnoverOf } from "../../web/page/tile_look.js";

const quote = (p, more = {}, tick = {}) => ({
  symbol: "ACME",
  instrument: { S: "ACME", name: "Acme", tick: 0.01, ref: 100, ccy: "USD" },
  tick: { S: "ACME", q: 1, t: 43_200_000_000, p, ...tick },
  ...more,
});

test("the shade says how far the price is from the last close, and in which direction", () => {
  const shades = [97, 98, 98.5, 99.2, 99.9, 99.996, 100, 100.02, 100.5, 101.5, 103].map((p) => lookOf(quote(p), false).shade);
  assert.deepEqual(shades, [-4, -4, -3, -2, -1, 0, 0, 1, 2, 3, 4]);
  assert.equal(SHADES, 4);
});

test("without a price, or a close to measure it from, there is no shade", () => {
  assert.deepEqual(lookOf({ symbol: "ACME" }, true), { shade: 0, text: "–", source: "", halted: false, old: false });
  assert.equal(lookOf(quote(90, { instrument: undefined }), true).shade, 0);
});

test("a tile is drawn again only for what can be seen of it", () => {
  for (const written of [true, false]) {
    const before = lookOf(quote(101.1), written);
    const alike = (/** @type {any} */ other) => isAlike(before, lookOf(other, written));
    assert.equal(isAlike(undefined, before), false);
    // Another text in the same shade.
    assert.equal(alike(quote(101.2)), !written);
    assert.equal(alike(quote(101.101)), true);
    const others = [{ old: true }, { state: "halted" }, { state: "closed" }].map((more) => quote(101.1, more));
    for (const other of [quote(99), ...others, quote(101.1, {}, { src: "sim" })]) {
      assert.equal(alike(other), false);
    }
  }
});

test("a quote is told in full, with where it comes from and whether it is old", () => {
  const told = linesOf(quote(99.5, { old: true }, { src: "sim", bp: 99.4, ap: 99.6, v: 1200 }));
  assert.deepEqual(told.slice(0, 6), ["ACME", "Acme", "99.50 USD", "−0.50 (−0.50%)", "Bid 99.40, ask 99.60", "Volume 1,200"]);
  assert.equal(told.at(-1), "old, simulated");
  assert.match(sentenceOf(quote(99.5)), /^ACME, Acme, 99\.50 USD, −0\.50 \(−0\.50%\), 1 Jan 1970 \d\d:\d\d:\d\d$/);
  assert.equal(sentenceOf({ symbol: "ACME" }), "ACME, No price yet");
});

test("a symbol that is not live says so, and a closed market what it has done all day", () => {
  const text = (state) => lookOf(quote(101, { state }), true).text;
  assert.deepEqual([undefined, "live", "halted", "stale", "suspect", "closed"].map(text), [
    ...["▲ +1.00%", "▲ +1.00%", "halted", "stale", "suspect", "▲ +1.00%"],
  ]);
  assert.deepEqual(["live", "closed"].map((state) => lookOf(quote(101, { state }), false).halted), [false, true]);
  assert.equal(linesOf(quote(99.5, { state: "halted" }, { src: "sim" })).at(-1), "halted, simulated");
  assert.equal(sentenceOf({ symbol: "ACME", state: "closed" }), "ACME, No price yet, closed");
});

test("the turnover is volume times price", () => {
  assert.deepEqual([quote(50, {}, { v: 20 }), quote(-2, {}, { v: 5 }), quote(9), { symbol: "A" }].map(turnoverOf), [1000, 10, 0, 0]);
});
