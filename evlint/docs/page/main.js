// The page: filters, the list, the address, and following an action step by step.

(() => {
  const { data } = model;
  const LISTED = 300;
  let steps = [];
  let at = -1;
  let limit = LISTED;

  const filters = () => ({
    search: by("search").value, service: by("service").value, transport: by("transport").value,
    only: by("only").value, rule: by("rule").value,
  });
  const address = () => new URLSearchParams(location.hash.slice(1));
  const chosen = () => {
    const index = model.bySlug.get(address().get("event"));
    return index === undefined ? null : index;
  };

  function option(value, text) {
    return el("option", { value }, text);
  }

  function prepare() {
    const found = data.findings.length;
    by("summary").textContent = [
      plural(data.events.length, "event"), plural(data.services.length, "service"),
      plural(data.functions.length, "function"), plural(found, "finding"),
    ].join(", ");
    data.services.forEach((service, index) => by("service").append(option(index, service.label)));
    for (const transport of [...new Set(data.events.flatMap((event) => event.transports))].sort()) by("transport").append(option(transport, transport));
    const rules = new Map(data.findings.map((finding) => [finding.code, finding.name]));
    for (const [rule, name] of [...rules].sort()) by("rule").append(option(rule, `${rule} ${name}`));
    document.body.append(el("datalist", { id: "event-names" }, data.events.map((event) => option(event.name))));
    by("legend").textContent = "Rounded: event. Frame: service. Dashed: likely. Dotted: one function runs the other. Red: with findings.";
  }

  function list(filtered) {
    const current = chosen();
    const wanted = address().get("service");
    const groups = new Map();
    for (const index of filtered.slice(0, limit)) {
      const site = data.events[index].publishers[0];
      const group = site ? data.functions[site.function].service : -1;
      groups.set(group, [...(groups.get(group) ?? []), index]);
    }
    const parts = [...groups].sort(([a], [b]) => (a < 0) - (b < 0) || a - b).map(([group, events]) => {
      const service = data.services[group];
      const head = service
        ? el("a", { href: `#service=${service.slug}`, "aria-current": service.slug === wanted ? "true" : undefined }, service.label)
        : "published nowhere here";
      return el("section", {}, el("h2", {}, head), el("ul", {}, events.map((index) => item(index, index === current))));
    });
    if (filtered.length > limit) parts.push(el("button", { type: "button", onclick: () => { limit += LISTED; list(filtered); } }, `${filtered.length - limit} more`));
    by("list").replaceChildren(...parts);
    by("count").textContent = filtered.length === data.events.length ? plural(filtered.length, "event") : `${filtered.length} of ${plural(data.events.length, "event")}`;
  }

  function item(index, isCurrent) {
    const event = data.events[index];
    const found = model.findingsOf(index).length;
    const mark = found ? plural(found, "finding") : event.lacks;
    return el("li", {}, el("a", { href: `#event=${event.slug}`, "aria-current": isCurrent ? "true" : undefined }, event.name, mark ? el("span", { class: "mark" }, mark) : null));
  }

  function shown(filtered) {
    const wanted = address();
    const index = chosen();
    const start = model.bySlug.get(wanted.get("from"));
    const end = model.bySlug.get(wanted.get("to"));
    const service = model.serviceBySlug.get(wanted.get("service"));
    const number = Number(wanted.get("function") ?? NaN);
    if (start !== undefined && end !== undefined) return [views.way(start, end), details.event(start, follow)];
    if (data.functions[number]) {
      const event = index ?? model.publishersOf[number][0] ?? model.handlersOf[number][0];
      return [views.event(event, hops()), details.func(number), `f${number}`];
    }
    if (index !== null) return [views.event(index, hops()), details.event(index, follow)];
    if (service !== undefined) return [views.service(service, filtered), details.service(service)];
    return [views.home(filtered), details.home()];
  }

  const hops = () => (by("hops").value === "99" ? Infinity : Number(by("hops").value));

  function render() {
    leave();
    const filtered = model.matching(filters());
    list(filtered);
    const [graph, words, lit] = shown(filtered);
    by("hops-label").hidden = chosen() === null;
    by("caption").replaceChildren(...graph.caption.filter(Boolean));
    if (graph.nodes.length) drawing.draw(by("canvas"), graph);
    else drawing.clear(by("canvas")), by("canvas").append(el("p", {}, "Nothing passes the filters."));
    by("details").replaceChildren(...words.filter(Boolean));
    by("details").scrollTop = 0;
    document.title = graph.title === "" ? "Event flow" : `${graph.title} – Event flow`;
    if (lit) drawing.light([lit], []);
  }

  function follow() {
    const index = chosen() ?? model.bySlug.get(address().get("from"));
    by("hops").value = "99";
    steps = model.story(index);
    const graph = views.event(index, Infinity);
    by("caption").replaceChildren(...graph.caption.filter(Boolean));
    drawing.draw(by("canvas"), graph);
    by("steps").hidden = false;
    show(0);
    by("next").focus();
  }

  function leave() {
    steps = [];
    at = -1;
    by("steps").hidden = true;
    drawing.light([], []);
  }

  function show(number) {
    at = Math.max(0, Math.min(steps.length - 1, number));
    const step = steps[at];
    const { name, service } = data.functions[step.function];
    const event = data.events[step.event];
    const again = step.again ? ", which was told before" : "";
    by("step").replaceChildren(`${at + 1} of ${steps.length}: `, code(name), ` of ${data.services[service].label} ${step.kind} `, code(event.name), again);
    by("previous").disabled = at === 0;
    by("next").disabled = at === steps.length - 1;
    const ends = [`f${step.function}`, `s${service}`];
    const keys = ends.flatMap((end) => (step.kind === "publishes" ? [`${end}>e${step.event}`] : [`e${step.event}>${end}`]));
    drawing.light([...ends, `e${step.event}`], keys);
  }

  function theme(dark) {
    document.documentElement.classList.toggle("dark", dark);
    by("theme").setAttribute("aria-pressed", String(dark));
  }

  function listen() {
    by("filters").addEventListener("submit", (event) => event.preventDefault());
    const filter = () => {
      limit = LISTED;
      render();
    };
    by("search").addEventListener("input", filter);
    for (const id of ["service", "transport", "only", "rule"]) by(id).addEventListener("change", filter);
    by("hops").addEventListener("change", render);
    by("smaller").addEventListener("click", () => drawing.zoom(0.8));
    by("larger").addEventListener("click", () => drawing.zoom(1.25));
    by("fit").addEventListener("click", () => drawing.fit(0.05));
    by("previous").addEventListener("click", () => show(at - 1));
    by("next").addEventListener("click", () => show(at + 1));
    by("stop").addEventListener("click", leave);
    by("theme").addEventListener("click", () => theme(!document.documentElement.classList.contains("dark")));
    window.addEventListener("hashchange", () => {
      render();
      if (window.innerWidth <= 1000 && location.hash.length > 1) by("stage").scrollIntoView();
    });
    document.addEventListener("keydown", (event) => {
      const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
      if (event.key === "/" && !typing) {
        event.preventDefault();
        by("search").focus();
      } else if (event.key === "Escape") {
        if (steps.length) leave();
        else if (event.target === by("search")) by("search").value = "", render();
      } else if (steps.length && !typing && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
        event.preventDefault();
        show(at + (event.key === "ArrowRight" ? 1 : -1));
      }
    });
  }

  prepare();
  listen();
  theme(window.matchMedia("(prefers-color-scheme: dark)").matches);
  render();
})();
