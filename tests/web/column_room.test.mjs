import assert from "node:assert/strict";
import { test } from "node:test";

import { ColumnRoom } from "../../web/page/column_room.js";

test("a column has room for more digits, and grows again only once they are used up", () => {
  const room = new ColumnRoom(2);
  const widths = [[5, 40], [6, 48], [7, 56], [8, 64], [6, 48]].map(([length, width]) => {
    room.fit("last", length, width, 8);
    return room.widths.last;
  });
  assert.deepEqual(widths, [56, 56, 56, 80, 80]);
});

test("without room to grow a column is as wide as its widest text, and one of words never has any", () => {
  const bare = new ColumnRoom(0);
  bare.fit("last", 5, 40, 8);
  bare.fit("last", 4, 44, 8);
  assert.deepEqual(bare.widths, { last: 44 });
  const words = new ColumnRoom(2);
  words.fit("ccy", 3, 30, 0);
  words.fit("ccy", 4, 38, 0);
  assert.deepEqual(words.widths, { ccy: 38 });
});
