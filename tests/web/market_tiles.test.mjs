import assert from "node:assert/strict";
import { test } from "node:test";

import { grid, neighbour, tileAt, treemap } from "../../web/page/market_tiles.js";

const [WIDTH, HEIGHT] = [1200, 800];
const rects = (tiles) => Array.from({ length: tiles.length / 4 }, (_, at) => [...tiles.slice(at * 4, at * 4 + 4)]);

/** How often each px is covered, and how much lies outside. */
function cover(tiles, width, height) {
  const times = new Uint8Array(width * height);
  let outside = 0;
  for (const [x, y, w, h] of rects(tiles)) {
    for (let row = y; row < y + h; row += 1) {
      for (let column = x; column < x + w; column += 1) {
        if (row < 0 || column < 0 || row >= height || column >= width) outside += 1;
        else times[row * width + column] += 1;
      }
    }
  }
  return { outside, most: Math.max(...new Set(times)), least: Math.min(...new Set(times)) };
}

/** Weights as turnovers are: few are very large. */
const turnovers = (count) => Float64Array.from({ length: count }, (_, at) => 1e9 / (at * 7919 % count + 1));

for (const count of [1, 2, 7, 50, 500, 10_000]) {
  test(`a treemap of ${count} covers all of the room, once`, () => {
    assert.deepEqual(cover(treemap(turnovers(count), WIDTH, HEIGHT), WIDTH, HEIGHT), { outside: 0, most: 1, least: 1 });
  });

  test(`no tile of a grid of ${count} covers another one, and all have one size`, () => {
    const tiles = grid(count, WIDTH, HEIGHT);
    const { outside, most } = cover(tiles, WIDTH, HEIGHT);
    assert.deepEqual({ outside, most }, { outside: 0, most: 1 });
    for (const side of [2, 3]) {
      const sizes = rects(tiles).map((tile) => tile[side]);
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
    }
  });
}

test("areas are as the weights", () => {
  const weights = [1, 2, 3, 4, 6, 8];
  const tiles = rects(treemap(weights, WIDTH, HEIGHT));
  for (const [at, [, , width, height]] of tiles.entries()) {
    const share = (width * height) / (WIDTH * HEIGHT);
    assert.ok(Math.abs(share - weights[at] / 24) < 0.002, `${at}: ${share}`);
  }
});

test("tiles are about as wide as high", () => {
  for (const [, , width, height] of rects(treemap(turnovers(200), WIDTH, HEIGHT))) {
    assert.ok(Math.max(width / height, height / width) < 3.5, `${width} x ${height}`);
  }
});

test("a symbol without a turnover has a tile that can be seen, and so has one of which nothing is known", () => {
  const tiles = rects(treemap([5, 3, 0, NaN, -1, Infinity, 4], 300, 200));
  const [known, ...unknown] = [[0, 1, 6], 2, 3, 4, 5].flat().map((at) => tiles[at][2] * tiles[at][3]);
  assert.ok(known > Math.max(...unknown.slice(2)));
  for (const area of unknown) assert.ok(area > 300 * 200 / 7 / 10);
  // At first no turnover is known at all.
  const alike = rects(treemap(new Array(10).fill(0), 300, 200)).map(([, , width, height]) => width * height);
  assert.ok(Math.max(...alike) / Math.min(...alike) < 1.1);
});

test("the list's order is that of the tiles", () => {
  assert.deepEqual(rects(grid(4, 300, 200)).map(([x, y]) => [x, y]), [[0, 0], [150, 0], [0, 100], [150, 100]]);
  const [small, large] = rects(treemap([1, 9], 200, 100));
  assert.ok(small[0] > large[0]);
});

test("the tile at a place is found, and none where there is none", () => {
  const tiles = grid(3, 300, 200);
  assert.deepEqual([[5, 5], [160, 50], [20, 150], [160, 150], [-1, 5], [5, 200]].map(([x, y]) => tileAt(tiles, x, y)), [
    0, 1, 2, -1, -1, -1,
  ]);
});

test("arrows go to the tile beside, and stay where there is none", () => {
  const tiles = grid(9, 450, 300);
  const moves = [[1, 0], [-1, 0], [0, 1], [0, -1]];
  assert.deepEqual(moves.map((move) => neighbour(tiles, 4, ...move)), [5, 3, 7, 1]);
  assert.deepEqual(moves.map((move) => neighbour(tiles, 0, ...move)), [1, 0, 3, 0]);
});

test("arrows reach every tile of a treemap", () => {
  const tiles = treemap(turnovers(120), WIDTH, HEIGHT);
  const reached = new Set([0]);
  for (const at of reached) {
    for (const move of [[1, 0], [-1, 0], [0, 1], [0, -1]]) reached.add(neighbour(tiles, at, ...move));
  }
  assert.equal(reached.size, 120);
});
