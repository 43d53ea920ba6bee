import assert from "node:assert/strict";
import { test } from "node:test";

import { Members } from "../../web/page/members.js";
import { Quotes } from "../../web/page/quotes.js";
import { covers, hidden, requested } from "../../web/page/watchlist.js";

const tick = (S, q = 1) => ({ S, q, t: q, p: q });

/** Members of a list, on a stream that takes everything but symbols that begin with a dot. */
function membersOf(...entries) {
  const list = { entries, requested: requested(entries), hidden: hidden(entries) };
  const asked = new Set(list.requested);
  const stream = {
    ticks: new Map(),
    add: (...symbols) => symbols.forEach((each) => asked.add(each)),
    drop: (...symbols) => {
      for (const each of symbols) asked.delete(each);
      for (const symbol of stream.ticks.keys()) if (!covers([...asked], symbol)) stream.ticks.delete(symbol);
    },
    lacks: (symbol) => symbol.startsWith("."),
  };
  const instruments = { get: () => undefined, knows: () => true, forget: () => {} };
  const quotes = new Quotes(instruments);
  const members = new Members(list, stream, quotes, instruments, () => {});
  members.want();
  const come = (...symbols) => {
    const ticks = symbols.map((each) => tick(each));
    for (const each of ticks) stream.ticks.set(each.S, each);
    members.take(ticks);
    quotes.release();
  };
  const change = (...next) =>
    members.change(() => Object.assign(list, { entries: next, requested: requested(next), hidden: hidden(next) }));
  return { members, asked: () => [...asked].sort(), rows: () => [...quotes.all.keys()].sort(), come, change };
}

test("what is followed comes although it is not in the list, and gets no row until it is", () => {
  const { members, asked, rows, come, change } = membersOf("AAPL", "MSFT");
  members.follow(["AAPL", "NVDA"]);
  assert.deepEqual([asked(), rows()], [["AAPL", "MSFT", "NVDA"], ["AAPL", "MSFT"]]);
  change("MSFT");
  come("AAPL", "NVDA", "MSFT");
  assert.deepEqual([asked(), rows()], [["AAPL", "MSFT", "NVDA"], ["MSFT"]]);
  change("MSFT", "AAPL");
  assert.deepEqual([asked(), rows()], [["AAPL", "MSFT", "NVDA"], ["AAPL", "MSFT"]]);
  members.follow([]);
  assert.deepEqual(asked(), ["AAPL", "MSFT"]);
});

test("a prefix of the list brings what is followed, also what is hidden", () => {
  const { members, asked, rows, come, change } = membersOf("*", "*!AAPL");
  members.follow(["AAPL"]);
  come("AAPL", "MSFT");
  assert.deepEqual([asked(), rows()], [["*"], ["MSFT"]]);
  change();
  assert.deepEqual([asked(), rows()], [["AAPL"], []]);
});

test("what is followed gives way if the stream is refused for it, until other symbols are followed", () => {
  const { members, asked } = membersOf("AAPL");
  members.follow([".NO", "MSFT"]);
  members.giveWay();
  members.follow([".NO", "MSFT"]);
  assert.deepEqual(asked(), ["AAPL", "MSFT"]);
  members.follow([".NO", "NVDA"]);
  assert.deepEqual(asked(), [".NO", "AAPL", "NVDA"]);
});
