// Downloads: subtitles, text and JSON made in the browser, without another request.
import { element } from "../shared/dom.js";

/** 75.3 -> "00:01:15.300" */
function stamp(seconds, point) {
  const total = Math.round(Math.max(0, seconds) * 1000);
  const parts = [Math.floor(total / 3600000), Math.floor(total / 60000) % 60, Math.floor(total / 1000) % 60];
  const clock = parts.map((part) => String(part).padStart(2, "0")).join(":");
  return `${clock}${point}${String(total % 1000).padStart(3, "0")}`;
}

// A blank line would end the cue, and an arrow would begin another.
const cueText = (text) => text.trim().replace(/\s*\n\s*/g, "\n").replaceAll("-->", "\u2192");

const named = (speaker) => (speaker ? `${speaker}: ` : "");

// Without the server's cues, as for live speech and partial results, each segment is a subtitle.
const subtitles = ({ cues, segments }) => cues ?? segments;

export function toSrt(result) {
  const cues = subtitles(result).map(({ start, end, text, speaker }, place) =>
    `${place + 1}\n${stamp(start, ",")} --> ${stamp(end, ",")}\n${named(speaker)}${cueText(text)}\n`,
  );
  return cues.join("\n");
}

export function toVtt(result) {
  const escaped = (text) => cueText(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const voiceTag = (speaker) => (speaker ? `<v ${speaker}>` : "");
  const cues = subtitles(result).map(({ start, end, text, speaker }) => `${stamp(start, ".")} --> ${stamp(end, ".")}\n${voiceTag(speaker)}${escaped(text)}\n`);
  return ["WEBVTT\n", ...cues].join("\n");
}

/** Plain text: one line, or a line for each turn of a speaker. */
export function toText({ text, segments, speakers }) {
  if (!speakers) return `${text.trim()}\n`;
  const turns = [];
  for (const { speaker, text: spoken } of segments) {
    if (turns.at(-1)?.speaker !== speaker) turns.push({ speaker, text: "" });
    turns.at(-1).text += spoken;
  }
  return turns.map((turn) => `${named(turn.speaker)}${turn.text.trim()}\n`).join("");
}

/** `verbose_json`: the last event without its type. */
export function toJson(result) {
  const { type, cues, ...body } = result;
  return `${JSON.stringify(body, null, 2)}\n`;
}

const FORMATS = [
  { label: "SRT", extension: "srt", type: "application/x-subrip", make: toSrt },
  { label: "VTT", extension: "vtt", type: "text/vtt", make: toVtt },
  { label: "TXT", extension: "txt", type: "text/plain", make: toText },
  { label: "JSON", extension: "json", type: "application/json", make: toJson },
];

function save(result, fileName, { extension, type, make }) {
  const url = URL.createObjectURL(new Blob([make(result)], { type: `${type};charset=utf-8` }));
  const link = element("a", { href: url, download: `${fileName.replace(/\.[^.]+$/, "")}.${extension}` });
  link.click();
  // The browser reads the blob after the click has returned.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Copying isn't allowed here";
  }
  setTimeout(() => (button.textContent = "Copy text"), 2000);
}

/** Buttons to copy and download a transcript, read from `current()` when one is pressed. */
export function downloads(current, fileName) {
  const copyButton = element(
    "button",
    { type: "button", class: "button small", "aria-live": "polite", onclick: () => copy(toText(current()).trim(), copyButton) },
    "Copy text",
  );
  const saveButtons = FORMATS.map((format) =>
    element(
      "button",
      { type: "button", class: "button small", "aria-label": `Download ${format.label}`, onclick: () => save(current(), fileName, format) },
      format.label,
    ),
  );
  return element(
    "div",
    { class: "actions" },
    copyButton,
    element("div", { class: "button-group", role: "group", "aria-label": "Download" }, saveButtons),
  );
}
