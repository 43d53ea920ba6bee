/**
 * Compares rolled up bars with those of a gateway. Reads steps as JSON, each the bars that a stream brings and the
 * newest two that `GET /v1/bars` answers then, by interval. From every step on a chart begins with the answer, having heard
 * no more than the bars of that step, and goes on with the bars of the stream: after each step its newest bar must be the
 * gateway's. Prints how many were compared, and the first that were wrong.
 */
import { BarRollup, followed } from "../../web/page/bar_rollup.js";

const intervals = JSON.parse(process.argv[2]);
let text = "";
for await (const part of process.stdin) text += part;
const steps = JSON.parse(text);

/** A bar as text, its fields in one order. */
const told = (bar) => JSON.stringify(["S", "i", "t", "o", "h", "l", "c", "v", "n", "q"].map((name) => bar?.[name]));

function compare(interval) {
  const found = { compared: 0, wrong: [] };
  const brought = steps.map(({ bars }) => bars.filter(({ i }) => followed(interval).includes(i)));
  for (let from = 0; from < steps.length - 1; from += 1) {
    const rollup = new BarRollup(interval);
    for (const bar of brought[from]) rollup.add(bar);
    let newest = rollup.begin(steps[from].answers[interval].at(-1));
    for (let step = from + 1; step < steps.length; step += 1) {
      for (const bar of brought[step]) newest = rollup.add(bar) ?? newest;
      found.compared += 1;
      const right = steps[step].answers[interval].at(-1);
      if (told(newest) !== told(right) && found.wrong.length < 3) found.wrong.push([from, step, told(newest), told(right)]);
    }
  }
  return found;
}

console.log(JSON.stringify(Object.fromEntries(intervals.map((interval) => [interval, compare(interval)]))));
