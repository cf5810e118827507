"use strict";
// What the page knows, and every question that it answers. Functions, events and services go by their number.

const model = (() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const bySlug = new Map(data.events.map((event, index) => [event.slug, index]));
  const serviceBySlug = new Map(data.services.map((service, index) => [service.slug, index]));
  const handlersOf = data.functions.map(() => []);
  const publishersOf = data.functions.map(() => []);
  data.events.forEach((event, index) => {
    for (const site of event.handlers) handlersOf[site.function].push(index);
    for (const site of event.publishers) publishersOf[site.function].push(index);
  });
  const causes = data.events.map(() => new Set());
  data.events.forEach((event, index) => {
    for (const next of follows(index)) causes[next].add(index);
  });

  function follows(event) {
    return new Set(data.events[event].handlers.flatMap((site) => site.onward.map(([next]) => next)));
  }

  function servicesOf(event) {
    const sites = [...data.events[event].publishers, ...data.events[event].handlers];
    return new Set(sites.map((site) => data.functions[site.function].service));
  }

  function findingsOf(event) {
    const entry = data.events[event];
    const found = [entry, ...entry.publishers, ...entry.handlers].flatMap((part) => part.findings);
    return [...new Set(found)];
  }

  const words = data.events.map((event, index) =>
    [
      event.name, ...event.aliases, ...event.paragraphs, ...event.fields.map((field) => field.name),
      ...[...event.publishers, ...event.handlers].map((site) => data.functions[site.function].name),
      ...[...servicesOf(index)].map((service) => data.services[service].label),
    ].join("\n").toLowerCase());

  const kept = {
    findings: (event) => findingsOf(event).length > 0,
    loose: (event) => data.events[event].lacks !== "",
    likely: (event) => {
      const sites = [...data.events[event].publishers, ...data.events[event].handlers];
      return sites.length > 0 && sites.every((site) => site.likely);
    },
    personal: (event) => data.events[event].fields.some((field) => /^(personal|secret)/.test(field.note)),
  };

  // The events that pass the filters, each a text or empty.
  function matching(filters) {
    const wanted = filters.search.toLowerCase().split(/\s+/).filter(Boolean);
    return data.events.map((_, index) => index).filter((index) =>
      wanted.every((word) => words[index].includes(word))
      && (filters.service === "" || servicesOf(index).has(Number(filters.service)))
      && (filters.transport === "" || data.events[index].transports.includes(filters.transport))
      && (filters.only === "" || kept[filters.only](index))
      && (filters.rule === "" || findingsOf(index).some((number) => data.findings[number].code === filters.rule)));
  }

  // Events by their distance from the first, along `next`, nearest first.
  function reached(start, next, hops) {
    const distance = new Map([[start, 0]]);
    for (const event of distance.keys()) {
      if (distance.get(event) >= hops) continue;
      for (const other of next(event)) if (!distance.has(other)) distance.set(other, distance.get(event) + 1);
    }
    return distance;
  }

  const after = (start, hops) => reached(start, follows, hops);
  const before = (start, hops) => reached(start, (event) => causes[event], hops);

  // The events on the ways from one to another; empty where there is no way.
  function between(start, end) {
    const ahead = after(start, Infinity);
    if (!ahead.has(end)) return [];
    const back = before(end, Infinity);
    return [...ahead.keys()].filter((event) => back.has(event));
  }

  // A business action as steps: who publishes, who handles, what they publish in turn; each event once.
  function story(start) {
    const steps = [];
    const told = new Set([start]);
    const waiting = [];
    for (const site of data.events[start].publishers) steps.push({ kind: "publishes", function: site.function, event: start });
    const tell = (event) => {
      for (const site of data.events[event].handlers) {
        steps.push({ kind: "handles", function: site.function, event });
        for (const [next, by] of site.onward) {
          steps.push({ kind: "publishes", function: by, event: next, again: told.has(next) });
          if (!told.has(next)) {
            told.add(next);
            waiting.push(next);
          }
        }
      }
    };
    tell(start);
    while (waiting.length) tell(waiting.shift());
    return steps;
  }

  return { data, bySlug, serviceBySlug, handlersOf, publishersOf, servicesOf, findingsOf, follows, causes, matching, after, before, between, story };
})();
