import assert from "node:assert/strict";
import { test } from "node:test";

import { NOTHING, bytes, date, decimals, minute, price, signed, size, time } from "../../web/page/numbers.js";

test("prices have as many decimals as their tick size", () => {
  assert.deepEqual([0.01, 0.5, 0.25, 1, 25, 1e-7, 2.5e-8].map(decimals), [2, 1, 2, 0, 0, 7, 9]);
  assert.equal(price(1234.5, 2), "1,234.50");
  assert.equal(price(0.00001234, 8), "0.00001234");
});

test("no number has more decimals than a browser can write", () => {
  assert.deepEqual([1e-101, 5e-324, Infinity, NaN].map(decimals), [20, 20, 0, 0]);
  assert.equal(price(1e-101, decimals(1e-101)), `0.${"0".repeat(20)}`);
});

test("a price has at least the decimals of its tick size, and more if it needs them", () => {
  assert.deepEqual([190, 189.5, 189.123].map((value) => price(value, 1, 3)), ["190.0", "189.5", "189.123"]);
  assert.equal(signed(190.07 - 190, 0, 2), "+0.07");
});

test("there is one minus sign", () => {
  assert.deepEqual([price(-9.01, 2), signed(-9.01, 2)], ["−9.01", "−9.01"]);
});

test("a difference has a sign, unless it rounds to zero", () => {
  assert.deepEqual([1.5, -1.5, 0, -0.004].map((value) => signed(value, 2)), ["+1.50", "−1.50", "0.00", "0.00"]);
});

test("a value that the source leaves out is a dash", () => {
  assert.deepEqual([price(undefined, 2), size(undefined)], [NOTHING, NOTHING]);
  assert.deepEqual([size(0), size(1200), size(0.00012)], ["0", "1,200", "0.00012"]);
});

test("bytes are written in a fitting unit", () => {
  assert.deepEqual([0, 999, 1000, 99_950, 1_234_567, 5e9].map(bytes), ["0 B", "999 B", "1.0 kB", "100 kB", "1.2 MB", "5.0 GB"]);
});

test("a time is written to the second, to the minute, and as a day", () => {
  const at = new Date(2026, 9, 5, 7, 8, 9).getTime() * 1000;
  assert.deepEqual([time, minute, date].map((text) => text(at)), ["07:08:09", "07:08", "5 Oct"]);
});
