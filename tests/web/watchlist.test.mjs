import assert from "node:assert/strict";
import { test } from "node:test";

import { Search } from "../../web/page/filter.js";
import { addition, covers, hidden, invalid, isRefused, parseList, requested, withAdded, without } from "../../web/page/watchlist.js";

test("a list is read in whatever form it was typed, without duplicates and without what can be no symbol", () => {
  assert.deepEqual(parseList("aapl, MSFT,  btc/usd,ms*\naapl"), ["AAPL", "MSFT", "BTC/USD", "MS*"]);
  assert.deepEqual(parseList("<b>,m&m, brk b ,^gspc,!x"), ["<B>", "M&M", "BRK B", "^GSPC", "!X"]);
  assert.deepEqual(parseList(`A*B,**,'a',*!,*!A*,${"X".repeat(65)}`), []);
  assert.deepEqual([invalid("aapl, `b`,ä b!"), invalid(" aapl,, ")], [["`B`", "Ä B!"], []]);
});

test("case is kept where the feed keeps it", () => {
  assert.deepEqual(parseList("AMpB,AMPB,*!aB", "keep"), ["AMpB", "AMPB", "*!aB"]);
  assert.deepEqual(addition([], "AMpB", (part) => part === "AMpB", "keep").next, ["AMpB"]);
});

test("typed words are several symbols unless the feed has a symbol with these spaces", () => {
  const knows = (part) => ["BRK B", "A", "B"].includes(part);
  assert.deepEqual(addition([], "brk b", knows).next, ["BRK B"]);
  assert.deepEqual(addition([], "a b", knows).next, ["A", "B"]);
  assert.deepEqual(addition([], "a brk", knows), { notice: "There is no symbol BRK" });
  assert.deepEqual(addition([], "x y", knows), { notice: "There is no symbol X Y" });
});

test("a prefix covers what begins with it", () => {
  assert.deepEqual(["AAPL", "MSFT", "META"].map((each) => covers(["AA*", "META"], each)), [true, false, true]);
  assert.equal(covers(["*"], "ANY"), true);
});

test("what a prefix covers is not listed again", () => {
  assert.deepEqual(withAdded(["AAPL", "TSLA"], ["A*"]), ["TSLA", "A*"]);
  assert.deepEqual(withAdded(["A*"], ["AAPL", "B"]), ["A*", "B"]);
});

test("a symbol is removed from a prefix by hiding it, and the prefix is requested as before", () => {
  const list = without(["*"], "META");
  assert.deepEqual(list, ["*", "*!META"]);
  assert.deepEqual(["META", "METAL", "NEW"].map((each) => covers(list, each)), [false, true, true]);
  assert.deepEqual([requested(list), [...hidden(list)]], [["*"], ["META"]]);
  assert.deepEqual(parseList(list.join(",")), list);
  assert.deepEqual(without(["AAPL", "MSFT"], "AAPL"), ["MSFT"]);
  assert.deepEqual(without(list, "META"), list);
});

test("a hidden symbol is shown again when it, or a prefix of it, is added", () => {
  assert.deepEqual(withAdded(["M*", "*!META", "*!MSFT"], ["META"]), ["M*", "*!MSFT"]);
  assert.deepEqual(withAdded(["M*", "*!META", "*!MSFT"], ["*"]), ["*"]);
  assert.deepEqual(withAdded(["*", "*!META"], ["A*"]), ["*", "*!META"]);
});

test("typed entries are added, or reported as listed already, or as no symbols", () => {
  const knows = (part) => ["AAPL", "MSFT", "*"].includes(part);
  assert.deepEqual(addition(["AAPL"], "msft aapl", knows), { next: ["AAPL", "MSFT"], notice: "MSFT added" });
  assert.deepEqual(addition(["*"], "aapl", knows), { next: ["*"], notice: "AAPL is in the list" });
  assert.deepEqual(addition(["*", "*!AAPL"], "*", knows), { next: ["*"], notice: "* added" });
  const refused = { notice: "There is no symbol NOPE, *!AAPL, Ä" };
  assert.deepEqual(addition(["*"], "nope, msft *!aapl ä", knows), refused);
});

test("a notice lists a few of many, and too many at once are refused as a whole", () => {
  const many = (count) => Array.from({ length: count }, (_, n) => `S${n}`).join(",");
  const knows = () => true;
  assert.equal(addition([], many(12), knows).notice, "S0, S1, S2, S3, S4, S5, S6, S7, S8, S9 and 2 more added");
  assert.equal(addition([], many(1_000), knows).next?.length, 1_000);
  const refused = { notice: "These are 1,001 symbols; at most 1,000 are added at once" };
  assert.deepEqual(addition([], many(1_001), knows), refused);
});

test("a list is given up if the gateways refuse it, unless it asks for all, or other tabs ask too", () => {
  const state = { link: "refused", status: 400, role: "alone" };
  assert.equal(isRefused(["AAPL", "MSFT"], state), true);
  assert.equal(isRefused(["*", "*!AAPL"], state), false);
  assert.equal(isRefused(["AAPL"], { ...state, role: "follower" }), false);
  assert.equal(isRefused(["AAPL"], { ...state, status: 401 }), false);
  assert.equal(isRefused(["AAPL"], { ...state, link: "open" }), false);
});

test("a search finds symbols and names, in any order of its words", () => {
  assert.equal(new Search("").finds({ symbol: "AAPL" }), true);
  assert.equal(new Search("motor toy").finds({ symbol: "7203.T", instrument: { name: "Toyota Motor" } }), true);
  assert.equal(new Search("aap").finds({ symbol: "AAPL", instrument: { name: "Apple" } }), true);
  assert.equal(new Search("apple msft").finds({ symbol: "AAPL", instrument: { name: "Apple" } }), false);
});
