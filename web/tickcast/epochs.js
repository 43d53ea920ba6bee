/**
 * The epochs of a feed: `q` begins again in another one. Decides what a loss does to the ticks held. Pure.
 */

/**
 * Tell whether a feed is another one than that of the ticks held. Older gateways name no epoch.
 *
 * @param {string} held epoch of the ticks held; empty: unknown
 * @param {string} named epoch that the gateway names; empty: none
 */
export function isOther(held, named) {
  return held !== "" && named !== "" && held !== named;
}

/**
 * Return what a gap does to the ticks held: `over`: the feed has started over, and nothing held is comparable with what
 * comes; `freed`: whatever comes next replaces them; `none`: their order stands.
 *
 * @param {string} held epoch of the ticks held; empty: unknown
 * @param {{reason: string, epoch?: string}} gap
 * @returns {"over" | "freed" | "none"}
 */
export function lossOf(held, { reason, epoch = "" }) {
  if (isOther(held, epoch)) return "over";
  // Redis may have lost its newest ticks. With an epoch unknown, q may begin again after any gap.
  return reason === "feed" || !epoch || !held ? "freed" : "none";
}
