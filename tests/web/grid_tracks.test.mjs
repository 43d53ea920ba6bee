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
  assert.deepEqual(dropped(472), ["name", "trend", "ask-size", "bid-size", "time", "volume"]);
  assert.match(wideTracks(all(50), all(10), 472).columns, /^minmax\(70px, 1fr\) 62px/);
  assert.deepEqual(dropped(0).slice(6), ["ccy", "percent", "ask", "bid", "change"]);
});

test("whatever the widths, the columns that stay fit the room", () => {
  for (const room of [560, 700, 1000]) {
    const { columns } = wideTracks({ ...all(165), symbol: 900 }, all(10), room);
    const sum = [...columns.matchAll(/(\d+)px/g)].reduce((total, [, width]) => total + Number(width), 0);
    assert.ok(sum <= room, `${sum} in ${room}`);
  }
});

test("on a narrow screen six tracks become two where numbers are too long for them", () => {
  assert.equal(narrowTracks({ ...all(40), last: 130 }, 364).stacked, false);
  assert.equal(narrowTracks(all(90), 364).stacked, true);
  assert.equal(narrowTracks({ ...all(40), symbol: 500 }, 364).stacked, true);
});

test("on a narrow screen a long number costs the sparkline", () => {
  assert.equal(narrowTracks(all(40), 364).tight, false);
  assert.equal(narrowTracks({ ...all(40), last: 130 }, 364).tight, true);
  assert.match(narrowTracks(all(40), 364).columns, /^(minmax\(\d+px, \d+fr\) ?){6}$/);
});
