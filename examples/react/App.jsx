// A table of live prices: each row is drawn when its own symbol has a new price, and for nothing else.

import { createRoot } from "react-dom/client";
import { Feed, useFeedState, useTicks } from "tickcast/react";

const here = new URLSearchParams(location.search).get("gateway") ?? "http://127.0.0.1:8080";
const feed = new Feed({ url: `${here}/v1/stream`, interval: 250 });

function Row({ symbol }) {
  const tick = useTicks([symbol], feed).get(symbol);
  return (
    <tr>
      <th>{symbol}</th>
      <td>{tick?.p ?? "–"}</td>
    </tr>
  );
}

function State() {
  const { link, feed: prices, reason, heldBack } = useFeedState(feed);
  const live = link === "open" && prices === "live" && !heldBack;
  return <p role="status">{live ? "live" : `not live: ${heldBack || reason || link}`}</p>;
}

function App() {
  return (
    <>
      <State />
      <table>
        <tbody>
          {["AAPL", "MSFT", "TSLA"].map((symbol) => (
            <Row key={symbol} symbol={symbol} />
          ))}
        </tbody>
      </table>
    </>
  );
}

createRoot(document.getElementById("app")).render(<App />);
