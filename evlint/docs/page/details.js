// What is known of an event, a service, a function or the whole, in words.

const details = (() => {
  const { data } = model;
  const LACKS = {
    unhandled: "Nothing here handles it.",
    unpublished: "Nothing here publishes it.",
    unused: "It is declared, but neither published nor handled.",
  };
  const section = (title, ...children) => (children.flat(Infinity).some(Boolean) ? [el("h3", {}, title), ...children.flat(Infinity)] : []);

  function finding(number) {
    const entry = data.findings[number];
    return el("div", { class: "finding" }, el("strong", {}, `${entry.code} ${entry.name}`), " ", spot(entry.spot), el("div", {}, entry.message));
  }

  function fields(event) {
    if (!event.fields.length && !event.keys.length) return null;
    const rows = event.fields.map((field) =>
      el("tr", {},
        el("td", {}, code(field.name), field.required ? "" : el("span", { class: "spot" }, " optional")),
        el("td", {}, code(field.type), field.default ? el("div", { class: "spot" }, `default ${field.default}`) : ""),
        el("td", {}, field.description, field.note ? el("div", { class: "mark" }, field.note) : "")));
    const keys = event.keys.map((key) => el("tr", {}, el("td", {}, code(key)), el("td", {}), el("td", {})));
    return el("table", {}, el("thead", {}, el("tr", {}, ["Field", "Type", "Meaning"].map((head) => el("th", { scope: "col" }, head)))), el("tbody", {}, rows, keys));
  }

  function site(entry, more) {
    const { name, service } = data.functions[entry.function];
    return el("li", {},
      el("a", { class: "code", href: `#function=${entry.function}` }, name), " of ", serviceLink(service),
      entry.likely ? " (likely)" : "", " ", spot(entry.spot), more);
  }

  function handler(entry) {
    return site(entry, [
      el("div", { class: "spot" }, entry.notes.length ? `A repeat is harmless: ${entry.notes.join(", ")}` : "No evidence that a repeat is harmless"),
      entry.reads.length ? el("div", { class: "spot" }, `reads ${entry.reads.join(", ")}`) : null,
      entry.onward.length ? el("div", {}, "publishes ", listed([...new Set(entry.onward.map(([next]) => next))].map(eventLink))) : null,
    ]);
  }

  function wayForm(index) {
    const input = el("input", { list: "event-names", "aria-label": "Find the way to another event", placeholder: "Way to event…" });
    return el("form", {
      onsubmit: (submitted) => {
        submitted.preventDefault();
        const target = data.events.find((event) => event.name === input.value.trim());
        if (target) location.hash = `#from=${data.events[index].slug}&to=${target.slug}`;
        else input.setCustomValidity("There is no event of that name."), input.reportValidity(), input.setCustomValidity("");
      },
    }, input, el("button", { type: "submit" }, "Show"));
  }

  function event(index, follow) {
    const entry = data.events[index];
    const facts = [
      [entry.kind, ...entry.transports].join(", "),
      entry.version ? `version ${entry.version}` : "",
      entry.aliases.length ? `also known as ${entry.aliases.join(", ")}` : "",
      entry.traces.length ? `traced by ${entry.traces.join(", ")}` : "",
    ].filter(Boolean);
    const canFollow = entry.publishers.length + entry.handlers.length > 0;
    return [
      el("h2", {}, entry.name),
      ...entry.paragraphs.map((text) => el("p", {}, text)),
      el("ul", { class: "facts" }, facts.map((fact) => el("li", {}, fact)), entry.spot ? el("li", {}, spot(entry.spot)) : null),
      entry.lacks ? el("p", {}, el("strong", {}, LACKS[entry.lacks])) : null,
      el("div", { class: "actions" }, canFollow ? el("button", { type: "button", id: "follow", onclick: follow }, "Follow step by step") : null, wayForm(index)),
      ...section("Findings", model.findingsOf(index).map(finding)),
      ...section("Published by", entry.publishers.length ? el("ul", {}, entry.publishers.map((item) => site(item, el("div", { class: "spot" }, item.notes.join(", "))))) : null),
      ...section("Handled by", entry.handlers.length ? el("ul", {}, entry.handlers.map(handler)) : null),
      ...section("Leads to", linked(model.follows(index))),
      ...section("Caused by", linked(model.causes[index])),
      ...section("Fields", fields(entry)),
      ...section("Versions", entry.history.length ? el("ul", {}, entry.history.map(([version, text]) => el("li", {}, code(version), ` ${text || "first locked"}`))) : null),
    ];
  }

  const linked = (events) => (events.size ? el("ul", {}, [...events].map((item) => el("li", {}, eventLink(item)))) : null);

  function service(index) {
    const entry = data.services[index];
    const inside = (sites) => sites.some((item) => data.functions[item.function].service === index);
    const events = data.events.map((_, number) => number);
    const published = new Set(events.filter((number) => inside(data.events[number].publishers)));
    const handled = new Set(events.filter((number) => inside(data.events[number].handlers)));
    const found = [...new Set([...published, ...handled].flatMap((number) => [...data.events[number].publishers, ...data.events[number].handlers]
      .filter((item) => data.functions[item.function].service === index).flatMap((item) => item.findings)))];
    return [
      el("h2", {}, entry.label),
      entry.path ? el("p", { class: "spot" }, entry.path) : null,
      ...section("Hears from", entry.upstream.length ? el("p", {}, listed(entry.upstream.map(serviceLink))) : null),
      ...section("Sends to", entry.downstream.length ? el("p", {}, listed(entry.downstream.map(serviceLink))) : null),
      ...section(`Publishes ${plural(published.size, "event")}`, linked(published)),
      ...section(`Handles ${plural(handled.size, "event")}`, linked(handled)),
      ...section("Findings", found.map(finding)),
    ];
  }

  function func(index) {
    const entry = data.functions[index];
    return [
      el("h2", {}, entry.name),
      el("p", {}, "of ", serviceLink(entry.service), " ", spot(entry.spot)),
      ...section("Publishes", linked(new Set(model.publishersOf[index]))),
      ...section("Handles", linked(new Set(model.handlersOf[index]))),
    ];
  }

  function home() {
    const lacking = data.events.map((entry, index) => [entry.lacks, index]).filter(([lacks]) => lacks);
    const ends = Object.entries(LACKS).map(([kind]) => [kind, lacking.filter(([lacks]) => lacks === kind).map(([, index]) => index)]);
    const heads = { unhandled: "Published, no handler found", unpublished: "Handled, no publisher found", unused: "Neither published nor handled" };
    const rules = new Map();
    for (const entry of data.findings) rules.set(`${entry.code} ${entry.name}`, (rules.get(`${entry.code} ${entry.name}`) ?? 0) + 1);
    return [
      el("h2", {}, "At a glance"),
      el("p", {}, "Choose an event or a service, in the list or in the picture. Press ", el("kbd", {}, "/"), " to search."),
      ...section("Findings", rules.size ? el("ul", {}, [...rules].sort().map(([rule, number]) => el("li", {}, `${rule}: ${number}`))) : null),
      ...ends.flatMap(([kind, events]) => section(heads[kind], events.length ? folded(events) : null)),
      ...section("Not resolved", data.unresolved.length ? el("ul", {}, data.unresolved.slice(0, 50).map(([role, reason, place]) => el("li", {}, `${role}: ${reason} `, spot(place)))) : null),
    ];
  }

  function folded(events) {
    const list = el("ul", {}, events.map((index) => el("li", {}, eventLink(index))));
    return events.length <= 8 ? list : el("details", {}, el("summary", {}, plural(events.length, "event")), list);
  }

  return { home, event, service, func };
})();
