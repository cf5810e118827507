// Lay a graph out in layers and draw it; nodes are {id, kind, label, title, group, bad, current, go}, edges {from, to, label, likely, bad, key}.

const drawing = (() => {
  const HEIGHT = 30;
  const LONGEST = 34;
  const ruler = document.createElement("canvas").getContext("2d");
  let view = null;

  function width(label) {
    ruler.font = "12.5px system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";
    return Math.ceil(ruler.measureText(label).width) + 24;
  }

  function shortened(label) {
    return label.length <= LONGEST ? label : `${label.slice(0, LONGEST / 2 - 1)}…${label.slice(-LONGEST / 2 + 1)}`;
  }

  function laidOut(graph, isNarrow) {
    const layout = new dagre.graphlib.Graph({ compound: true, multigraph: true });
    layout.setGraph({ rankdir: isNarrow ? "TB" : "LR", nodesep: 14, ranksep: 56, marginx: 16, marginy: 16 });
    layout.setDefaultEdgeLabel(() => ({}));
    for (const node of graph.nodes) {
      const label = shortened(node.label);
      layout.setNode(node.id, { node, label, width: width(label), height: HEIGHT });
    }
    for (const [id, label] of graph.groups) {
      layout.setNode(id, { frame: label });
    }
    for (const node of graph.nodes) if (node.group) layout.setParent(node.id, node.group);
    for (const edge of graph.edges) {
      const size = edge.label ? { width: width(edge.label), height: 16, labelpos: "c" } : {};
      layout.setEdge(edge.from, edge.to, { edge, ...size }, edge.key);
    }
    dagre.layout(layout);
    return layout;
  }

  // A line through all points, rounded at the corners.
  function path(points) {
    const [first, ...rest] = points;
    let text = `M${first.x},${first.y}`;
    rest.forEach((point, index) => {
      const next = rest[index + 1];
      text += next
        ? ` Q${point.x},${point.y} ${(point.x + next.x) / 2},${(point.y + next.y) / 2}`
        : ` L${point.x},${point.y}`;
    });
    return text;
  }

  function frame(item) {
    const left = item.x - item.width / 2;
    const top = item.y - item.height / 2;
    return svg("g", { class: "frame" },
      svg("rect", { x: left, y: top, width: item.width, height: item.height, rx: 8 }),
      svg("text", { x: left + 8, y: top + 5 }, shortened(item.frame)));
  }

  function box(item) {
    const { node } = item;
    const left = item.x - item.width / 2;
    const top = item.y - item.height / 2;
    const classes = ["node", node.kind, node.bad ? "bad" : "", node.current ? "current" : ""].filter(Boolean).join(" ");
    const go = (event) => {
      event.preventDefault();
      node.go();
    };
    return svg("g", {
      class: classes, tabindex: 0, role: "link", "aria-label": node.title, "data-id": node.id,
      onclick: go, onkeydown: (event) => { if (event.key === "Enter" || event.key === " ") go(event); },
    },
    svg("title", {}, node.title),
    svg("rect", { x: left, y: top, width: item.width, height: item.height, rx: node.kind === "event" ? 15 : 5 }),
    svg("text", { x: item.x, y: item.y }, item.label));
  }

  // The number of findings, which the name of the node says to those who don't see it.
  function badge(item) {
    const x = item.x + item.width / 2 - 2;
    const y = item.y - item.height / 2 + 2;
    return svg("g", { class: "badge node", "aria-hidden": "true", "data-mark": item.node.id },
      svg("circle", { cx: x, cy: y, r: 8 }),
      svg("text", { x, y }, item.node.bad > 9 ? "9+" : String(item.node.bad)));
  }

  function line(item) {
    const { edge } = item;
    const classes = ["edge", edge.likely ? "likely" : "", edge.runs ? "runs" : "", edge.bad ? "bad" : ""].filter(Boolean).join(" ");
    const middle = item.x === undefined ? null : svg("text", { class: "edge-label", x: item.x, y: item.y - 3 }, edge.label);
    const title = edge.title ? svg("title", {}, edge.title) : null;
    return [svg("path", { class: classes, d: path(item.points), "data-key": edge.key }, title), edge.label ? middle : null];
  }

  function draw(canvas, graph) {
    const layout = laidOut(graph, canvas.clientWidth < 480);
    const size = layout.graph();
    const items = layout.nodes().map((id) => layout.node(id));
    const picture = svg("svg", { role: "group", "aria-label": graph.title, tabindex: 0 },
      svg("defs", {}, ["arrow", "arrow-bad", "arrow-lit"].map((id) =>
        svg("marker", { id, viewBox: "0 0 8 8", refX: 8, refY: 4, markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse", orient: "auto" },
          svg("path", { d: "M0,0 L8,4 L0,8 z" })))),
      items.filter((item) => item.frame !== undefined && item.width).map(frame),
      layout.edges().flatMap((edge) => line(layout.edge(edge))),
      items.filter((item) => item.node).map(box),
      items.filter((item) => item.node && item.node.bad).map(badge));
    canvas.replaceChildren(picture);
    view = { picture, width: size.width || 1, height: size.height || 1, x: 0, y: 0, scale: 1 };
    movable(picture);
    fit();
    const current = items.find((item) => item.node && item.node.current);
    if (current) show(current.x - current.width, current.x + current.width, current.y - 40, current.y + 40);
  }

  function apply() {
    const { clientWidth, clientHeight } = view.picture;
    const box = [view.x, view.y, clientWidth / view.scale, clientHeight / view.scale];
    view.picture.setAttribute("viewBox", box.map((part) => part.toFixed(1)).join(" "));
  }

  // Small pictures keep their size; of large ones, as much is shown as stays readable.
  function fit(smallest = 0.55) {
    if (!view) return;
    const { clientWidth, clientHeight } = view.picture;
    const whole = Math.min(clientWidth / view.width, clientHeight / view.height);
    view.scale = Math.max(smallest, Math.min(1.25, whole));
    const room = { x: clientWidth / view.scale - view.width, y: clientHeight / view.scale - view.height };
    view.x = room.x > 0 ? -room.x / 2 : 0;
    view.y = room.y > 0 ? -room.y / 2 : 0;
    apply();
  }

  function zoom(factor, at) {
    if (!view) return;
    const { clientWidth, clientHeight } = view.picture;
    const spot = at || { x: clientWidth / 2, y: clientHeight / 2 };
    const scale = Math.max(0.1, Math.min(4, view.scale * factor));
    view.x += spot.x / view.scale - spot.x / scale;
    view.y += spot.y / view.scale - spot.y / scale;
    view.scale = scale;
    apply();
  }

  function pan(x, y) {
    view.x += x / view.scale;
    view.y += y / view.scale;
    apply();
  }

  function movable(picture) {
    const pointers = new Map();
    picture.addEventListener("pointerdown", (event) => {
      pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    });
    picture.addEventListener("pointermove", (event) => {
      const last = pointers.get(event.pointerId);
      if (!last) return;
      const others = [...pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
      if (others.length) {
        const span = (point) => Math.hypot(point.x - others[0].x, point.y - others[0].y) || 1;
        const edge = picture.getBoundingClientRect();
        zoom(span({ x: event.clientX, y: event.clientY }) / span(last), { x: others[0].x - edge.left, y: others[0].y - edge.top });
      } else if (event.buttons || event.pointerType === "touch") {
        if (!picture.classList.contains("dragging") && Math.hypot(event.clientX - last.x, event.clientY - last.y) < 4) return;
        picture.classList.add("dragging");
        picture.setPointerCapture(event.pointerId);
        pan(last.x - event.clientX, last.y - event.clientY);
      }
      pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    });
    const release = (event) => {
      pointers.delete(event.pointerId);
      picture.classList.remove("dragging");
    };
    picture.addEventListener("pointerup", release);
    picture.addEventListener("pointercancel", release);
    picture.addEventListener("wheel", (event) => {
      event.preventDefault();
      const edge = picture.getBoundingClientRect();
      zoom(Math.exp(-event.deltaY / 500), { x: event.clientX - edge.left, y: event.clientY - edge.top });
    }, { passive: false });
    picture.addEventListener("keydown", (event) => {
      const moves = { ArrowLeft: [-60, 0], ArrowRight: [60, 0], ArrowUp: [0, -60], ArrowDown: [0, 60] };
      if (event.altKey || event.ctrlKey || event.metaKey || !by("steps").hidden) return;
      if (moves[event.key]) pan(...moves[event.key]);
      else if (event.key === "+" || event.key === "=") zoom(1.25);
      else if (event.key === "-") zoom(0.8);
      else if (event.key === "0") fit();
      else return;
      event.preventDefault();
    });
  }

  // Light up some nodes and edges and move them into sight; with nothing to light, all are as they were.
  function light(ids, keys) {
    if (!view) return;
    view.picture.classList.toggle("following", ids.length > 0);
    for (const part of view.picture.querySelectorAll(".lit")) part.classList.remove("lit");
    const parts = [...view.picture.querySelectorAll("[data-id], [data-mark], [data-key]")]
      .filter((part) => ids.includes(part.dataset.id ?? part.dataset.mark) || keys.includes(part.dataset.key));
    for (const part of parts) part.classList.add("lit");
    const boxes = parts.filter((part) => part.dataset.id).map((part) => part.getBBox());
    if (!boxes.length) return;
    const left = Math.min(...boxes.map((part) => part.x));
    const right = Math.max(...boxes.map((part) => part.x + part.width));
    const top = Math.min(...boxes.map((part) => part.y));
    const bottom = Math.max(...boxes.map((part) => part.y + part.height));
    show(left, right, top, bottom);
  }

  // Move a part of the picture into sight.
  function show(left, right, top, bottom) {
    const seen = { x: view.picture.clientWidth / view.scale, y: view.picture.clientHeight / view.scale };
    if (left < view.x || right > view.x + seen.x) view.x = (left + right - seen.x) / 2;
    if (top < view.y || bottom > view.y + seen.y) view.y = (top + bottom - seen.y) / 2;
    apply();
  }

  window.addEventListener("resize", () => { if (view) apply(); });
  return { draw, fit, zoom, light, clear: (canvas) => { canvas.replaceChildren(); view = null; } };
})();
