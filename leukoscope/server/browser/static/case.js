/** One open case: its cells, which one is chosen, and what a person says, saved one after the other. */

import { call } from "./calls.js";
import { facts, may } from "./facts.js";
import { language } from "./words.js";

const ORDER = () => [null, ...facts().classes.map((one) => one.code)];

/**
 * Events: `cells` (all anew), `cell` (detail: id), `chosen`, `case`, `saved` (detail: what), `conflict`, `failed`,
 * `others` (somebody else changed something).
 */
export class OpenCase extends EventTarget {
  constructor(id) {
    super();
    this.id = id;
    this.cells = new Map();
    this.order = [];
    this.chosen = 0;
    this.version = 0;
    this.whole = null;
    this.advance = true;
    this.done = [];
    this.queue = Promise.resolve();
    this.pending = 0;
    this.saves = 0;
    this.group = null;
  }

  get path() { return `/api/v1/cases/${this.id}`; }
  get cell() { return this.cells.get(this.chosen); }
  get isReadOnly() { return this.whole.state === "signed"; }
  get mayDecide() { return !this.isReadOnly && may("label"); }
  get left() { return [...this.cells.values()].filter((one) => !one.decided && !one.wanted).length; }

  tell(kind, detail) { this.dispatchEvent(new CustomEvent(kind, { detail })); }

  /** Read everything; what somebody else changed since is told. */
  async read() {
    let [whole, found, before] = [];
    do {
      // What was said here while the answer was on its way is newer than the answer.
      await this.queue;
      before = this.saves;
      [whole, found] = await Promise.all([
        call("GET", this.path),
        call("GET", `/review/cases/${this.id}/cells?language=${language()}`),
      ]);
    } while (this.saves !== before);
    const former = this.cells;
    const others = found.data.cells.some((one) => former.has(one.id) && former.get(one.id).etag !== one.etag);
    const state = this.whole?.state;
    this.whole = whole.data;
    this.version = found.data.version;
    this.cells = new Map(found.data.cells.map((one) => [one.id, one]));
    this.arrange();
    if (!this.cells.has(this.chosen)) this.chosen = this.first();
    this.tell("cells");
    this.tell("case");
    this.tell("chosen");
    if (others || (state && state !== this.whole.state)) this.tell("others");
  }

  /** Reading order within groups of classes; what nobody has named comes first, as in the window. */
  arrange() {
    const all = [...this.cells.values()].filter((one) => !this.group || one.counted === this.group);
    this.grouped = [...this.cells.values()].some((one) => one.code !== null);
    this.order = !this.grouped ? all.map((one) => one.id)
      : ORDER().flatMap((code) => all.filter((one) => one.code === code).map((one) => one.id));
  }

  first() {
    return this.order.find((id) => this.cells.get(id).needs_person) ?? this.order[0] ?? 0;
  }

  choose(id) {
    if (!this.cells.has(id)) return;
    this.chosen = id;
    this.tell("chosen");
  }

  /** The next or previous cell of the gallery. */
  step(by) {
    const at = this.order.indexOf(this.chosen) + by;
    if (at >= 0 && at < this.order.length) this.choose(this.order[at]);
  }

  /** The next cell in the gallery, from the chosen one around, for which something holds; 0 without one. */
  after(holds) {
    const at = this.order.indexOf(this.chosen);
    const around = [...this.order.slice(at + 1), ...this.order.slice(0, Math.max(at, 0))];
    return around.find((id) => holds(this.cells.get(id))) ?? 0;
  }

  nextUnsure() { return this.after((one) => one.needs_person && !one.wanted); }

  /**
   * Say what the chosen cell is; null takes it back. The next cell is shown at once, saving goes on behind.
   * @param {{label?: string, code?: string, word: string}|null} said
   */
  decide(said) {
    const cell = this.cell;
    if (!cell || !this.mayDecide) return;
    cell.wanted = said ?? { word: "" };
    this.save({ kind: "label", id: cell.id, said });
    if (!this.advance || !said) return;
    const isLeft = (one) => !one.decided && !one.wanted;
    const next = this.after((one) => one.needs_person && isLeft(one)) || this.after(isLeft);
    if (next) this.choose(next);
    else this.tell("alldone");
  }

  comment(text) {
    if (this.cell && this.mayDecide) this.save({ kind: "comment", id: this.cell.id, text });
  }

  /** Take the last thing back that was said here. */
  undo() {
    const last = this.done.pop();
    if (!last) return false;
    this.choose(last.id);
    // With the ETag that our own word has left: what somebody else has said since is not undone.
    this.save({ ...last.before, id: last.id, etag: last.etag, isUndo: true });
    return true;
  }

  /** Save one thing after the other: each needs the ETag that the one before has left. */
  save(what) {
    this.pending += 1;
    this.saves += 1;
    this.queue = this.queue.then(() => this.send(what)).finally(() => { this.pending -= 1; });
    return this.queue;
  }

  async send(what) {
    const cell = this.cells.get(what.id);
    if (!cell) return;
    const before = what.kind === "comment" ? { kind: "comment", text: cell.comment?.text ?? "" }
      : { kind: "label", said: cell.decided && { ...saidOf(cell.decided), word: cell.decided.word } };
    try {
      await this.put(what, what.etag ?? cell.etag);
      await this.refresh(what.id);
      const { etag } = this.cells.get(what.id);
      for (const one of this.done) if (one.id === what.id) one.etag = etag;
      if (!what.isUndo) this.done.push({ id: what.id, before, etag });
      this.tell("saved", what);
    } catch (error) {
      if (error.status === undefined) throw error;
      delete cell.wanted;
      if (error.status === 412 || (error.status === 409 && this.mayDecide)) await this.clash(what, error);
      else this.tell("failed", { what, error });
      this.tell("cell", what.id);
    }
  }

  async put(what, etag) {
    const path = `${this.path}/cells/${what.id}`;
    if (what.kind === "comment") return call("PUT", `${path}/comment`, { body: { text: what.text }, etag });
    if (!what.said) return call("DELETE", `${path}/decision`, { etag });
    return call("PUT", `${path}/decision`, { body: saidOf(what.said), etag });
  }

  /** Somebody was faster: both are shown, and a person chooses; an undo of what another has changed is none. */
  async clash(what, error) {
    try {
      await this.refresh(what.id);
      this.tell("conflict", { what, theirs: this.cells.get(what.id) });
    } catch {
      this.tell("failed", { what, error });
    }
  }

  /** Read one cell anew. */
  async refresh(id) {
    const { data } = await call("GET", `/review/cases/${this.id}/cells/${id}?language=${language()}`);
    const former = this.cells.get(id);
    this.cells.set(id, data);
    if (former?.code !== data.code || former?.counted !== data.counted) {
      this.arrange();
      this.tell("cells");
    } else this.tell("cell", id);
    if (id === this.chosen) this.tell("chosen");
  }
}

/** What is sent for a label: the class where one is named, else the verdict. */
function saidOf({ label, code }) {
  return code ? { code } : { label };
}
