// The explorer page. All evidence is in one map; whoever changes it calls changed(), and all answers
// are asked for again. An answer that a later question has overtaken is dropped.
import {Sheet, sheetOf} from "./sheet.js";

const SHOWN = 40;
const ADVISED = 8;
const byId = (id) => document.getElementById(id);
const given = new Map();
let model = null;
let sheet = null;
let cards = new Map();
let pending = null;
let timer = 0;
/** What is said above all variables of a refusal; it is not said again of each. */
let topProblem = "";

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key in made && key !== "list") made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

function number(value) {
  if (typeof value !== "number") return String(value).replace("Infinity", "\u221e");
  return Number(value.toPrecision(6)).toString();
}

function certified(certificate) {
  if (!certificate) return "";
  if (certificate.kind === "EXACT") {
    const bound = certificate.relativeErrorBound;
    return "exact" + (bound === null ? "" : `, relative error at most ${bound.toExponential(1)}`);
  }
  if (certificate.kind === "ENCLOSED") {
    return `enclosed, proven to lie in [${number(certificate.lo)}, ${number(certificate.hi)}]`;
  }
  return `estimated, error about ${number(certificate.errorEstimate)}, not proven`;
}

class Trouble extends Error {
  constructor(problem) {
    super(problem.what);
    this.problem = problem;
  }
}

function words(problem) {
  return problem.what + (problem.remedy ? ". To get an answer: " + problem.remedy : "");
}

async function token() {
  const dialog = byId("ask");
  dialog.showModal();
  await new Promise((done) => dialog.addEventListener("close", done, {once: true}));
  sessionStorage.setItem("token", byId("token").value);
}

async function fetched(path, options = {}) {
  const shown = sessionStorage.getItem("token");
  options.headers = {Prefer: "problem-as-answer"};
  if (shown) options.headers.Authorization = "Bearer " + shown;
  const response = await fetch(path, options);
  if (response.status === 401) {
    await token();
    return fetched(path, options);
  }
  if (!response.ok) {
    throw new Trouble(await response.json());
  }
  return response;
}

const address = (rest) => `v1/models/${encodeURIComponent(model.model)}${rest}`;

async function ask(rest, body, signal) {
  const response = await fetched(address(rest), {method: "POST", body: JSON.stringify(body), signal});
  return response.json();
}

/** The same; a refusal is thrown. */
async function answerTo(rest, body, signal) {
  const answer = await ask(rest, body, signal);
  if (answer.problem) throw new Trouble(answer.problem);
  return answer;
}

function changed() {
  clearTimeout(timer);
  timer = setTimeout(refresh, 40);
}

async function refresh() {
  pending?.abort();
  pending = new AbortController();
  const signal = pending.signal;
  const known = Object.fromEntries(given);
  const visible = [...cards.keys()];
  if (sheet) visible.push(...sheet.names);
  document.body.setAttribute("aria-busy", "true");
  const first = explore(known, visible, signal);
  const tasks = [first];
  if (isLarge() && !byId("mpe-wanted").checked) {
    byId("mpe").replaceChildren();
    byId("mpe-note").textContent = "Not searched for: this model is large.";
    sheet?.mostProbable(null);
  } else {
    tasks.push(first.then(() => mpe(known, signal)));
  }
  await Promise.all(tasks);
  if (!signal.aborted) document.body.setAttribute("aria-busy", "false");
}

/** Runs a task; a problem is shown by one, what was overtaken by nobody. */
async function shown(task, problem) {
  try {
    await task();
  } catch (e) {
    if (e.name === "AbortError") return;
    problem(e instanceof Trouble ? words(e.problem) : "The service cannot be reached: " + e.message);
  }
}

function trouble(text) {
  byId("trouble").textContent = text;
  byId("trouble").classList.toggle("hidden", !text);
}

function explore(known, variables, signal) {
  return shown(async () => {
    const answer = await answerTo("/explore", {query: "posterior", variables, given: known}, signal);
    trouble("");
    summarise(answer);
    for (const of of answer.variables) {
      cards.get(of.variable)?.show(of);
    }
    sheet?.show(answer.variables);
  }, trouble);
}

function summarise(answer) {
  const count = given.size;
  const parts = [count === 0 ? "Nothing is known." : `${count} of ${model.variables.length} known.`];
  const summary = byId("summary");
  summary.replaceChildren(element("span", {}, parts[0]));
  topProblem = answer.marginal.problem ? words(answer.marginal.problem) : "";
  if (topProblem) {
    summary.append(element("span", {className: "note warn"}, topProblem));
  } else {
    summary.append(
        element("span", {}, "log of its probability or density: ", element("b", {id: "log"}, number(answer.marginal.value))),
        element("span", {className: "note"}, certified(answer.marginal.certificate)));
  }
}

