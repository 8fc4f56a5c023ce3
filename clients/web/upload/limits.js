// The server's limits of uploads, shown before one is made.
import { uploadLimits } from "../shared/api.js";
import { spokenTime } from "../shared/format.js";
import { withKey } from "../shared/key.js";

const MIB = 2 ** 20;
// Formats that most people have; the others are read too.
const COMMON = ["mp3", "m4a", "wav", "flac", "ogg", "opus", "mp4", "mov", "mkv", "webm"];

// The browser estimates the length of some files, so only what is clearly too long is refused.
const CLEARLY = 1.1;

const size = (bytes) => `${Number((bytes / MIB).toPrecision(3))}\u00a0MiB`;

export class Limits {
  #limits = null;

  /** Reads the limits; without them, the server's refusal is the first word on a limit. */
  async load() {
    try {
      this.#limits = await withKey(uploadLimits);
    } catch {
      // The rest of the page works.
    }
  }

  /** Shows the limits in `words` and the formats in `formats`; `choosers` offer files in them. */
  show(choosers, words, formats) {
    if (!this.#limits) return;
    const { max_upload_bytes: bytes, max_audio_seconds: seconds, formats: suffixes } = this.#limits;
    const parts = [size(bytes), seconds && spokenTime(seconds).replaceAll(" ", "\u00a0")].filter(Boolean);
    words.textContent = `A file may have up to ${parts.join(" and ")}.`;
    const common = COMMON.filter((each) => suffixes.includes(each));
    const others = suffixes.filter((each) => !common.includes(each));
    const names = [...common, ...others].map((each) => each.toUpperCase());
    formats.textContent = names.join(", ");
    for (const each of choosers) each.accept = ["audio/*", ...suffixes.map((suffix) => `.${suffix}`)].join(",");
  }

  /** A sentence where the server wouldn't take the recording, or null. */
  refusal({ file, length, isMeasured }) {
    if (!this.#limits) return null;
    const { max_upload_bytes: bytes, max_audio_seconds: seconds } = this.#limits;
    if (file.size > bytes) return `The file has ${size(file.size)}; the server takes up to ${size(bytes)}. Choose a shorter recording, or a compressed format such as Opus or MP3.`;
    if (isMeasured && seconds && length > CLEARLY * seconds) return `The recording is ${spokenTime(length)} long; the server takes up to ${spokenTime(seconds)}. Split it and add the parts.`;
    return null;
  }
}
