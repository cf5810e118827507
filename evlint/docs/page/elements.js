// Elements are made here only, and text becomes text: nothing is ever read as markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

const el = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children);
const svg = (name, attributes = {}, ...children) => fill(document.createElementNS(SVG, name), attributes, children);
const by = (id) => document.getElementById(id);
const code = (text) => el("span", { class: "code" }, text);
const plural = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

function spot(place) {
  if (!place) return null;
  const text = place.source.replace("#L", ":");
  return place.address ? el("a", { class: "spot", href: place.address, rel: "noreferrer" }, text) : el("span", { class: "spot" }, text);
}

const eventLink = (index) => el("a", { href: `#event=${model.data.events[index].slug}` }, model.data.events[index].name);
const serviceLink = (index) => el("a", { href: `#service=${model.data.services[index].slug}` }, model.data.services[index].label);
const listed = (items) => items.flatMap((item, index) => (index ? [", ", item] : [item]));
