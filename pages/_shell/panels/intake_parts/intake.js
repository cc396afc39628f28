// What the customer says, sent to the portal while it is being typed, so that it can propose and compare meanwhile.
// The browser's text counts: an answer that comes late never overwrites what was typed since.
const PAUSE = 350; // ms without a key after which the text is sent
const texts = new WeakMap(); // the place on the page -> the text that is written there
let present; // the text of the call that is on the screen

export default function ({ data, parentElement, setStateValue }) {
  let text = texts.get(parentElement);
  if (!text || text.form !== data.form || !text.box.isConnected) {
    clearTimeout(text?.timer);
    text = new Text(parentElement, data);
    texts.set(parentElement, text);
  }
  present = text;
  text.hear(data, setStateValue);
} // no clean-up function: Streamlit may call it early, when two answers come close together

// Ctrl+Enter registers from wherever one is. A focused pill would take it for a press of its own, so it is heard first;
// the field that is left gives its value away before the button is pressed.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !present?.box.isConnected) return;
  const button = document.querySelector(".st-key-intake_register button");
  if (!button) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (event.repeat || event.isComposing) return;
  present.send();
  document.activeElement?.blur();
  button.click();
}, true);

class Text {
  constructor(root, data) {
    this.form = data.form;
    this.box = root.querySelector("[data-part=box]");
    this.label = root.querySelector("[data-part=label]");
    this.box.value = this.sent = data.text;
    this.box.oninput = () => this.later();
    this.box.onchange = () => this.send();
    this.box.onblur = () => this.send();
    this.box.addEventListener("compositionstart", () => { this.composing = true; });
    this.box.addEventListener("compositionend", () => { this.composing = false; this.later(); });
    if (document.activeElement === document.body) this.begin();
  }

  // A call begins with the room: whoever picks up the phone types at once.
  begin(tries = 20) {
    const first = document.querySelector(".st-key-intake_room input");
    if (first) first.focus({ preventScroll: true });
    else if (tries) setTimeout(() => this.begin(tries - 1), 50);
  }

  hear(data, setStateValue) {
    this.setStateValue = setStateValue;
    this.label.textContent = data.label;
    this.box.placeholder = data.hint;
    this.box.maxLength = data.longest;
  }

  later() {
    clearTimeout(this.timer);
    if (!this.composing) this.timer = setTimeout(() => this.send(), PAUSE); // half a Chinese word says nothing yet
  }

  send() {
    clearTimeout(this.timer);
    if (this.composing || this.box.value === this.sent) return;
    this.sent = this.box.value;
    this.setStateValue("said", { form: this.form, text: this.sent });
  }
}
