/** What a user of the npm package writes: its types must be found, and be those of the documentation. */

import { Tickcast, type Bar, type State, type Tick } from "tickcast";

const lines: string[] = [];
const stream = new Tickcast({
  symbols: ["AAPL"],
  bars: ["1m"],
  onTicks: (ticks: Tick[]) => ticks.forEach(({ S, p, bp }) => lines.push(S, p.toFixed(2), bp?.toFixed(2) ?? "")),
  onBars: (bars: Bar[]) => bars.forEach(({ o, h, l, c }) => lines.push([o, h, l, c].join())),
  onState: ({ link, feed }: Readonly<State>) => lines.push(link, feed),
});
stream.add("TSLA");
stream.interval = 1000;
const newest: Tick | undefined = stream.ticks.get("AAPL");
// @ts-expect-error: what it holds is not to be changed from outside
stream.ticks.clear();
lines.push(String(newest?.q));
const state: "live" | "stale" | "halted" | "closed" | "suspect" | undefined = stream.stateOf("AAPL")?.state;
lines.push(state ?? "live");
