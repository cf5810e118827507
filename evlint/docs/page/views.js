// The graphs behind the pictures: all of the flow, the services, one service, what is around an event, a way between two.

const views = (() => {
  const { data } = model;
  // Larger pictures are walls; then services stand for their functions.
  const MOST_FUNCTIONS = 60;
  const MOST_SERVICES = 40;
  const MOST_CONNECTIONS = 45;
  const go = (hash) => () => { location.hash = hash; };

  function eventNode(index, current) {
    const event = data.events[index];
    const bad = model.findingsOf(index).length;
    const parts = [`published in ${plural(event.publishers.length, "place")}`, `handled by ${event.handlers.length}`];
    if (bad) parts.push(plural(bad, "finding"));
    return {
      id: `e${index}`, kind: "event", label: event.name, bad, current,
      title: `Event ${event.name}: ${parts.join(", ")}`, go: go(`#event=${event.slug}`),
    };
  }

  function serviceNode(index) {
    const service = data.services[index];
    return { id: `s${index}`, kind: "service", label: service.label, title: `Service ${service.label}`, go: go(`#service=${service.slug}`) };
  }

  function functionNode(index) {
    const entry = data.functions[index];
    const first = model.publishersOf[index][0] ?? model.handlersOf[index][0];
    const service = data.services[entry.service];
    return {
      id: `f${index}`, kind: "function", label: entry.name, group: `g${entry.service}`,
      title: `Function ${entry.name} of ${service.label}, ${entry.spot.source.replace("#L", ":")}`,
      go: go(`#function=${index}&event=${data.events[first].slug}`),
    };
  }

  // The events with the functions at their ends; services that are not `detailed` are one box each.
  function flow(events, detailed, current) {
    const nodes = new Map();
    const groups = new Map();
    const edges = new Map();
    const end = (number) => {
      const { service } = data.functions[number];
      if (!detailed(service)) {
        nodes.set(`s${service}`, serviceNode(service));
        return `s${service}`;
      }
      const node = functionNode(number);
      nodes.set(node.id, node);
      groups.set(node.group, data.services[service].label);
      return node.id;
    };
    const join = (from, to, site) => {
      const key = `${from}>${to}`;
      const edge = edges.get(key) ?? { from, to, key, likely: true, bad: false, title: "" };
      edge.likely &&= site.likely;
      if (site.findings.length) {
        edge.bad = true;
        edge.title = site.findings.map((number) => `${data.findings[number].code} ${data.findings[number].message}`).join("\n");
      }
      edges.set(key, edge);
    };
    for (const index of events) {
      nodes.set(`e${index}`, eventNode(index, index === current));
      for (const site of data.events[index].publishers) join(end(site.function), `e${index}`, site);
      for (const site of data.events[index].handlers) join(`e${index}`, end(site.function), site);
    }
    for (const index of events) for (const site of data.events[index].handlers) for (const [next, by] of site.onward) {
      const [from, to] = [end(site.function), end(by)];
      if (nodes.has(`e${next}`) && from !== to) edges.set(`${from}>${to}`, { from, to, key: `${from}>${to}`, runs: true, title: "runs" });
    }
    return framed([...nodes.values()], [...edges.values()], groups);
  }

  // Events that stay inside of a service are drawn inside of its frame; a single service needs none.
  function framed(nodes, edges, groups) {
    if (groups.size < 2) return { nodes: nodes.map((node) => ({ ...node, group: undefined })), edges, groups: new Map() };
    const frames = new Map(nodes.map((node) => [node.id, node.group ?? node.id]));
    const around = new Map();
    for (const { from, to } of edges) {
      around.set(from, [...(around.get(from) ?? []), frames.get(to)]);
      around.set(to, [...(around.get(to) ?? []), frames.get(from)]);
    }
    const inner = (node) => {
      const near = new Set(around.get(node.id));
      const [only] = near;
      return node.kind === "event" && near.size === 1 && groups.has(only) ? only : node.group;
    };
    return { nodes: nodes.map((node) => ({ ...node, group: inner(node) })), edges, groups };
  }

  function services(events) {
    const nodes = new Map();
    const carried = new Map();
    for (const index of events) {
      const { publishers, handlers } = data.events[index];
      const from = new Set(publishers.map((site) => data.functions[site.function].service));
      const to = new Set(handlers.map((site) => data.functions[site.function].service));
      for (const service of [...from, ...to]) nodes.set(`s${service}`, serviceNode(service));
      for (const sender of from) for (const taker of to) {
        if (sender === taker) continue;
        const key = `s${sender}>s${taker}`;
        carried.set(key, [...(carried.get(key) ?? []), index]);
      }
    }
    const edges = [...carried].map(([key, found]) => {
      const [from, to] = key.split(">");
      const bad = found.some((index) => model.findingsOf(index).length);
      const names = found.map((index) => data.events[index].name);
      return { from, to, key, bad, weight: names.length, label: names.length === 1 ? names[0] : `${names.length} events`, title: names.slice(0, 30).join("\n") };
    });
    return { nodes: [...nodes.values()], edges, groups: new Map() };
  }

  const all = () => true;
  const none = () => false;

  // As much detail as stays readable.
  function best(events, current, detailed = all) {
    const withEnds = events.filter((index) => data.events[index].publishers.length + data.events[index].handlers.length || index === current);
    const fine = flow(withEnds, detailed, current);
    if (fine.nodes.length <= MOST_FUNCTIONS) return { ...fine, grain: "functions" };
    const coarse = flow(withEnds, none, current);
    if (coarse.nodes.length <= MOST_SERVICES) return { ...coarse, grain: "services" };
    return null;
  }

  function home(filtered) {
    const whole = best(filtered);
    const title = `The flow: ${plural(filtered.length, "event")}`;
    if (whole) return { ...whole, title, caption: [title, whole.grain === "services" ? ", functions drawn as their services" : ""] };
    const map = services(filtered);
    if (map.nodes.length < 2) return busiest(filtered);
    const note = ": too many for one picture, so this is who hears from whom. Open a service or an event.";
    const clear = clearest(map);
    return clear.edges.length === map.edges.length
      ? { ...map, title, caption: [title, ": too many for one picture, so this is who hears from whom. Open a service or an event."] }
      : { ...clear, title, caption: [title, `: the ${clear.edges.length} busiest of ${map.edges.length} connections between services. Open a service or an event.`] };
  }

  // The connections that carry the most, as many as do not tangle.
  function clearest(map) {
    if (map.nodes.length <= MOST_SERVICES && map.edges.length <= MOST_CONNECTIONS) return map;
    const edges = [...map.edges].sort((a, b) => b.weight - a.weight).slice(0, MOST_CONNECTIONS);
    const kept = new Set(edges.flatMap((edge) => [edge.from, edge.to]));
    return { nodes: map.nodes.filter((node) => kept.has(node.id)), edges, groups: map.groups };
  }

  function busiest(events) {
    const ends = (index) => data.events[index].publishers.length + data.events[index].handlers.length;
    const { graph, count } = near([...events].sort((a, b) => ends(b) - ends(a)));
    const title = `The busiest ${count} of ${events.length} events`;
    return { ...graph, title, caption: [title, "; the list has all."] };
  }

  // Nearest first, until the picture is full.
  function near(order, current) {
    let found = null;
    let low = 1;
    let high = order.length;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const graph = best(order.slice(0, middle), current);
      if (graph) {
        found = { graph, count: middle };
        low = middle + 1;
      } else high = middle - 1;
    }
    return found ?? { graph: { ...services(order.slice(0, 1)), grain: "services" }, count: 1 };
  }

  function event(index, hops) {
    const ahead = [...model.after(index, hops).keys()];
    const order = [...new Set([index, ...model.before(index, 1).keys(), ...ahead])];
    const { graph, count } = near(order, index);
    const title = `Around ${data.events[index].name}`;
    const rest = count < order.length ? `: the nearest ${count} of ${order.length} events` : "";
    return { ...graph, title, caption: ["Around ", code(data.events[index].name), rest] };
  }

  function service(index, filtered) {
    const events = filtered.filter((item) => model.servicesOf(item).has(index));
    const graph = best(events, undefined, (other) => other === index) ?? services(events);
    const title = `Service ${data.services[index].label}`;
    return { ...graph, title, caption: [title, `: ${plural(events.length, "event")}`] };
  }

  function way(start, end) {
    const events = model.between(start, end);
    const names = [code(data.events[start].name), " leads to ", code(data.events[end].name)];
    if (!events.length) {
      return { nodes: [eventNode(start, true), eventNode(end, true)], edges: [], groups: new Map(), title: "No way", caption: ["Nothing that follows from ", names[0], " is ", names[2]] };
    }
    const { graph, count } = near(events, start);
    return { ...graph, title: "A way", caption: [...names, count < events.length ? `: the nearest ${count} of ${events.length} events` : ""] };
  }

  return { home, event, service, way };
})();
