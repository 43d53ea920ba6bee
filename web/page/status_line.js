/** Shows the state of the stream: in the status line, among its facts, and as the tone of the page. */

import { element, show } from "./elements.js";
import { delayLabel, feedTitle, sourceLabel } from "./source_label.js";
import { statusOf } from "./status.js";
import { streamFacts } from "./stream_facts.js";

/**
 * @param {Readonly<import("../tickcast.js").State>} state
 * @param {object} page
 * @param {number} page.lastTick when the newest tick arrived, ms since the epoch; 0: none yet
 * @param {number} page.pausedAt when the display was frozen, ms since the epoch; 0: it is not
 * @param {number} page.pace ticks a second
 * @param {import("./quotes.js").Quotes} page.quotes
 */
export function showStatus(state, { lastTick, pausedAt, pace, quotes }) {
  const { tone, text, detail } = statusOf(state, Date.now(), lastTick, pausedAt);
  document.body.dataset.tone = tone;
  show("status-text", text);
  show("status-detail", detail);
  for (const [id, fact] of Object.entries(streamFacts(state, pace, quotes.all.size))) show(id, fact);
  show("name", feedTitle(state.name));
  const label = [delayLabel(state.delay), sourceLabel(quotes.sources)].filter(Boolean).join(" · ");
  show("source", label);
  element("source").hidden = !label;
}
