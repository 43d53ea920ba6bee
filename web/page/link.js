/** The link to what the reader sees: the address with every setting that can be shared, also those that are only stored. */

import { readSetting, withSettings } from "./settings.js";

/** Settings that are not a matter of the reader's own screen. */
const SHARED = ["symbols", "interval", "chart", "sort", "filter", "columns", "view", "sizes"];

export function link() {
  return String(new URL(withSettings(Object.fromEntries(SHARED.map((name) => [name, readSetting(name)]))), location.href));
}

/** Copy the link. Return the notice for the reader. */
export async function copyLink() {
  try {
    await navigator.clipboard.writeText(link());
    return "Link copied";
  } catch {
    // No clipboard: without https there is none, and the reader may forbid it.
    history.replaceState(null, "", link());
    return "This browser does not let the page copy: the link is in the address";
  }
}
