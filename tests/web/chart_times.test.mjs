import assert from "node:assert/strict";
import { test } from "node:test";

process.env.TZ = "America/New_York";
const { axisText, fullText } = await import("../../web/page/chart_times.js");

const [MONTH, DAY, TIME] = [1, 2, 3];
const at = (iso) => Date.parse(iso) / 1000;

test("times are those of the reader's clock", () => {
  assert.equal(axisText(at("2026-11-23T15:30:05Z"), TIME, "1m"), "10:30");
  assert.equal(axisText(at("2026-11-23T15:30:05Z"), TIME, "1s"), "10:30:05");
  assert.equal(fullText(at("2026-11-23T15:30:05Z"), "1s"), "23 Nov 10:30:05");
  assert.equal(fullText(at("2026-11-23T15:30:00Z"), "15m"), "23 Nov 10:30");
});

test("where a screen has several days, a new one is named", () => {
  assert.equal(axisText(at("2026-11-23T15:00:00Z"), DAY, "1h"), "23 Nov");
  assert.equal(axisText(at("2026-11-23T15:00:00Z"), DAY, "1m"), "10:00");
});

test("a day has the date of its session, wherever the reader is", () => {
  const midnight = at("2026-11-23T00:00:00Z");
  assert.equal(axisText(midnight, DAY, "1d"), "23 Nov");
  assert.equal(axisText(midnight, MONTH, "1d"), "Nov");
  assert.equal(fullText(midnight, "1d"), "23 Nov 2026");
  // It begins on the day before by the clocks of New York and of Greenwich.
  assert.equal(fullText(at("2026-11-22T23:00:00Z"), "1d", "Australia/Sydney"), "23 Nov 2026");
  assert.equal(fullText(midnight, "1d", "Nowhere/Town"), "23 Nov 2026");
});