/** In these, the most probable values are searched for only where that is asked for. */
const isLarge = () => model.edges >= 20000;

/** Boxes of a search that nobody asked for: each change begins one, and the service ends each. */
const QUICK = 3000;

function mpe(known, signal) {
  const note = byId("mpe-note");
  const isLong = byId("mpe-wanted").checked;
  return shown(async () => {
    const query = {query: "mpe", given: known};
    const answer = await ask("/explore", isLong ? query : {...query, budget: QUICK}, signal);
    const wantsMore = answer.problem ? answer.problem.reason === "BUDGET" : answer.certificate.kind !== "EXACT";
    byId("mpe-wanted-label").classList.toggle("hidden", !(isLong || isLarge() || wantsMore));
    if (answer.problem) throw new Trouble(answer.problem);
    const value = answer.value;
    note.className = "note";
    note.textContent =
        `log of the density ${number(value.logValue)}, proven to be at most ${number(value.logUpperBound)} `
        + `anywhere; ${certified(answer.certificate)}`;
    if (sheet) sheet.mostProbable(value.assignment);
    const rows = Object.entries(value.assignment).filter(([name]) => !sheet?.has(name));
    byId("mpe").replaceChildren(
        element("table", {}, element("tbody", {}, ...rows.map(([name, of]) =>
          element("tr", {}, element("th", {scope: "row"}, name),
              element("td", {className: "number"}, of === null ? "any" : number(of)),
              element("td", {className: "muted"}, given.has(name) ? "given" : ""))))));
  }, (text) => {
    note.className = "note warn";
    note.textContent = text === topProblem ? "No answer, for the reason above." : text;
    byId("mpe").replaceChildren();
    sheet?.mostProbable(null);
  });
}

/** A variable: what is known of it, and else what is believed of it. */
class Card {
  constructor(variable) {
    this.name = variable.name;
    this.drawing = element("div", {className: "drawing"});
    this.note = element("p", {className: "note"});
    this.why = element("button", {type: "button", className: "why hidden", "aria-label": `why ${this.name} is believed to be so`}, "Why?");
    this.reasons = element("div", {className: "note", role: "status"});
    this.why.addEventListener("click", () => this.explain());
    this.next = element("button", {type: "button", className: "why", "aria-label": `what to measure next to know ${this.name}`}, "What next?");
    this.next.addEventListener("click", () => this.advise());
    this.controls = element("div", {className: "row"});
    this.root = element("fieldset", {className: "card"}, element("legend", {}, this.name));
    if (variable.states) this.states(variable.states);
    else this.real(variable.kind === "count");
    this.root.append(this.controls, this.drawing, this.note,
        element("div", {className: "row"}, this.why, this.next), this.reasons);
  }

  /** What each piece of evidence did to the answer, the most first. */
  explain() {
    return shown(async () => {
      const of = await answerTo("/explain", {target: this.name, given: Object.fromEntries(given)});
      const what = of.state === undefined ? "mean" : `log-odds of ${of.state}`;
      const signed = (value) => (value > 0 ? "+" : "") + number(value);
      const pieces = of.pieces.sort((a, b) => Math.abs(b.shapley.value) - Math.abs(a.shapley.value));
      this.reasons.replaceChildren(
          element("p", {className: "note"}, `${what}: ${number(of.before.value)} when nothing is known, ${number(of.after.value)} now. Of the change come`),
          element("table", {}, element("tbody", {}, ...pieces.map((piece) => element("tr", {},
              element("td", {className: "number"}, signed(piece.shapley.value)),
              element("td", {}, `from ${piece.variable}`))))));
    }, (text) => { this.reasons.textContent = text; });
  }

