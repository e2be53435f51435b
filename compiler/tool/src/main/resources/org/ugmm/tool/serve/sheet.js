// An image whose pixels are variables: drawn on, erased, or left for the model to complete.

const SIDE = 336;

/** How variables make an image: names by row, or null where they make none. */
export function sheetOf(variables) {
  const counted = [];
  const placed = [];
  const digits = [];
  for (const variable of variables) {
    const at = /^(.*?)(\d+)[x_,](\d+)$/.exec(variable.name);
    const two = /^(\D*)(\d)(\d)$/.exec(variable.name);
    const nth = /^(.*?)(\d+)$/.exec(variable.name);
    const isPixel = !variable.states || variable.states.length === 2;
    if (isPixel && at) placed.push({variable, column: Number(at[2]), row: Number(at[3])});
    else if (isPixel && nth) counted.push({variable, index: Number(nth[2])});
    if (isPixel && two) digits.push({variable, row: Number(two[2]), column: Number(two[3])});
  }
  return byPlace(placed) ?? byIndex(counted) ?? byPlace(digits);
}

function byIndex(pixels) {
  const size = Math.round(Math.sqrt(pixels.length));
  if (pixels.length < 16 || size * size !== pixels.length) return null;
  pixels.sort((a, b) => a.index - b.index);
  const first = pixels[0].index;
  if (pixels.some((pixel, i) => pixel.index !== first + i)) return null;
  return {width: size, height: size, pixels: pixels.map((pixel) => pixel.variable)};
}

function byPlace(pixels) {
  const width = 1 + Math.max(-1, ...pixels.map((p) => p.column));
  const height = 1 + Math.max(-1, ...pixels.map((p) => p.row));
  if (pixels.length < 16 || pixels.length !== width * height) return null;
  pixels.sort((a, b) => a.row - b.row || a.column - b.column);
  if (pixels.some((p, i) => p.row !== Math.floor(i / width) || p.column !== i % width)) return null;
  return {width, height, pixels: pixels.map((pixel) => pixel.variable)};
}

export class Sheet {
  constructor({width, height, pixels}, given, changed) {
    Object.assign(this, {width, height, pixels, given, changed});
    this.names = pixels.map((pixel) => pixel.name);
    this.place = new Map(this.names.map((name, i) => [name, i]));
    this.expected = new Array(pixels.length).fill(NaN);
    this.tool = "ink";
    this.cursor = 0;
    this.scale = Math.max(2, Math.floor(SIDE / Math.max(width, height)));
    const old = document.getElementById("draw");
    this.canvas = old.cloneNode(false); // without the listeners of the sheet before
    old.replaceWith(this.canvas);
    this.canvas.width = width * this.scale;
    this.canvas.height = height * this.scale;
    this.listen();
    this.paint();
  }

  has(name) {
    return this.place.has(name);
  }

  ends(pixel) {
    return pixel.states ? [0, 1] : (pixel.domain ?? [0, 1]).map((end, i) => end ?? i);
  }

  value(pixel, share) {
    const [lo, hi] = this.ends(pixel);
    return pixel.states ? pixel.states[share] : lo + share * (hi - lo);
  }

  listen() {
    const down = (e) => {
      if (e.buttons !== 1) return;
      const box = this.canvas.getBoundingClientRect();
      const column = Math.floor((e.clientX - box.left) / box.width * this.width);
      const row = Math.floor((e.clientY - box.top) / box.height * this.height);
      if (column >= 0 && row >= 0 && column < this.width && row < this.height) {
        this.cursor = row * this.width + column;
        this.apply([this.cursor]);
      }
    };
    this.canvas.addEventListener("pointerdown", down);
    this.canvas.addEventListener("pointermove", down);
    this.canvas.addEventListener("keydown", (e) => this.key(e));
    this.canvas.addEventListener("focus", () => this.paint());
    this.canvas.addEventListener("blur", () => this.paint());
    for (const button of document.querySelectorAll("[data-tool]")) {
      button.onclick = () => {
        this.tool = button.dataset.tool;
        document.querySelectorAll("[data-tool]").forEach((b) => b.setAttribute("aria-pressed", b === button));
      };
    }
    document.getElementById("blank").onclick = () => this.all(() => true, "paper");
    document.getElementById("lower").onclick =
        () => this.all((i) => i >= Math.floor(this.height / 2) * this.width, "unknown");
  }

