/** What a user of the hooks writes: their types must be found. */

import { Feed, useFeedState, useTicks } from "tickcast/react";

const slow = new Feed({ interval: 1000 });

export function usePrice(symbol: string): string {
  const price: number | undefined = useTicks([symbol], slow).get(symbol)?.p;
  const { link, feed } = useFeedState(slow);
  // @ts-expect-error: what it holds is not to be changed from outside
  useTicks([symbol]).clear();
  return link === "open" && feed === "live" ? (price?.toFixed(2) ?? "–") : "old";
}
