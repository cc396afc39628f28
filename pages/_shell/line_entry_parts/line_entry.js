// A box for one line after another. What is typed goes into a queue in this window and leaves it only when the server
// has answered that very line, so that reruns, interrupted runs, lost answers and reloads lose nothing.
//
// One batch is on its way at a time: a further Enter never interrupts the run that is saving the lines before it.
// An id is never sent again once its answer is here; without an answer the same ids are sent again by themselves.
const PREFIX = "guanjia.lines."; // of the keys in sessionStorage
const ASK_AGAIN = 2000, LONGEST_WAIT = 30000; // ms without an answer while no script runs; doubled each time
const LATE = 4500; // ms after which people are told that their lines are being kept
const READING = 400; // ms: a key pressed sooner after a line came back was meant for the next line
const PARTS = ["box", "label", "note", "said", "count", "title", "list"];
const entries = new WeakMap(); // the place on the page -> what is being entered there

export default function ({ data, parentElement, setStateValue }) {
  let entry = entries.get(parentElement);
  if (!entry || entry.store !== data.store || !entry.box.isConnected) {
    clearInterval(entry?.clock);
    entry = new Entry(parentElement, data.store);
    entries.set(parentElement, entry);
  }
  entry.hear(data, setStateValue);
} // no clean-up function: Streamlit may call it early, when two answers come close together

class Entry {
  constructor(root, store) {
    const part = (name) => root.querySelector(`[data-part=${name}]`);
    Object.assign(this, { store, ...Object.fromEntries(PARTS.map((name) => [name, part(name)])) });
    this.flight = new Set(); // ids on their way
    this.outdated = false; // the server still holds lines that were refused: what it holds must be replaced
    this.answer = "";
    this.restore();
    this.box.onkeydown = (event) => this.key(event);
    this.box.oninput = () => this.typed();
    this.box.addEventListener("compositionstart", () => { this.composing = true; });
    this.box.addEventListener("compositionend", () => { this.composing = false; });
    part("form").onsubmit = (event) => { // how some phones say Enter
      event.preventDefault();
      if (!this.composing) this.enter();
    };
    this.clock = setInterval(() => this.askAgain(), 500);
    if (document.activeElement === document.body) this.box.focus({ preventScroll: true });
  }

  key(event) {
    const combined = event.ctrlKey || event.metaKey || event.altKey;
    const composing = this.composing || event.isComposing || event.keyCode === 229; // 229: the input method has it
    const unread = this.brought?.text === this.box.value && Date.now() - this.broughtAt < READING;
    if (unread && !combined && (composing || event.key.length === 1)) this.putBack();
    if (composing) return; // this Enter chooses Chinese characters
    if (event.key === "Enter") {
      event.preventDefault();
      if (!event.repeat && !unread) this.enter();
    } else if (event.key === "ArrowUp" && !this.box.value && this.mend.length) {
      event.preventDefault(); // it would take the caret away from the fault
      this.bring(0);
    }
  }

  typed(text = this.box.value) {
    if (this.box.value !== text) this.box.value = text;
    if (!text) this.why = "";
    this.keep();
    this.show();
  }

  enter() {
    const text = this.box.value.replace(/[\p{Cc}\p{Cs}]/gu, " "); // what cannot be stored; one for one, as places count
    if (text.trim()) this.queue.push({ id: newId(), text, mark: this.mark });
    this.typed("");
    if (!text.trim() && this.mend.length) this.bring(0);
    this.send();
  }

  bring(index) { // a refused line into the box; what stands there takes its place in the list
    const [line] = this.mend.splice(index, 1);
    if (this.box.value.trim()) this.mend.push({ text: this.box.value, says: this.why, at: null, length: 0 });
    const [before, faulty] = parts(line);
    this.box.value = line.text;
    this.why = line.says;
    this.keep();
    this.show();
    this.box.setSelectionRange(before.length, before.length + faulty.length);
    return line;
  }

  putBack() { // the person was already typing the next line
    this.mend.unshift(this.brought);
    this.brought = null;
    this.typed("");
  }

