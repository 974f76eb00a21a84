/** Calls to the server: the same as other programs make, with the cookie of who signed in. */

/** A call that was refused, or did not come through (status 0). */
export class CallFailed extends Error {
  /**
   * @param {number} status - Of HTTP.
   * @param {{code?: string, sentence?: string}} error - As the server has it.
   */
  constructor(status, error = {}) {
    super(error.sentence ?? "");
    this.status = status;
    this.sentence = error.sentence ?? "";
    this.more = error;
  }
}

/** Where the server lies: empty, or under which part of a proxy's addresses. */
const BASE = location.pathname.replace(/\/review\/?$/, "");

/** An address of the server as the browser reaches it. */
export const reach = (path) => BASE + path;

/** Told when a call finds that nobody is signed in any more. */
export const doors = new EventTarget();

/**
 * Make a call.
 * @param {string} method
 * @param {string} path
 * @param {{body?: any, etag?: string}} [given] - What is sent, and the ETag of what was read.
 * @returns {Promise<{data: any, etag: string}>}
 * @throws {CallFailed}
 */
export async function call(method, path, { body, etag } = {}) {
  const headers = { "X-LeukoScope-Page": "review" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (etag) headers["If-Match"] = etag;
  let answer;
  try {
    const sent = body === undefined ? undefined : JSON.stringify(body);
    answer = await fetch(reach(path), { method, headers, body: sent, credentials: "same-origin" });
  } catch {
    throw new CallFailed(0);
  }
  const text = await answer.text();
  const data = text && answer.headers.get("content-type")?.startsWith("application/json") ? JSON.parse(text) : null;
  if (!answer.ok) {
    if (answer.status === 401 && path !== "/review/session" && path !== "/review/facts") {
      doors.dispatchEvent(new Event("closed"));
    }
    throw new CallFailed(answer.status, data?.error);
  }
  return { data, etag: answer.headers.get("etag") ?? "" };
}
