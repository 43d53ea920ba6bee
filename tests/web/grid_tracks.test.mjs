import assert from "node:assert/strict";
import { test } from "node:test";

import { COLUMNS as ALL, OPTIONAL } from "../../web/page/columns.js";
import { narrowTracks, wideTracks } from "../../web/page/grid_tracks.js";

/** The columns that are shown at first. */
const COLUMNS = ALL.filter(({ key }) => !OPTIONAL.has(key));
const DROPPED_FIRST = [...OPTIONAL];
const all = (width) => Object.fromEntries(ALL.map(({ key }) => [key, width]));

test("columns are as wide as their text or their title, and the name takes the rest", () => {
  const { columns, dropped } = wideTracks({ ...all(50), last: 80 }, { ...all(10), change: 60 }, 2000);
  const tracks = columns.split(/ (?!1fr)/);
  assert.deepEqual(dropped, DROPPED_FIRST);
  assert.equal(tracks[COLUMNS.findIndex(({ key }) => key === "last")], "92px");
  assert.equal(tracks[COLUMNS.findIndex(({ key }) => key === "change")], "84px");
  assert.match(tracks[1], /^minmax\(\d+px, 1fr\)$/);
  assert.equal(tracks.length, COLUMNS.length + 2);
});

test("without room the lesser columns are dropped one after the other, and the symbol takes the rest", () => {
  const dropped = (room) => wideTracks(all(50), all(10), room).dropped.slice(DROPPED_FIRST.length);
  assert.deepEqual(dropped(936), []);
  assert.deepEqual(dropped(935), ["trend"]);
  assert.deepEqual(dropped(775), ["trend", "name"]);
  assert.deepEqual(dropped(472), ["trend", "name", "ask-size", "bid-size", "time", "volume"]);
  assert.match(wideTracks(all(50), all(10), 472).columns, /^minmax\(70px, 1fr\) 62px/);
  assert.deepEqual(dropped(0).slice(6), ["ccy", "percent", "ask", "bid", "change"]);
});

test("it is tight where names are cut, or a column is dropped that is wanted", () => {
  const tight = (room, hidden) => wideTracks(all(50), all(10), room, hidden).tight;
  // Without the sparkline: 120 px for names.
  assert.deepEqual([tight(936 - 96), tight(935 - 96)], [false, true]);
  assert.deepEqual([tight(936), tight(935)], [false, false]);
  const nameless = new Set([...OPTIONAL, "name"]);
  assert.deepEqual([tight(871 - 56 - 96 + 1, nameless), tight(872 - 56 - 96 - 1, nameless)], [false, true]);
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
});

test("a number that takes half of a line has no word before it for which there is no room", () => {
  const labels = (width) => narrowTracks(all(width), 320).labels;
  assert.deepEqual([labels(110), labels(135), labels(150)], ["words", "letters", ""]);
});

test("on a narrow screen a long symbol takes a part of the first line, and costs no number its room", () => {
  const { columns, stacked } = narrowTracks({ ...all(40), symbol: 500 }, 364);
  const [first, second] = [...columns.matchAll(/minmax\((\d+)px/g)].map(([, width]) => Number(width));
  assert.deepEqual([stacked, first + second < 150], [false, true]);
});

test("on a narrow screen a long number costs the sparkline", () => {
  assert.equal(narrowTracks(all(40), 364).tight, false);
  assert.equal(narrowTracks(all(40), 364).labels, "words");
  assert.equal(narrowTracks({ ...all(40), last: 110 }, 364).tight, true);
  assert.equal(narrowTracks({ ...all(40), last: 110 }, 364).labels, "words");
  assert.equal(narrowTracks({ ...all(40), last: 130 }, 364).labels, "letters");
  assert.equal(narrowTracks({ ...all(40), last: 130 }, 364).tight, true);
  assert.match(narrowTracks(all(40), 364).columns, /^(minmax\(\d+px, \d+fr\) ?){6}$/);
});

test("a column that is chosen has its track, and one that is not wanted has none", () => {
  const hidden = new Set([...OPTIONAL, "ccy", "trend"].filter((key) => key !== "high"));
  const { columns, dropped } = wideTracks(all(50), all(10), 2000, hidden);
  assert.deepEqual(new Set(dropped), hidden);
  assert.equal(columns.split(/ (?!1fr)/).length, COLUMNS.length + 1 - 2 + 2);
});
