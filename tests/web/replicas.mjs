/** A replica whose news a test hears. */

import { beforeEach } from "node:test";

import { Replica } from "../../web/tickcast/replica.js";
import { HELLO, tick } from "./fakes.mjs";

export let told;
export let replica;

beforeEach(() => {
  told = [];
  replica = make(told);
});

/** Go on with another replica. */
export function use(another) {
  replica = another;
}

export function make(list) {
  return new Replica({
    onTick: ({ S, q }, update) => list.push(`${update ? "tick" : "snapshot"} ${S}${q}`),
    onBar: ({ S, t }) => list.push(`bar ${S}${t}`),
    onForget: (symbol) => list.push(`forget ${symbol}`),
    onHole: (symbols) => list.push(`hole ${symbols}`),
    onGap: (reason) => list.push(`gap ${reason}`),
    onEpoch: () => list.push("epoch"),
    onRetired: (symbols, reason) => list.push(`retired ${symbols} ${reason}`),
    onSymbolState: ({ S, state }) => list.push(`${S} is ${state}`),
    onState: () => {},
  });
}

export function take(name, data, id = "", to = replica) {
  to.take(name, JSON.stringify(data), id);
}

export const opening = (symbols, resumes = false, wanted = symbols) =>
  take("opening", { symbols, interval: 0, bars: [], resumes, wanted, planned: false });

export function open(symbols = ["A", "B"]) {
  opening(symbols);
  take("hello", HELLO);
  take("snapshot", [tick("A", 1), tick("B", 1)], "c1");
}

/** What the listener heard since the last call. */
export const news = () => told.splice(0);

export const [OLD, NEW] = ["0a0a0a0a0a0a", "0b0b0b0b0b0b"];

/** Open a stream of A and B in the epoch OLD, with A at 413. */
export function openAt413() {
  opening(["A", "B"]);
  take("hello", { ...HELLO, epoch: OLD });
  take("snapshot", [tick("A", 413), tick("B", 20)], "c1");
  news();
}

export const sequences = (of = replica) => [...of.ticks.values()].map(({ S, q }) => S + q);
