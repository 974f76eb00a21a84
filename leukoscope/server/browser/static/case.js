/** One open case: its cells, which one is chosen, and what a person says, saved one after the other. */

import { call } from "./calls.js";
import { facts, may } from "./facts.js";
import { saidNow, saidOf, sendSeveral } from "./several.js";
import { language } from "./words.js";

const ORDER = () => [null, ...facts().classes.map((one) => one.code)];

/**
 * Events: `cells` (all anew), `cell` (detail: id), `chosen`, `picked` (several are chosen, or no longer), `case`,
 * `saved` (detail: what), `conflict`, `conflicts`, `failed`, `others` (somebody else changed something).
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
    /** Which cells the gallery shows, and in which order: as the window has them; `class:CODE` is a class. */
    this.only = "all";
    this.sort = "reading";
    /** Cells that are chosen together, beside the one that is shown. */
    this.picked = new Set();
    this.anchor = 0;
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
    const isIn = (one) => this.only === "all" || one.kinds.includes(this.only) || this.only === `class:${one.code}`;
    const all = [...this.cells.values()].filter((one) => (!this.group || one.counted === this.group) && isIn(one));
    this.grouped = this.sort === "reading" && [...this.cells.values()].some((one) => one.code !== null);
    if (this.sort !== "reading") all.sort((a, b) => a.orders[this.sort] - b.orders[this.sort]);
    for (const id of this.picked) if (!all.some((one) => one.id === id)) this.picked.delete(id);
    this.order = !this.grouped ? all.map((one) => one.id)
      : ORDER().flatMap((code) => all.filter((one) => one.code === code).map((one) => one.id));
  }

  first() {
    return this.order.find((id) => this.cells.get(id).needs_person) ?? this.order[0] ?? 0;
  }

  choose(id) {
    if (!this.cells.has(id)) return;
    this.chosen = this.anchor = id;
    if (this.picked.size) this.pick([]);
    this.tell("chosen");
  }

  /** The next or previous cell of the gallery; the cells on the way are chosen too where they are to be. */
  step(by, extends_ = false) {
    const at = this.order.indexOf(this.chosen) + by;
    if (at < 0 || at >= this.order.length) return;
    if (extends_) this.extend(this.order[at]);
    else this.choose(this.order[at]);
  }

  /** All cells that a label is given to now. */
  get several() { return this.picked.size > 1 ? this.order.filter((id) => this.picked.has(id)) : []; }

  pick(ids) {
    this.picked = new Set(ids);
    this.tell("picked");
  }

  /** Choose all from where the choice began to a cell. */
  extend(id) {
    if (!this.order.includes(this.anchor)) this.anchor = this.chosen;
    const [from, to] = [this.order.indexOf(this.anchor), this.order.indexOf(id)];
    if (to < 0) return;
    this.chosen = id;
    this.pick(this.order.slice(Math.max(Math.min(from, to), 0), Math.max(from, to) + 1));
    this.tell("chosen");
  }

  /** Add a cell to those that are chosen, or take it out. */
  toggle(id) {
    const now = new Set(this.picked.size ? this.picked : [this.chosen]);
    if (now.has(id)) now.delete(id);
    else now.add(id);
    if (!now.size) return;
    this.chosen = this.anchor = now.has(id) ? id : [...now].at(-1);
    this.pick(now);
    this.tell("chosen");
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
    const ids = this.several;
    for (const id of ids.length ? ids : [cell.id]) this.cells.get(id).wanted = said ?? { word: "" };
    if (ids.length) this.save({ kind: "several", labels: ids.map((id) => ({ id, said })), said });
    else this.save({ kind: "label", id: cell.id, said });
    if (!this.advance || !said) return;
    const isLeft = (one) => !one.decided && !one.wanted;
    const next = this.after((one) => one.needs_person && isLeft(one)) || this.after(isLeft);
    if (next) this.choose(next);
    else this.tell("alldone");
  }

  comment(text) {
    if (this.cell && this.mayDecide) this.save({ kind: "comment", id: this.cell.id, text });
  }

  /** Take the last thing back that was said here; false where there is none. What is on its way is the last one. */
  undo() {
    if (!this.done.length && !this.pending) return false;
    this.queue = this.queue.then(() => this.takeBack());
    return true;
  }

  takeBack() {
    const last = this.done.pop();
    if (!last) return;
    if (last.kind === "several") {
      const labels = [...last.etags].map(([id, etag]) => ({ id, etag, said: last.before.get(id) }));
      this.choose(labels[0].id);
      this.save({ kind: "several", labels, isUndo: true });
      return;
    }
    this.choose(last.id);
    // With the ETag that our own word has left: what somebody else has said since is not undone.
    this.save({ ...last.before, id: last.id, etag: last.etag, isUndo: true });
  }

  /** Save one thing after the other: each needs the ETag that the one before has left. */
  save(what) {
    this.pending += 1;
    this.saves += 1;
    this.queue = this.queue.then(() => this.send(what)).finally(() => { this.pending -= 1; });
    return this.queue;
  }

  async send(what) {
    if (what.kind === "several") {
      const cells = what.labels.map(({ id }) => this.cells.get(id));
      try {
        await sendSeveral(this, what);
      } catch (error) {
        if (error.status === undefined) throw error;
        for (const one of cells) if (one) delete one.wanted;
        this.tell("failed", { what, error });
        this.tell("cells");
      }
      return;
    }
    const cell = this.cells.get(what.id);
    if (!cell) return;
    const before = what.kind === "comment" ? { kind: "comment", text: cell.comment?.text ?? "" }
      : { kind: "label", said: saidNow(cell) };
    try {
      await this.put(what, what.etag ?? cell.etag);
      await this.refresh(what.id);
      const { etag } = this.cells.get(what.id);
      for (const one of this.done) {
        if (one.id === what.id) one.etag = etag;
        if (one.etags?.has(what.id)) one.etags.set(what.id, etag);
      }
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
    // Of what was said here the page knows all that has changed: nothing need be read again.
    if (data.version === this.version + 1) this.version = data.version;
    if (former?.code !== data.code || former?.counted !== data.counted) {
      this.arrange();
      this.tell("cells");
    } else this.tell("cell", id);
    if (id === this.chosen) this.tell("chosen");
  }
}
