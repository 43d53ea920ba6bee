import assert from "node:assert/strict";
import { test } from "node:test";

import { matches } from "../../web/page/filter.js";
import { covers, parseList, unfit, withAdded, without } from "../../web/page/watchlist.js";

test("a list is read in whatever form it was typed, each once, and nothing that cannot be a symbol", () => {
  assert.deepEqual(parseList("aapl, MSFT  btc/usd,ms*,aapl"), ["AAPL", "MSFT", "BTC/USD", "MS*"]);
  assert.deepEqual(parseList("<b> A*B ** " + "X".repeat(33)), []);
  assert.deepEqual([unfit("aapl, <b>,ä b!"), unfit(" aapl,, ")], [["<B>", "Ä", "B!"], []]);
});

test("a prefix covers what begins with it", () => {
  assert.deepEqual(["AAPL", "MSFT", "META"].map((each) => covers(["AA*", "META"], each)), [true, false, true]);
  assert.equal(covers(["*"], "ANY"), true);
});

test("what a prefix covers is not named again", () => {
  assert.deepEqual(withAdded(["AAPL", "TSLA"], ["A*"]), ["TSLA", "A*"]);
  assert.deepEqual(withAdded(["A*"], ["AAPL", "B"]), ["A*", "B"]);
});

test("a prefix gives way to the others that it stands for when one of them is removed", () => {
  assert.deepEqual(without(["M*", "AAPL"], "META", ["META", "MSFT", "AAPL"]), ["AAPL", "MSFT"]);
  assert.deepEqual(without(["AAPL", "MSFT"], "AAPL", ["AAPL", "MSFT"]), ["MSFT"]);
});

test("a search means symbols and names, in any order of its words", () => {
  assert.equal(matches("", "AAPL"), true);
  assert.equal(matches("motor toy", "7203.T", "Toyota Motor"), true);
  assert.equal(matches("aap", "AAPL", "Apple"), true);
  assert.equal(matches("apple msft", "AAPL", "Apple"), false);
});
