// Reading JSON Schema: names of types, and examples made from them.

/** Example values by field; other examples are made from the schema. */
const EXAMPLES = {
  text: "Oh, that is wonderful, thank you!",
  delta: "Oh, that is",
  word: "wonderful",
  token: " wonderful",
  language: "en",
  code: "en",
  name: "english",
  native_name: "English",
  family: "germanic",
  start: 0.32,
  end: 2.48,
  duration: 2.9,
  seconds: 3,
  score: 0.93,
  negative: 0.01,
  neutral: 0.05,
  positive: 0.94,
  label: "positive",
  before: "neutral",
  after: "positive",
  at: 0.32,
  confidence: 0.98,
  probability: 0.97,
  logprob: -0.03,
  avg_logprob: -0.21,
  compression_ratio: 0.94,
  no_speech_prob: 0.01,
  supported: true,
  ready: true,
  required: true,
  replicas: 1,
  tokens: [50364, 876],
  bytes: [32, 119],
  timings: { audio_decoder: 0.02, asr: 0.61 },
  owned_by: "sentivox",
  speaker: "A",
};

const EXAMPLES_BY_MODEL = {
  VerboseTranscription: { language: "english" },
  TextDone: { language: "english" },
  LanguageInfo: { name: "english" },
  Model: { id: "auto" },
  TextSegment: { id: "seg_0" },
  Stage: { name: "language_id", message: "" },
  ErrorBody: { message: "This file isn't audio that can be opened.", type: "invalid_request_error", param: "file", code: "unsupported_audio" },
  Warning: { code: "sentiment_unavailable", message: "Sentiment is missing: that part of the service is down." },
  Suppressed: { text: "Thanks for watching!", reason: "no_speech" },
};

// Fields that are returned on request only, which would double every example.
const LEFT_OUT = new Set(["sentiment_analysis_results", "sentiments", "logprobs", "speakers", "warnings", "error"]);

export class Schemas {
  #models;

  constructor(document) {
    this.#models = document.components?.schemas ?? {};
  }

  get names() {
    return Object.keys(this.#models).sort();
  }

  get(name) {
    return this.#models[name];
  }

  nameOf(schema) {
    return schema.$ref?.split("/").at(-1) ?? null;
  }

  resolve(schema) {
    const name = this.nameOf(schema);
    return name ? this.#models[name] ?? {} : schema;
  }

  /** Alternatives of a schema without null. */
  choices(schema) {
    const choices = schema.anyOf ?? schema.oneOf ?? [schema];
    return choices.filter(({ type }) => type !== "null");
  }

  /** Name of a type: "string", "list of Segment", "auto or object". */
  typeName(schema) {
    const name = this.nameOf(schema);
    if (name) return name;
    if (schema.anyOf ?? schema.oneOf) return this.choices(schema).map((each) => this.typeName(each)).join(" or ");
    if (schema.type === "array") return `list of ${this.typeName(schema.items ?? {})}`;
    if (schema.contentMediaType === "application/octet-stream" || schema.format === "binary") return "file";
    if (schema.const !== undefined) return JSON.stringify(schema.const);
    return schema.type ?? "anything";
  }

  /** Values of an enum, also within lists, references and null; null without an enum. */
  values(schema) {
    const inner = this.resolve(this.choices(schema)[0] ?? {});
    const listed = inner.type === "array" ? this.resolve(inner.items ?? {}) : inner;
    return listed.enum ?? null;
  }

  example(schema, field = "", model = "") {
    const example = EXAMPLES_BY_MODEL[model]?.[field] ?? (field in EXAMPLES ? EXAMPLES[field] : undefined);
    const chosen = this.choices(schema)[0] ?? {};
    const resolved = this.resolve(chosen);
    if (chosen.const !== undefined || resolved.const !== undefined) return chosen.const ?? resolved.const;
    if (example !== undefined && !resolved.properties) return example;
    if (resolved.type === "array") return [this.example(resolved.items ?? {})];
    if (resolved.properties) return this.#objectExample(resolved, this.nameOf(chosen) ?? model);
    if (resolved.enum) return resolved.enum[0];
    return { integer: 0, number: 0.0, boolean: true, string: "…", object: {} }[resolved.type] ?? null;
  }

  #objectExample(schema, model) {
    const fields = Object.entries(schema.properties).filter(([name]) => !LEFT_OUT.has(name) || schema.required?.includes(name));
    return Object.fromEntries(fields.map(([name, each]) => [name, this.example(each, name, model)]));
  }
}