  hear(data, setStateValue) {
    Object.assign(this, { words: data.words, mark: data.mark, atOnce: data.at_once, setStateValue });
    this.box.maxLength = data.longest;
    const refused = [];
    for (const answer of data.answers) {
      const index = this.queue.findIndex((line) => line.id === answer.id);
      if (index < 0) continue; // answered before
      const [line] = this.queue.splice(index, 1);
      this.flight.delete(answer.id);
      this.wait = 0;
      this.answer = answer.ok ? answer.says : ""; // why not stands in the list
      if (!answer.ok) refused.push({ text: line.text, says: answer.says, at: answer.at, length: answer.length });
    }
    this.mend.push(...refused);
    this.outdated ||= refused.length > 0;
    if (refused.length && !this.box.value && !this.composing) {
      this.brought = this.bring(this.mend.length - refused.length);
      this.broughtAt = Date.now();
    }
    this.keep();
    this.send();
    this.show();
  }

  send() {
    if (this.flight.size || !(this.queue.length || this.outdated)) return;
    const lines = this.queue.slice(0, this.atOnce);
    this.flight = new Set(lines.map((line) => line.id));
    this.sentAt = Date.now();
    if (!this.wait) Object.assign(this, { wait: ASK_AGAIN, since: this.sentAt });
    this.outdated = false;
    this.setStateValue("pending", { store: this.store, lines });
  }

  askAgain() {
    if (!this.box.isConnected) clearInterval(this.clock);
    if (!this.flight.size || !this.box.isConnected) return;
    const app = document.querySelector("[data-testid=stApp]")?.dataset ?? {};
    const away = (app.testConnectionState ?? "CONNECTED") !== "CONNECTED";
    if (!away && app.testScriptState !== "running" && Date.now() - this.sentAt >= this.wait) {
      this.flight.clear();
      this.wait = Math.min(2 * this.wait, LONGEST_WAIT);
      this.send();
    }
    this.show();
  }

  keep() {
    const { queue, mend, why, box } = this;
    try {
      if (queue.length || mend.length || box.value) {
        sessionStorage.setItem(PREFIX + this.store, JSON.stringify({ queue, mend, why, draft: box.value }));
      } else sessionStorage.removeItem(PREFIX + this.store);
    } catch { /* no storage in this browser: the queue then lives as long as the page */ }
  }

  restore() {
    let kept;
    try { kept = JSON.parse(sessionStorage.getItem(PREFIX + this.store)); } catch { /* nothing of ours */ }
    this.queue = kept?.queue ?? []; // [{id, text, mark}] not yet answered, in the order they were typed
    this.mend = kept?.mend ?? []; // [{text, says, at, length}] refused, waiting to be put right
    this.why = kept?.why ?? ""; // why the line in the box was refused
    this.box.value = kept?.draft ?? "";
  }

  show() {
    const late = this.flight.size && Date.now() - this.since > LATE;
    say(this.label, this.words.label);
    say(this.title, this.mend.length ? this.words.mend : "");
    say(this.note, this.why);
    say(this.said, this.answer);
    say(this.count, this.queue.length ? (late ? this.words.kept : this.words.sending).replace("{n}", this.queue.length) : "");
    this.box.placeholder = this.words.hint;
    this.box.setAttribute("aria-invalid", this.why ? "true" : "false");
    const now = JSON.stringify(this.mend);
    if (now === this.shown) return;
    this.shown = now;
    this.list.replaceChildren(...this.mend.map((line, index) => this.row(line, index)));
  }

  row(line, index) {
    const [before, faulty, after] = parts(line);
    const button = make("button", before, line.at === null ? "" : make("mark", faulty), after);
    button.type = "button";
    button.onclick = () => { this.bring(index); this.box.focus(); };
    return make("li", button, make("small", line.says));
  }
}

function parts({ text, at, length }) { // places count characters, as the server does, not halves of them
  const characters = [...text], start = at ?? characters.length;
  const piece = (from, to) => characters.slice(from, to).join("");
  return [piece(0, start), piece(start, start + length), piece(start + length)];
}

function make(tag, ...inside) {
  const element = document.createElement(tag);
  element.append(...inside);
  return element;
}

function say(element, text) { // untouched when it says so already, else readers would say it again
  if (element.textContent !== text) element.textContent = text;
}

function newId() { // crypto.randomUUID is there under https and on this computer only
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
