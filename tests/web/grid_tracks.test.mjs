import assert from "node:assert/strict";
import { test } from "node:test";

import { COLUMNS } from "../../web/page/columns.js";
import { narrowTracks, wideTracks } from "../../web/page/grid_tracks.js";

const all = (width) => Object.fromEntries(COLUMNS.map(({ key }) => [key, width]));

test("columns are as wide as their text or their title, and the name takes the rest", () => {
  const { columns, dropped } = wideTracks({ ...all(50), last: 80 }, { ...all(10), change: 60 }, 2000);
  const tracks = columns.split(/ (?!1fr)/);
  assert.deepEqual(dropped, []);
  assert.equal(tracks[COLUMNS.findIndex(({ key }) => key === "last")], "92px");
  assert.equal(tracks[COLUMNS.findIndex(({ key }) => key === "change")], "84px");
  assert.match(tracks[1], /^minmax\(\d+px, 1fr\)$/);
  assert.equal(tracks.length, COLUMNS.length + 2);
});

test("without room the lesser columns are dropped one after the other, and the symbol takes the rest", () => {
  const dropped = (room) => wideTracks(all(50), all(10), room).dropped;
  assert.deepEqual(dropped(872), []);
  assert.deepEqual(dropped(871), ["name"]);
  assert.deepEqual(dropped(815), ["name", "trend"]);
  assert.deepEqual(dropped(0), ["name", "trend", "ask-size", "bid-size", "time", "volume"]);
  assert.match(wideTracks(all(50), all(10), 0).columns, /^minmax\(70px, 1fr\) 62px/);
});

test("on a narrow screen a long number costs the sparkline", () => {
  assert.equal(narrowTracks(all(40), 364).tight, false);
  assert.equal(narrowTracks({ ...all(40), last: 130 }, 364).tight, true);
  assert.match(narrowTracks(all(40), 364).columns, /^(minmax\(\d+px, \d+fr\) ?){6}$/);
});
