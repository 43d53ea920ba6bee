/**
 * The list or the map: which of them the reader sees, and how large the tiles are. Kept, and in the address. The map is
 * loaded once somebody wants to see it: most readers of a list never do.
 */

import { show } from "./elements.js";
import { setFullScreen } from "./full_screen.js";
import { readSetting, writeSetting } from "./settings.js";
import { colours } from "./theme.js";

/** @typedef {import("./market_map.js").MarketMap} MarketMap */
/** @typedef {import("./map_input.js").MapInput} MapInput */

export class MarketView {
  /** @type {MarketMap | undefined} none until it is loaded */
  #map;
  /** @type {MapInput | undefined} */
  #input;
  /** Whether it is loaded, or being loaded. */
  #wanted = false;
  /** @type {import("./market_map.js").Sizes} */
  #sizes = "alike";
  #section;
  #views;
  #choose;
  #request;
  #quotes;
  /** @type {import("./changes.js").Changes | undefined} symbols whose tiles are due; none while the map is hidden */
  #due;

  /**
   * @param {HTMLElement} section with the map, and a radio button for each size of tiles (`sizes`)
   * @param {HTMLElement} views with a radio button for each view (`view`)
   * @param {import("./quotes.js").Quotes} quotes
   * @param {{choose: (symbol: string) => void, request: () => void}} act called with the symbol that is chosen, and when
   *   there is something to draw
   */
  constructor(section, views, quotes, { choose, request }) {
    this.#section = section;
    this.#views = views;
    this.#choose = choose;
    this.#request = request;
    this.#quotes = quotes;
    follow(section, "sizes", "alike", (sizes) => this.#resize(sizes === "turnover" ? sizes : "alike"), request);
    follow(views, "view", "list", (view) => this.#turn(view === "map"), request);
    new ResizeObserver(request).observe(this.#canvas);
    // Another screen may have other px.
    matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener("change", () => this.repaint());
  }

  get #canvas() {
    return /** @type {HTMLCanvasElement} */ (this.#section.querySelector("canvas"));
  }

  /** Load the map. If it does not come, the reader has the list, and may ask again. */
  async #load() {
    this.#wanted = true;
    try {
      const modules = await Promise.all([import("./market_map.js"), import("./map_input.js")]);
      this.#begin(...modules);
    } catch {
      this.#wanted = false;
      for (const each of this.#views.querySelectorAll("input[name=view]")) {
        const input = /** @type {HTMLInputElement} */ (each);
        input.checked = input.value === "list";
      }
      this.#turn(false);
      show("notice", "The map did not load: try again");
    }
  }

  /**
   * @param {typeof import("./market_map.js")} map
   * @param {typeof import("./map_input.js")} input
   */
  #begin({ MarketMap }, { MapInput }) {
    const probe = /** @type {HTMLElement} */ (this.#section.querySelector(".probe"));
    this.#map = new MarketMap(this.#canvas, this.#quotes, colours(probe), () => this.#input?.place());
    this.#map.sizes = this.#sizes;
    this.#map.shown = this.#due !== undefined;
    this.#input = new MapInput(this.#section, this.#map, this.#quotes, (symbol) => {
      // The chart is not in sight there.
      setFullScreen("");
      this.#choose(symbol);
    });
    this.#request();
  }

  /** @param {import("./market_map.js").Sizes} sizes */
  #resize(sizes) {
    this.#sizes = sizes;
    if (this.#map) this.#map.sizes = sizes;
  }

  /** @param {boolean} map */
  #turn(map) {
    document.body.dataset.view = map ? "map" : "list";
    this.#section.hidden = !map;
    if (this.#due) this.#quotes.unfollow(this.#due);
    // A map that comes into sight is drawn whole: nothing is noted for it before.
    this.#due = map ? this.#quotes.follow() : undefined;
    if (this.#map) {
      this.#map.shown = map;
      this.#map.repaint();
    } else if (map && !this.#wanted) void this.#load();
  }

  /**
   * Draw what has changed of the map. Return how many tiles were drawn.
   *
   * @param {readonly string[]} order the symbols of the list
   * @param {string} charted symbol in the chart
   * @param {number} now ms
   */
  paint(order, charted, now) {
    if (!this.#due || !this.#map || !this.#input) return 0;
    const drawn = this.#map.paint(order, this.#due.take(), now);
    if (this.#map.unfinished) this.#request();
    this.#input.charted = charted;
    this.#input.refresh();
    return drawn;
  }

  /** Apply the colours of the theme. */
  repaint() {
    this.#map?.repaint();
    this.#request();
  }
}

/**
 * Follow radio buttons of a name: as stored, until the reader chooses.
 *
 * @param {HTMLElement} box
 * @param {string} name
 * @param {string} usual value that is not stored
 * @param {(value: string) => void} apply
 * @param {() => void} request to draw
 */
function follow(box, name, usual, apply, request) {
  const inputs = /** @type {HTMLInputElement[]} */ ([...box.querySelectorAll(`input[name=${name}]`)]);
  const stored = readSetting(name);
  const chosen = inputs.find(({ value }) => value === stored)?.value ?? usual;
  for (const input of inputs) {
    input.checked = input.value === chosen;
    input.addEventListener("change", () => {
      writeSetting(name, input.value === usual ? undefined : input.value);
      apply(input.value);
      request();
    });
  }
  apply(chosen);
}
