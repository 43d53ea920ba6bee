import assert from "node:assert/strict";
import { test } from "node:test";

import { NOTHING, abbreviated, bytes, date, decimals, minute, price, signed, size, time } from "../../web/page/numbers.js";

test("prices have as many decimals as their tick size", () => {
  assert.deepEqual([0.01, 0.5, 0.25, 1, 25, 1e-7, 2.5e-8].map(decimals), [2, 1, 2, 0, 0, 7, 9]);
  assert.equal(price(1234.5, 2), "1,234.50");
  assert.equal(price(0.00001234, 8), "0.00001234");
});

test("no number has more decimals than a browser can write", () => {
  assert.deepEqual([1e-101, 5e-324, Infinity, NaN].map(decimals), [20, 20, 0, 0]);
  assert.equal(price(1e-10, decimals(1e-10)), "0.0000000001");
});

test("no number is longer than 21 characters and its sign, and none has a digit that nobody sent", () => {
  const written = [
    [1e17, "1e17"], [-1e17, "−1e17"], [1e300, "1e300"], [1e-101, "1e−101"], [5e-324, "5e−324"],
    [123456789012345, "123,456,789,012,345"], [0.00001234, "0.00001234"],
    // Doubles keep fewer digits than these have.
    [12345678901234567890.12345678901, "≈1.23456789012346e19"], [123456.78901234567, "≈123,456.789012346"],
    [-1234567890123456.7, "≈−1.23456789012346e15"], [Number.MAX_VALUE, "1.7976931348623157e308"], [Infinity, "∞"],
  ];
  for (const [value, text] of written) assert.equal(price(value, 0, decimals(value)), text);
  for (const least of [0, 2, 20]) {
    for (let power = -323; power < 309; power += 1) {
      const text = price(-1.23456789012345678 * 10 ** power, least, 20);
      assert.ok(text.length <= 23, text);
      assert.ok(!/[1-9]/.test(text.replace(/e.*/, "").replace(/[^1-9]/g, "").slice(15)), text);
    }
  }
});

test("digits that arithmetic adds are not written", () => {
  assert.equal(signed(123456.78 - 0.00000123, 0, 20), "+123,456.77999877");
  assert.equal(decimals(190.07000000000002), 2);
  assert.deepEqual([signed(Infinity - Infinity, 2), signed(-Infinity, 2)], [NOTHING, "−∞"]);
});

test("zeros fill up to the tick size only where there is room", () => {
  assert.equal(price(123456.5, 2, 6), "123,456.50");
  assert.equal(price(123456.5, 18, 18), "123,456.5");
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
  assert.deepEqual([size(-5), size(1e-9), size(1e30)], ["−5", "0.000000001", "1e30"]);
});

test("bytes are written in a fitting unit", () => {
  assert.deepEqual([0, 999, 1000, 99_950, 1_234_567, 5e9].map(bytes), ["0 B", "999 B", "1.0 kB", "100 kB", "1.2 MB", "5.0 GB"]);
});

test("a time is written to the second, to the minute, and as a day", () => {
  const at = new Date(2026, 9, 5, 7, 8, 9).getTime() * 1000;
  assert.deepEqual([time, minute, date].map((text) => text(at)), ["07:08:09", "07:08", "5 Oct"]);
});

test("a large number has three digits and a letter, and is never a thousand of a smaller one", () => {
  const texts = [undefined, 0, 9_999, 10_000, 12_345, 999_499, 999_500, 999_950, 1_234_567, 23_456_789, 4e9, 1.5e12, -54_321];
  const shown = ["–", "0", "9,999", "10.0k", "12.3k", "999k", "1.00M", "1.00M", "1.23M", "23.5M", "4.00B", "1.50T", "−54.3k"];
  assert.deepEqual(texts.map(abbreviated), shown);
  assert.deepEqual([1e18, Infinity].map(abbreviated), ["1e18", "∞"]);
});
