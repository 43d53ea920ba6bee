import assert from "node:assert/strict";
import { test } from "node:test";

import { bytes, COLUMNS, duration, gatewayRows, groupRows, howMany, slowRows } from "../../web/debug/report.js";

const NOW = 1_795_384_800_000_000;
const GATEWAY = { id: "gw-1", started: NOW - 3_600_000_000, t: NOW, clients: 12_345, groups: 3, lag: 2, feed: "live", draining: false };
const REPORT = { gateway: "gw-1", t: NOW, gateways: [GATEWAY], problem: "", groups: [], groups_total: 0, clients: {}, slow: [], slow_total: 0 };

test("a gateway is a row of texts, and is marked if it is the one that answered", () => {
  const [row] = gatewayRows(REPORT);
  assert.equal(row.own, true);
  assert.deepEqual(row.cells.map((cell) => cell.text), ["gw-1", "live", "12,345", "3", "2 ms", "now", "1 h 0 min"]);
  assert.deepEqual(row.cells.filter((cell) => cell.alarm), []);
});

test("a gateway that is silent, late or stale raises an alarm", () => {
  const other = { ...GATEWAY, id: "gw-2", t: NOW - 9_000_000, lag: 5_000, feed: "stale", draining: true };
  const [row] = gatewayRows({ ...REPORT, gateways: [other] });
  assert.equal(row.own, false);
  assert.deepEqual(row.cells.filter((cell) => cell.alarm).map((cell) => cell.text), ["stale, draining", "5,000 ms", "9 s ago"]);
});

test("a gateway whose clock is ahead was heard now", () => {
  const [row] = gatewayRows({ ...REPORT, gateways: [{ ...GATEWAY, t: NOW + 5_000_000 }] });
  assert.equal(row.cells[5].text, "now");
});

test("every row has a cell for every column", () => {
  const slow = { stream: "abcdefgh", state: "lagging", reason: "reads too slowly", symbols: "*", interval: 0, buffered: 2048, since: 100 };
  const group = { symbols: "", interval: 250, format: "events", encoding: "identity", bars: ["1s", "1m"], members: 1, joining: 0, users: 1, pending: 0 };
  const report = { ...REPORT, slow: [slow], groups: [group] };
  for (const [rows, columns] of [
    [gatewayRows(report), COLUMNS.gateways],
    [slowRows(report), COLUMNS.slow],
    [groupRows(report), COLUMNS.groups],
  ]) {
    for (const row of rows) assert.equal(row.cells.length, columns.length);
  }
  assert.deepEqual(slowRows(report)[0].cells.map((cell) => cell.text).slice(-3), ["every tick", "2.0 KiB", "0 s"]);
  assert.deepEqual(groupRows(report)[0].cells.map((cell) => cell.text).slice(0, 5), ["none", "250 ms", "1s, 1m", "events", "plain"]);
});

test("durations, bytes and numbers are written for people", () => {
  assert.deepEqual([900, 59_000, 61_000, 7_260_000, 500_000_000].map(duration), ["1 s", "59 s", "1 min 1 s", "2 h 1 min", "5 days"]);
  assert.deepEqual([0, 1023, 1536, 3 * 1024 * 1024].map(bytes), ["0 B", "1023 B", "1.5 KiB", "3.0 MiB"]);
  assert.equal(howMany(100, 2_000, "largest"), "100 of 2,000, the largest");
  assert.equal(howMany(3, 3, "largest"), "3");
});
