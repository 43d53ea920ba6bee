import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { SymbolStates } from "../../web/tickcast/symbol_states.js";

let states;

beforeEach(() => {
  states = new SymbolStates();
});

const halted = (S, since = 5) => ({ S, state: "halted", since });
const live = (S, since = 0) => ({ S, state: "live", since });

test("it tells what is a change, and holds what is not live", () => {
  const changes = [halted("A"), halted("A"), halted("A", 6), live("A", 7), live("A", 8)].map((each) => states.put(each));
  assert.deepEqual(changes, [true, false, true, true, false]);
  assert.equal(states.states.size, 0);
});

test("a state that does not come again with a snapshot of everything has ended with it", () => {
  for (const S of ["A", "B", "C"]) states.put(halted(S));
  states.startOver();
  assert.deepEqual([...states.states.keys()], ["A", "B", "C"]);
  assert.deepEqual([states.put(halted("B")), states.put(halted("C", 9))], [false, true]);
  assert.deepEqual(states.endUnconfirmed(), [live("A")]);
  assert.deepEqual([...states.states.keys()], ["B", "C"]);
  assert.deepEqual(states.endUnconfirmed(), []);
});

test("a dump brings what has changed, also between the beginning of a snapshot and its end", () => {
  for (const S of ["A", "B", "C"]) states.put(halted(S));
  const other = new SymbolStates();
  for (const state of [halted("A"), halted("B", 9), halted("D")]) other.put(state);
  other.startOver();
  other.put(halted("A"));
  assert.deepEqual(states.load(structuredClone(other.dump())), [live("C"), halted("B", 9), halted("D")]);
  assert.deepEqual(states.endUnconfirmed(), [live("B"), live("D")]);
});

test("a dump of an older module has nothing that is unconfirmed", () => {
  assert.deepEqual(states.load({ states: [halted("A")] }), [halted("A")]);
  assert.deepEqual(states.endUnconfirmed(), []);
});
