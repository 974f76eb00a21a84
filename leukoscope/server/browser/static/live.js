/** News of a case: whoever changes it, what is on screen follows. */

import { reach } from "./calls.js";

const SETTLE_MS = 400;
/** Between two reads of a whole case, while somebody else labels one cell after the other. */
const APART_MS = 2000;

/**
 * Follow an open case.
 * @param {import("./case.js").OpenCase} open
 * @returns {() => void} Ends it.
 */
export function follow(open) {
  let timer = 0;
  let last = -APART_MS;
  let newest = 0;
  const line = new EventSource(reach(`${open.path}/events`));
  const look = () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      if (open.pending) return look();
      // What was said here is told of too, before its own answer is there: by now the page knows it.
      if (newest <= open.version) return;
      last = performance.now();
      // What failed is told by the call itself; the next news tries again.
      await open.read().catch(() => {});
    }, Math.max(SETTLE_MS, last + APART_MS - performance.now()));
  };
  line.addEventListener("case", ({ data }) => {
    const { version } = JSON.parse(data);
    if (version === null) line.close();
    else if (version !== open.version) {
      newest = version;
      look();
    }
  });
  return () => {
    line.close();
    clearTimeout(timer);
  };
}