  /** What the value of each other variable would tell of this one, the most first. */
  advise() {
    return shown(async () => {
      const of = await answerTo("/advise", {target: this.name, given: Object.fromEntries(given)});
      const answered = of.candidates.filter((candidate) => candidate.information);
      const isState = of.now.accuracy !== undefined;
      const then = (of) => isState ? of.expectedAccuracy.value : Math.sqrt(of.expectedVariance.value);
      const now = isState ? `right with probability ${number(of.now.accuracy)}` : `standard deviation ${number(Math.sqrt(of.now.variance))}`;
      const rounded = (value) => value.toPrecision(3);
      this.reasons.replaceChildren(
          element("p", {className: "note"}, answered.length === 0 ? "Nothing else can be measured." : `Now ${now}. Measured next, in the order of what it tells:`),
          element("table", {}, element("thead", {}, element("tr", {},
              element("th", {scope: "col"}, "measure"),
              ...["nats", isState ? "right then" : "deviation then"].map((t) => element("th", {scope: "col", className: "number"}, t)))),
          element("tbody", {}, ...answered.slice(0, ADVISED).map((candidate) => element("tr", {},
              element("th", {scope: "row"}, candidate.variable),
              element("td", {className: "number"}, rounded(candidate.information.value)),
              element("td", {className: "number"}, rounded(then(candidate))))))));
      if (answered.length === 0) this.reasons.lastChild.remove();
    }, (text) => { this.reasons.textContent = text; });
  }

  set(value) {
    if (value === undefined) given.delete(this.name);
    else given.set(this.name, value);
    this.root.classList.toggle("known", given.has(this.name));
    changed();
  }

  states(states) {
    this.boxes = states.map((state) => {
      const box = element("input", {type: "checkbox", value: state});
      box.addEventListener("change", () => this.set(this.ticked()));
      return box;
    });
    this.controls = element("div", {className: "states", role: "group",
      "aria-label": `states that ${this.name} may have; none ticked: unknown`},
        ...this.boxes.map((box, i) => element("label", {}, box, states[i])));
  }

  ticked() {
    const on = this.boxes.filter((box) => box.checked).map((box) => box.value);
    return on.length === 0 ? undefined : on.length === 1 ? on[0] : on;
  }

  real(isCount) {
    this.isCount = isCount;
    this.mode = element("select", {"aria-label": `what is known of ${this.name}`},
        ...["unknown", "value", "interval"].map((way) => element("option", {value: way}, way)));
    this.low = element("input", {type: "number", step: "any", "aria-label": `value of ${this.name}`});
    this.high = element("input", {type: "number", step: "any", "aria-label": `upper end of ${this.name}`});
    this.slider = element("input", {type: "range", "aria-label": `value of ${this.name}`, min: 0, max: 1, step: "any"});
    this.mode.addEventListener("change", () => this.pick(this.mode.value));
    this.low.addEventListener("input", () => this.read());
    this.high.addEventListener("input", () => this.read());
    this.slider.addEventListener("input", () => {
      this.low.value = this.rounded(Number(this.slider.value));
      if (this.mode.value === "unknown") this.pick("value");
      else this.read();
    });
    this.controls.append(this.mode, this.low, this.high);
    this.root.append(this.slider);
    this.pick("unknown", true);
  }

  /** A value in as many digits as the slider tells apart. */
  rounded(value) {
    if (this.isCount) return Math.max(0, Math.round(value));
    const [lo, hi] = this.axis ?? [0, 1];
    return Number(value.toFixed(Math.max(0, Math.min(12, 3 - Math.floor(Math.log10(hi - lo))))));
  }

  pick(way, isQuiet) {
    this.mode.value = way;
    const [lo, hi] = this.axis ?? [0, 1];
    if (way !== "unknown" && this.low.value === "") {
      this.low.value = this.rounded(way === "interval" ? lo + (hi - lo) / 4 : (lo + hi) / 2);
    }
    if (way === "interval" && this.high.value === "") {
      this.high.value = this.rounded(Math.max(Number(this.low.value), lo + 3 * (hi - lo) / 4));
    }
    this.low.setAttribute("aria-label", `${way === "interval" ? "lower end" : "value"} of ${this.name}`);
    this.low.classList.toggle("hidden", way === "unknown");
    this.high.classList.toggle("hidden", way !== "interval");
    if (!isQuiet) this.read();
  }

  read() {
    const one = (input) => (input.value === "" ? null : input.valueAsNumber);
    const low = one(this.low);
    if (low !== null) this.slider.value = low;
    if (this.mode.value === "unknown") this.set(undefined);
    else if (this.mode.value === "interval") this.set([low, one(this.high)]);
    else this.set(low === null || Number.isNaN(low) ? undefined : low);
  }

  clear() {
    if (this.boxes) this.boxes.forEach((box) => { box.checked = false; });
    else {
      this.low.value = "";
      this.high.value = "";
      this.pick("unknown", true);
    }
    this.root.classList.remove("known");
  }

