import assert from "node:assert/strict";
import { test } from "node:test";

import { besides, meaningOf, turned } from "../../web/page/symbol_state.js";

const sim = { S: "A", q: 1, t: 1, p: 1, src: "sim" };

test("what is live and real needs no word, and all else has one", () => {
  assert.deepEqual(besides({}), { short: "", words: "", title: "" });
  assert.deepEqual(besides({ state: "live", tick: { ...sim, src: undefined } }), besides({}));
  for (const state of ["stale", "halted", "closed", "suspect"]) assert.equal(besides({ state }).short, state);
  assert.deepEqual(besides({ state: "halted", tick: sim }), {
    short: "halted sim",
    words: "halted, simulated",
    title: "Trading in it is halted. These prices are simulated",
  });
});

test("a state that a later gateway may send is named, and not called live", () => {
  assert.equal(meaningOf("auction"), "Its source calls it auction");
  assert.equal(besides({ state: "auction" }).words, "auction");
});

test("a change is told with its time, so that it stays true", () => {
  assert.match(turned({ S: "A", state: "halted", since: 43_200_000_000 }), /^A turned halted at 1 Jan 1970 \d\d:\d\d:\d\d$/);
  assert.match(turned({ S: "A", state: "live", since: 0 }), /^A turned live at \d\d:\d\d:\d\d$/);
});
