/**
 * What the modules of tickcast.js speak of. Types alone, no code.
 *
 * @typedef {object} Tick
 * @property {string} S symbol
 * @property {number} q sequence of the symbol, one more each tick
 * @property {number} t source time, µs since the epoch
 * @property {number} p last price
 * @property {number} [s] last size
 * @property {number} [bp] best bid
 * @property {number} [bs] its size
 * @property {number} [ap] best ask
 * @property {number} [as] its size
 * @property {number} [v] volume of the day
 *
 * @typedef {"1s" | "1m"} BarInterval
 *
 * @typedef {object} Bar
 * @property {string} S symbol
 * @property {BarInterval} i interval
 * @property {number} t start, µs since the epoch, a multiple of the interval
 * @property {number} o open
 * @property {number} h high
 * @property {number} l low
 * @property {number} c close
 * @property {number} [v] traded volume, where the source tells it
 * @property {number} n ticks in it; `q - n` is the `q` of the bar before
 * @property {number} q sequence of its last tick
 *
 * @typedef {object} Wish what one tab wants, or all of them together
 * @property {string[]} symbols sorted, none twice; `*` and `A*` are patterns, and cover what they match
 * @property {number} interval ms; 0: every tick
 * @property {BarInterval[]} bars
 * @property {string[]} [barsOf] none: the symbols
 *
 * @typedef {object} LineState what all tabs that share a stream have in common
 * @property {"connecting" | "open" | "waiting" | "refused" | "closed"} link `open`: the newest prices have
 *   come; `waiting`: cut off or put off, tries again at `retryAt`; `refused`: so does this, but hardly with
 *   success until something is changed
 * @property {number} status HTTP status of a refusal, else 0
 * @property {string} detail what the refusal said
 * @property {number} retryAt when it tries again, ms since the epoch
 * @property {number} attempts failed since it was last open
 * @property {number} reconnects how often it came back after it was cut off
 * @property {"live" | "stale"} feed as the gateway tells it
 * @property {string} reason why the feed is stale, or why the gateway said `bye`
 * @property {number} quietSince since when the feed is silent, ms since the epoch, by this clock
 * @property {string} gateway its id
 * @property {string} stream its id, which is also the right to change it
 * @property {string} source where the prices come from, such as `simulated`; empty: not told
 * @property {number} interval granted, in ms
 *
 * @typedef {object} OwnState what each tab has of its own
 * @property {"alone" | "leader" | "follower"} role whose stream it is: this tab's, or another's
 * @property {number} followers other tabs that listen to this one's stream; a change of it alone is not told
 * @property {number} gaps how often ticks were lost for good
 * @property {string} gapReason why, the last time: `slow`, `retention` or `feed` as the gateway says;
 *   `reset`: was away for too long, `hole`: nobody said why, `hidden`: more bars than a hidden tab keeps,
 *   told once it is seen again
 * @property {boolean} whole the newest tick of every symbol is held; not at first, and not from a gap until the
 *   snapshot behind it has come
 * @property {number} lag ms from a tick's own time to its coming, by the server's clock, of the newest one
 * @property {number} received ticks
 * @property {number} bytes characters of event data
 *
 * @typedef {LineState & OwnState} State
 *
 * @typedef {object} Options
 * @property {string} [url] of the stream; may have a query of its own, such as `access_token`
 * @property {string[]} [symbols] none: all; `*` and `A*` are allowed
 * @property {number} [interval] ms; 0: every tick
 * @property {BarInterval[]} [bars]
 * @property {string[]} [barsOf] whose bars; none: the symbols'
 * @property {boolean} [share] one stream with the other tabs of this browser (default)
 * @property {(ticks: Tick[]) => void} [onTicks] the newest tick of each symbol that changed, once per frame
 * @property {(bars: Bar[]) => void} [onBars] the bars that came or changed, in order, once per frame
 * @property {(state: Readonly<State>) => void} [onState] after a change of it; `lag`, `received` and `bytes`
 *   alone are none
 *
 * @typedef {object} Audience who is told what is new in a replica
 * @property {(tick: Tick, update: boolean) => void} onTick `update`: not of a snapshot
 * @property {(bar: Bar) => void} onBar
 * @property {(symbol: string) => void} onForget its ticks come no longer
 * @property {(symbols: string[]) => void} onHole ticks of them are missing, and nobody has said so
 * @property {(reason: string) => void} onGap
 * @property {() => void} onState
 *
 * @typedef {object} Dump a replica as a message between tabs
 * @property {Tick[]} ticks
 * @property {Bar[]} bars
 * @property {string} cursor
 * @property {LineState} line
 * @property {{symbols: string[], coming: string[]}} coverage
 * @property {Wish} asked
 * @property {ArrivalState} arrival
 * @property {number} ahead
 * @property {boolean} whole
 *
 * @typedef {object} ArrivalState
 * @property {boolean} greeted there was a `hello`
 * @property {boolean} chosen the stream was opened for another wish, not because it was cut off
 * @property {boolean} pending `hello` was heard, and not all that it promised
 * @property {number} replay events of it that are still to come
 *
 * What tabs say to each other.
 * @typedef {{kind: "wish", from: string, wish: Wish, lacking: boolean}
 *   | {kind: "ping" | "leave" | "hurry", from: string}
 *   | {kind: "lead", term: number, after: [term: number, count: number]}
 *   | {kind: "event", term: number, count: number, name: string, text: string, id: string}
 *   | {kind: "copy", term: number, count: number, to: string[], dump: Dump}
 *   | {kind: "pong" | "roll", term: number, count: number}
 *   | {kind: "who", term: number, count: number, to: string}} Message
 */

export {};
