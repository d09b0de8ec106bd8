// The picture in its pane: whole, or zoomed at a point and moved. Two panes always show the same part.

const CLICK = 5; // px that a pointer may move in a click
const STEP = 1.25; // zoom of one key press
const CLOSEST = 8; // times 100 %
const FAINT = 1.25; // a click enlarges by more than this, or goes on to the next whole multiple

/** Calls `changed` after each change of what is shown, and `state` is then up to date. */
export class View {
  constructor(panes, { width, height, changed, wheels }) {
    this.panes = panes; // [{root, sheet, aspect}]
    this.zoom = 1; // relative to the whole picture in its pane
    this.at = [0.5, 0.5]; // the point in the middle of the pane, from 0 to 1
    this.changed = changed;
    this.wheels = wheels; // whether the wheel zooms without Ctrl
    this.pointers = new Map();
    this.resize(width, height);
    this.watcher = new ResizeObserver(() => this.layout());
    for (const pane of panes) {
      this.watcher.observe(pane.root);
      this.listen(pane);
    }
  }

  get zoomed() {
    return this.zoom > 1.001;
  }

  get pane() {
    return this.panes[0];
  }

  /** The zoom at which a pixel of the picture is a pixel of the screen. */
  get full() {
    const { width } = fit(this.pane);
    return this.width / (width * devicePixelRatio) || 1;
  }

  get percent() {
    return Math.round((100 * this.zoom) / this.full);
  }

  /** The picture's real size, in pixels; what is at 100 % stays so. */
  resize(width, height) {
    const near = this.width && this.zoomed && Math.abs(this.zoom / this.near - 1) < 0.001;
    this.width = width;
    this.pane.aspect = width / height;
    if (near) this.zoom = this.near;
    this.layout();
  }

  /** Where a click leads to: 100 %, or a multiple of it if the whole picture is as large already. */
  get near() {
    const { full } = this;
    return full * Math.max(1, Math.ceil(FAINT / full));
  }

  toggle(x, y, pane = this.pane) {
    this.to(this.zoomed ? 1 : this.near, x, y, pane);
  }

  step(direction) {
    this.to(this.zoom * STEP ** direction);
  }

  /** Zoom; the point at (x, y) of a pane, or else its middle, stays where it is. */
  to(zoom, x, y, pane = this.pane) {
    const { root } = pane;
    const middle = [root.clientWidth / 2, root.clientHeight / 2];
    const [px, py] = [x ?? middle[0], y ?? middle[1]];
    const before = place(pane, this.zoom, this.at);
    const most = Math.max(this.near, CLOSEST * this.full);
    this.zoom = Math.min(most, Math.max(1, zoom));
    const after = fit(pane);
    this.at = [
      ((px - before.x) / before.width) + (middle[0] - px) / (after.width * this.zoom),
      ((py - before.y) / before.height) + (middle[1] - py) / (after.height * this.zoom),
    ];
    this.layout();
  }

  /** Move the picture by some pixels of the screen. */
  move(dx, dy, pane = this.pane) {
    const { width, height } = fit(pane);
    this.at = [this.at[0] - dx / (width * this.zoom), this.at[1] - dy / (height * this.zoom)];
    this.layout();
  }

  layout() {
    const shown = this.panes.filter(({ root }) => !root.hidden && root.clientWidth);
    if (!shown.length) return;
    this.at = place(shown[0], this.zoom, this.at).at;
    for (const pane of shown) {
      const { x, y, width, height } = place(pane, this.zoom, this.at);
      const { style } = pane.sheet;
      const { left, top } = pane.root.getBoundingClientRect();
      style.width = `${width}px`;
      style.height = `${height}px`;
      style.left = `${snap(x, left)}px`; // a transform would blur: its layer isn't on whole pixels
      style.top = `${snap(y, top)}px`;
      pane.root.classList.toggle("zoomed", this.zoomed);
      pane.root.classList.toggle("pixels", this.zoom >= 2 * this.full);
    }
    this.changed?.();
  }

  /** The part of a pane that its picture covers, in px from the pane's left end. */
  covered(pane) {
    const { x, width } = place(pane, this.zoom, this.at);
    const left = Math.max(0, x);
    return { left, width: Math.min(pane.root.clientWidth, x + width) - left, sheet: x, whole: width };
  }

  close() {
    this.watcher.disconnect();
  }

  listen(pane) {
    const { root } = pane;
    const point = ({ clientX, clientY }) => {
      const box = root.getBoundingClientRect();
      return [clientX - box.left, clientY - box.top];
    };
    root.addEventListener("dragstart", (event) => this.zoomed && event.preventDefault());
    root.addEventListener("pointerdown", (event) => this.down(event, root));
    root.addEventListener("pointermove", (event) => this.drag(event, point, pane));
    for (const type of ["pointerup", "pointercancel"]) {
      root.addEventListener(type, ({ pointerId }) => this.pointers.delete(pointerId));
    }
    root.addEventListener("click", (event) => {
      if (!this.dragged) this.toggle(...point(event), pane);
    });
    root.addEventListener("wheel", (event) => {
      if (!(event.ctrlKey || event.metaKey || this.zoomed || this.wheels())) return;
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      const by = Math.max(-100, Math.min(100, event.deltaY * lines));
      this.to(this.zoom * Math.exp(-by / (event.ctrlKey ? 100 : 300)), ...point(event), pane);
    }, { passive: false });
  }

  down(event, root) {
    if (event.button !== 0) return;
    if (!this.pointers.size) this.dragged = false;
    this.pointers.set(event.pointerId, event);
    if (this.zoomed || this.pointers.size > 1) root.setPointerCapture(event.pointerId);
  }

  /** One pointer moves a zoomed picture; two zoom it as well. */
  drag(event, point, pane) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const other = [...this.pointers.values()].find((each) => each.pointerId !== event.pointerId);
    const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
    if (!other && !this.dragged && Math.hypot(dx, dy) < CLICK) return;
    this.dragged = true;
    this.pointers.set(event.pointerId, event);
    if (other) {
      const distance = (each) => Math.hypot(each.clientX - other.clientX, each.clientY - other.clientY);
      const middle = point({ clientX: (event.clientX + other.clientX) / 2, clientY: (event.clientY + other.clientY) / 2 });
      this.move(dx / 2, dy / 2, pane);
      this.to((this.zoom * distance(event)) / (distance(before) || 1), ...middle, pane);
    } else if (this.zoomed) this.move(dx, dy, pane);
  }
}

/** The size of a whole picture in its pane. */
function fit({ root, aspect }) {
  const width = Math.min(root.clientWidth, root.clientHeight * aspect);
  return { width, height: width / aspect };
}

/** Where a picture lies in its pane, which it covers as far as it can. */
function place(pane, zoom, [u, v]) {
  const { root } = pane;
  const whole = fit(pane);
  const [width, height] = [whole.width * zoom, whole.height * zoom];
  const x = along(root.clientWidth, width, u);
  const y = along(root.clientHeight, height, v);
  const at = [(root.clientWidth / 2 - x) / width, (root.clientHeight / 2 - y) / height];
  return { x, y, width, height, at };
}

function along(room, length, at) {
  return length <= room ? (room - length) / 2 : Math.min(0, Math.max(room - length, room / 2 - at * length));
}

/** The nearest place that is on whole pixels of the screen. */
function snap(at, origin) {
  return Math.round((at + origin) * devicePixelRatio) / devicePixelRatio - origin;
}