  show(of) {
    if (of.axis && !this.axis) {
      this.axis = of.axis;
      [this.slider.min, this.slider.max] = of.axis;
      this.slider.step = this.isCount ? 1 : "any";
      if (this.isCount) [this.slider.min, this.slider.max] = [Math.ceil(of.axis[0]), Math.floor(of.axis[1])];
      this.slider.value = (of.axis[0] + of.axis[1]) / 2;
    }
    this.drawing.innerHTML = of.drawing ?? "";
    this.reasons.replaceChildren();
    this.why.classList.toggle("hidden",
        Boolean(of.problem || of.isKnown || [...given.keys()].every((name) => name === this.name)));
    this.next.classList.toggle("hidden", Boolean(of.problem || of.isKnown || model.variables.length < 2));
    this.note.className = of.problem ? "note warn" : "note";
    if (of.problem) {
      const text = words(of.problem);
      this.note.textContent = text === topProblem ? "No answer, for the reason above." : text;
    }
    else if (of.isKnown) this.note.textContent = "given";
    else if (of.mean !== undefined) {
      this.note.textContent = `mean ${number(of.mean)}, standard deviation ${number(of.deviation)}`
          + (of.low === undefined ? "" : `, 90 % within [${number(of.low)}, ${number(of.high)}]`)
          + `; ${certified(of.certificate)}`;
    } else this.note.textContent = certified(of.certificate);
  }
}

function fill() {
  const wanted = byId("find").value.trim().toLowerCase();
  const all = model.variables.filter((v) => !sheet?.has(v.name));
  const found = all.filter((v) => v.name.toLowerCase().includes(wanted));
  const before = cards;
  cards = new Map();
  for (const variable of found.slice(0, SHOWN)) {
    cards.set(variable.name, before.get(variable.name) ?? new Card(variable));
  }
  for (const [name, card] of before) {
    if (given.has(name) && !cards.has(name)) cards.set(name, card);
  }
  byId("variables").replaceChildren(...[...cards.values()].map((card) => card.root));
  byId("find-label").classList.toggle("hidden", all.length <= SHOWN);
  byId("more").textContent = found.length > SHOWN ? `${SHOWN} of ${found.length} are shown` : "";
}

async function drawCircuit() {
  const facts = byId("facts");
  if (!byId("circuit").open || facts.dataset.of === model.model) return;
  facts.dataset.of = model.model;
  await shown(async () => {
    byId("picture").innerHTML = await (await fetched(address("/circuit.svg"))).text();
    facts.replaceChildren(
        element("p", {className: "note"}, `${model.nodes} nodes, ${model.edges} edges, ${model.parameters} parameters, depth ${model.depth}`),
        element("table", {}, element("thead", {}, element("tr", {},
            ...["query", "certificate", "cost of an answer"].map((t) => element("th", {scope: "col"}, t)))),
        element("tbody", {}, ...model.queries.map((q) => element("tr", {},
            element("th", {scope: "row"}, q.query), element("td", {}, q.certificate), element("td", {}, q.cost))))));
  }, trouble);
}

async function open(name) {
  await shown(async () => {
    model = await (await fetched(`v1/models/${encodeURIComponent(name)}`)).json();
    given.clear();
    cards = new Map();
    const laid = sheetOf(model.variables);
    sheet = laid ? new Sheet(laid, given, changed) : null;
    byId("image").classList.toggle("hidden", !sheet);
    byId("find").value = "";
    byId("mpe-wanted").checked = false;
    byId("mpe-wanted-label").classList.toggle("hidden", !isLarge());
    byId("picture").replaceChildren();
    byId("facts").dataset.of = "";
    document.title = `${name}: ugmm explorer`;
    history.replaceState(null, "", "#" + encodeURIComponent(name));
    fill();
    drawCircuit();
    await refresh();
  }, trouble);
}

function theme(name) {
  document.documentElement.dataset.theme = name;
  byId("theme").textContent = name === "dark" ? "Light" : "Dark";
  sheet?.paint();
}

byId("model").addEventListener("change", (e) => open(e.target.value));
byId("find").addEventListener("input", () => { fill(); changed(); });
byId("mpe-wanted").addEventListener("change", changed);
byId("circuit").addEventListener("toggle", drawCircuit);
byId("clear").addEventListener("click", () => {
  given.clear();
  cards.forEach((card) => card.clear());
  fill();
  changed();
});
byId("theme").addEventListener("click",
    () => theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
theme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

await shown(async () => {
  const {models} = await (await fetched("v1/models")).json();
  byId("model").replaceChildren(...models.map((m) => element("option", {value: m.name}, m.name)));
  const linked = decodeURIComponent(location.hash.slice(1));
  byId("model").value = models.some((m) => m.name === linked) ? linked : models[0].name;
  await open(byId("model").value);
}, trouble);