  key(e) {
    const step = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.width, ArrowDown: this.width}[e.key];
    if (step !== undefined) {
      this.cursor = Math.min(this.pixels.length - 1, Math.max(0, this.cursor + step));
      this.paint();
    } else if (e.key === " ") {
      this.apply([this.cursor]);
    } else return;
    e.preventDefault();
  }

  all(which, tool) {
    this.apply(this.names.map((_, i) => i).filter(which), tool);
  }

  apply(places, tool = this.tool) {
    for (const i of places) {
      const pixel = this.pixels[i];
      if (tool === "unknown") this.given.delete(pixel.name);
      else this.given.set(pixel.name, this.value(pixel, tool === "ink" ? 1 : 0));
    }
    this.paint();
    this.changed();
  }

  /** Takes the expected value of each pixel. */
  show(variables) {
    for (const of of variables) {
      const i = this.place.get(of.variable);
      if (i === undefined || of.isKnown) continue;
      const pixel = this.pixels[i];
      this.expected[i] = of.probabilities ? of.probabilities[pixel.states[1]] : of.mean;
    }
    this.paint();
  }

  /** Shows the most probable image, or none. */
  mostProbable(assignment) {
    const canvas = document.getElementById("best");
    canvas.parentElement.classList.toggle("hidden", !assignment);
    if (!assignment) return;
    canvas.width = this.canvas.width / 2;
    canvas.height = this.canvas.height / 2;
    const context = canvas.getContext("2d");
    this.pixels.forEach((pixel, i) => {
      const [lo, hi] = this.ends(pixel);
      const raw = assignment[pixel.name];
      const share = ((pixel.states ? pixel.states.indexOf(raw) : raw) - lo) / (hi - lo);
      const dark = Math.round(255 * (1 - Math.min(1, Math.max(0, share))));
      context.fillStyle = `rgb(${dark},${dark},${dark})`;
      context.fillRect((i % this.width) * this.scale / 2, Math.floor(i / this.width) * this.scale / 2,
          this.scale / 2, this.scale / 2);
    });
  }

  paint() {
    const context = this.canvas.getContext("2d");
    const style = getComputedStyle(document.documentElement);
    const accent = style.getPropertyValue("--accent");
    context.fillStyle = "#ffffff";
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.pixels.forEach((pixel, i) => {
      const x = (i % this.width) * this.scale;
      const y = Math.floor(i / this.width) * this.scale;
      const isKnown = this.given.has(pixel.name);
      const [lo, hi] = this.ends(pixel);
      const raw = !isKnown ? this.expected[i]
          : pixel.states ? pixel.states.indexOf(this.given.get(pixel.name)) : this.given.get(pixel.name);
      const share = Number.isNaN(raw) || raw === undefined ? 0 : Math.min(1, Math.max(0, (raw - lo) / (hi - lo)));
      const dark = Math.round(255 * (1 - share));
      context.fillStyle = isKnown ? `rgb(${dark},${dark},${dark})` : `rgb(${Math.round(90 + 0.65 * dark)},${Math.round(110 + 0.57 * dark)},255)`;
      context.fillRect(x, y, this.scale, this.scale);
    });
    if (document.activeElement === this.canvas) {
      context.strokeStyle = accent;
      context.lineWidth = 2;
      context.strokeRect((this.cursor % this.width) * this.scale + 1,
          Math.floor(this.cursor / this.width) * this.scale + 1, this.scale - 2, this.scale - 2);
    }
    document.getElementById("draw-note").textContent =
        `${this.names.filter((name) => this.given.has(name)).length} of ${this.pixels.length} pixels known (black and white), the others as expected (blue)`;
  }
}
