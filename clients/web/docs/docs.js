// The API reference, made from /openapi.json.
import { codeBlock, codeTabs } from "./code.js";
import { Schemas } from "./schema.js";
import { snippets } from "./snippets.js";
import { byId, element } from "../shared/dom.js";
import { setUpTheme } from "../shared/theme.js";

const METHODS = ["get", "post", "put", "patch", "delete"];
const SHOWN_VALUES = 8;

/** A description; text in backticks is code. */
function prose(text = "") {
  return text.split(/`([^`]*)`/).map((part, place) => (place % 2 ? element("code", {}, part) : part));
}

function anchorOf(path, method) {
  return `${method}-${path.replace(/[^a-z0-9]+/gi, "-").replace(/^-|-$/g, "")}`;
}

function type(schemas, schema) {
  const words = schemas.typeName(schema).split(/\b/);
  return words.map((word) => (schemas.get(word) ? element("a", { href: `#schema-${word}` }, word) : word));
}

function values(schemas, schema) {
  const listed = schemas.values(schema);
  if (!listed) return null;
  const codes = listed.flatMap((value) => [element("code", {}, String(value)), " "]);
  if (listed.length <= SHOWN_VALUES) return element("p", { class: "values" }, codes);
  return element("details", { class: "values" }, element("summary", {}, `${listed.length} values`), codes);
}

function limits({ minimum, maximum, maxLength }) {
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`;
  return maxLength === undefined ? null : `at most ${maxLength} characters`;
}

function field(schemas, name, schema, isRequired) {
  const standard = schema.default;
  const notes = [
    isRequired ? "required" : null,
    standard === undefined || standard === null || standard === "" || typeof standard === "object" ? null : `${standard} unless given`,
    limits(schema),
  ].filter(Boolean);
  return element(
    "li",
    {},
    element("p", {}, element("code", { class: "field-name" }, name), element("span", { class: "field-type" }, type(schemas, schema)), notes.map((note) => element("span", { class: isRequired && note === "required" ? "note required" : "note" }, note))),
    schema.description ? element("p", { class: "field-words" }, prose(schema.description)) : null,
    values(schemas, schema),
  );
}

function fields(schemas, schema) {
  const entries = Object.entries(schema.properties ?? {});
  return element("ul", { class: "fields" }, entries.map(([name, each]) => field(schemas, name, each, schema.required?.includes(name))));
}

function part(title, ...children) {
  return element("section", {}, element("h3", {}, title), ...children);
}

function parameters(schemas, list) {
  if (!list.length) return null;
  return part("Parameters", element("ul", { class: "fields" }, list.map((each) => field(schemas, each.name, { description: each.description, ...each.schema }, each.required))));
}

function requestFields(schemas, operation) {
  const [media, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  if (!media) return null;
  return part("Fields of the request", element("p", { class: "quiet" }, element("code", {}, media)), fields(schemas, schemas.resolve(content.schema)));
}

function failures(operation) {
  const list = Object.entries(operation.responses ?? {}).filter(([status]) => status >= "400");
  if (!list.length) return null;
  return part(
    "Errors",
    element("dl", { class: "errors" }, list.map(([status, { description }]) => element("div", {}, element("dt", {}, status), element("dd", {}, prose(description))))),
  );
}

/** Examples of the JSON responses, one for each schema. */
function examples(schemas, operation) {
  const schema = operation.responses?.["200"]?.content?.["application/json"]?.schema;
  if (!schema || !Object.keys(schema).length) return [];
  return schemas.choices(schema).map((choice) => ({ name: schemas.typeName(choice), text: JSON.stringify(schemas.example(choice), null, 2) }));
}

function otherMedia(operation) {
  const media = Object.keys(operation.responses?.["200"]?.content ?? {}).filter((each) => each !== "application/json");
  return media.length ? element("p", { class: "quiet media" }, "Also answered as ", media.flatMap((each, place) => [place ? ", " : "", element("code", {}, each)])) : null;
}

function operationSection(schemas, { path, method, operation, shared }) {
  const name = operation.summary ?? path;
  const answers = examples(schemas, operation);
  return element(
    "article",
    { class: "operation", id: anchorOf(path, method), "aria-label": name },
    element("header", {}, element("h2", {}, name), element("p", { class: "route" }, element("span", { class: `method ${method}` }, method.toUpperCase()), element("code", {}, path))),
    element(
      "div",
      { class: "operation-words" },
      operation.description ? element("p", {}, prose(operation.description)) : null,
      parameters(schemas, [...shared, ...(operation.parameters ?? [])]),
      requestFields(schemas, operation),
      failures(operation),
    ),
    element(
      "div",
      { class: "operation-code" },
      codeTabs(snippets(location.origin, path, method, operation), name),
      answers.map(({ name: shape, text }, place) =>
        element("details", { open: place === 0, class: "answer" }, element("summary", {}, "Answer: ", shape), codeBlock(text, `Answer of ${name}, ${shape}`)),
      ),
      otherMedia(operation),
    ),
  );
}

function schemaSection(schemas, name) {
  const schema = schemas.get(name);
  const listed = schema.enum ? values(schemas, schema) : fields(schemas, schema);
  return element("article", { class: "schema", id: `schema-${name}` }, element("h3", {}, name), schema.description ? element("p", { class: "field-words" }, prose(schema.description)) : null, listed);
}

function operationsOf(document) {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => ({ path, method, operation: item[method], shared: item.parameters ?? [] })),
  );
}

function contents(operations) {
  const links = operations.map(({ path, method, operation }) =>
    element("li", {}, element("a", { href: `#${anchorOf(path, method)}` }, element("span", { class: `method ${method}` }, method.toUpperCase()), operation.summary ?? path)),
  );
  return element("ul", {}, links, element("li", {}, element("a", { href: "#objects" }, "Objects")));
}

function show(document_) {
  const schemas = new Schemas(document_);
  const operations = operationsOf(document_);
  byId("version").textContent = `Version ${document_.info.version}`;
  byId("contents").replaceChildren(contents(operations));
  byId("operations").replaceChildren(
    ...operations.map((each) => operationSection(schemas, each)),
    element("section", { class: "objects", id: "objects" }, element("h2", {}, "Objects"), schemas.names.map((name) => schemaSection(schemas, name))),
  );
  // The element that the address names exists only now.
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

async function load() {
  try {
    const answer = await fetch("/openapi.json");
    if (!answer.ok) throw new Error();
    show(await answer.json());
  } catch {
    byId("operations").replaceChildren(element("p", { role: "alert" }, "The description of the API couldn't be loaded. Reload the page in a moment."));
  }
}

byId("base-url").textContent = `${location.origin}/v1`;
setUpTheme(byId("theme"));
load();
