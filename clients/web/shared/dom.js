// DOM elements built without markup: strings always become text nodes.
const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/** `element("p", {class: "quiet", onclick: f}, "text", child)`; null children are skipped. */
export function element(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function shape(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

export const byId = (id) => document.getElementById(id);

const ICONS = {
  play: "M5 3.2v9.6L13 8z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  stop: "M4 4h8v8H4z",
  back: "M8 3.5a5 5 0 1 1-4.7 3.3M3 2.6v4.2h4.2",
  forward: "M8 3.5a5 5 0 1 0 4.7 3.3M13 2.6v4.2H8.8",
  close: "M4 4l8 8M12 4l-8 8",
  moon: "M13 9.6A5.6 5.6 0 0 1 6.4 3 5.6 5.6 0 1 0 13 9.6z",
  sun: "M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.2 1.2M11.8 11.8L13 13M3 13l1.2-1.2M11.8 4.2L13 3",
  sound: "M2.5 6v4H5l3.5 3V3L5 6zM11 5.5a3.5 3.5 0 0 1 0 5M12.8 3.6a6.2 6.2 0 0 1 0 8.8",
  muted: "M2.5 6v4H5l3.5 3V3L5 6zM11.2 6.2l3.6 3.6M14.8 6.2l-3.6 3.6",
  bin: "M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.6 8.5h5.8l.6-8.5M7 7v3.5M9 7v3.5",
  zoomIn: "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.3 10.3L14 14M7 5v4M5 7h4",
  zoomOut: "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.3 10.3L14 14M5 7h4",
  check: "M3 8.5l3.2 3.2L13 5",
  alert: "M8 3.5v5.5M8 11.6v.4",
};

const FILLED = new Set(["play", "pause", "stop"]);

export function icon(name) {
  const path = shape("path", { d: ICONS[name] });
  const look = FILLED.has(name) ? "icon filled" : "icon";
  return shape("svg", { viewBox: "0 0 16 16", class: look, "aria-hidden": "true" }, path);
}
