import assert from "node:assert/strict";
import { test } from "node:test";

import { TilePainter } from "../../web/page/tile_painter.js";

/** Widths of capitals and digits in DejaVu Sans Bold, by their height: few fonts are wider. */
const WIDTHS = { W: 1.103, R: 0.77, O: 0.85, M: 0.995, A: 0.774, "6": 0.696, "7": 0.696, "5": 0.696, "8": 0.696, ".": 0.38, T: 0.682, F: 0.683 };
const widthOf = (symbol, size) => [...symbol].reduce((sum, each) => sum + WIDTHS[each] * size, 0);

test("a symbol touches neither edge of its tile, however wide its letters", () => {
  for (const symbol of ["ROWM", "MMMM", "WWWW", "AAAA", "F"]) {
    for (let width = 20; width < 200; width += 1) {
      const size = Math.abs(TilePainter.textSize(symbol, width, 30));
      assert.ok(widthOf(symbol, size) <= width - 4, `${symbol} of ${size} px in ${width}`);
    }
  }
});

test("one of narrow letters is shown where as many wide ones are not", () => {
  assert.equal(TilePainter.textSize("6758.T", 47, 30), -10);
  assert.equal(TilePainter.textSize("MMMMMM", 47, 30), 0);
});

test("there is a second line only where there is room for it", () => {
  assert.ok(TilePainter.textSize("AAPL", 120, 60) > 0);
  assert.ok(TilePainter.textSize("AAPL", 120, 25) < 0);
});
