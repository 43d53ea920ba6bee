/** A parser of Server-Sent Events (HTML, section 9.2.6), for streams that are read by fetch. Pure. */

export class SseParser {
  /** Text behind the last whole line. */
  #rest = "";
  #name = "";
  /** @type {string[]} */
  #data = [];
  #id = "";
  #began = false;
  #onEvent;

  /** @param {(name: string, data: string, lastEventId: string) => void} onEvent */
  constructor(onEvent) {
    this.#onEvent = onEvent;
  }

  /**
   * Take what has come.
   *
   * @param {string} text
   */
  feed(text) {
    if (!this.#began && text) {
      this.#began = true;
      // Only here a byte order mark is none of the text.
      if (text.startsWith("\uFEFF")) text = text.slice(1);
    }
    const all = this.#rest + text;
    let start = 0;
    for (let at = 0; ; ) {
      const found = nextEnd(all, at);
      // A CR at the very end may be half of a CR LF.
      if (found < 0 || (all[found] === "\r" && found === all.length - 1)) break;
      this.#takeLine(all.slice(start, found));
      at = start = all[found] === "\r" && all[found + 1] === "\n" ? found + 2 : found + 1;
    }
    this.#rest = all.slice(start);
  }

  /** @param {string} line */
  #takeLine(line) {
    if (line === "") {
      this.#dispatch();
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + (line[colon + 1] === " " ? 2 : 1));
    if (field === "event") this.#name = value;
    else if (field === "data") this.#data.push(value);
    else if (field === "id" && !value.includes("\0")) this.#id = value;
  }

  #dispatch() {
    const [name, data] = [this.#name || "message", this.#data];
    this.#name = "";
    this.#data = [];
    if (data.length) this.#onEvent(name, data.join("\n"), this.#id);
  }
}

/**
 * Return where the next line ends; -1: nowhere.
 *
 * @param {string} text
 * @param {number} from
 */
function nextEnd(text, from) {
  const [lf, cr] = [text.indexOf("\n", from), text.indexOf("\r", from)];
  if (lf < 0 || cr < 0) return Math.max(lf, cr);
  return Math.min(lf, cr);
}
