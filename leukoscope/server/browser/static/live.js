/** News of a case: whoever changes it, what is on screen follows. */

import { reach } from "./calls.js";

const SETTLE_MS = 400;

/**
 * Follow an open case.
 * @param {import("./case.js").OpenCase} open
 * @returns {() => void} Ends it.
 */
export function follow(open) {
  let timer = 0;
  const line = new EventSource(reach(`${open.path}/events`));
  const look = () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      if (open.pending) return look();
      // What failed is told by the call itself; the next news tries again.
      await open.read().catch(() => {});
    }, SETTLE_MS);
  };
  line.addEventListener("case", ({ data }) => {
    const { version } = JSON.parse(data);
    if (version === null) line.close();
    else if (version !== open.version) look();
  });
  return () => {
    line.close();
    clearTimeout(timer);
  };
}
