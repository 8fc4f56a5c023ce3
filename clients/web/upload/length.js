// The length of a recording, read by the browser from its metadata.

// Files of a format that the browser doesn't know may never answer.
const TIMEOUT_MS = 2000;
// 128 kbit/s, for files whose length the browser can't read.
const USUAL_BYTES_PER_S = 16_000;

/** Seconds of audio, or null where the browser can't read them. */
export function secondsOf(file) {
  return new Promise((resolve) => {
    const audio = new Audio();
    const url = URL.createObjectURL(file);
    const end = (seconds) => {
      URL.revokeObjectURL(url);
      resolve(Number.isFinite(seconds) ? seconds : null);
    };
    audio.preload = "metadata";
    audio.onloadedmetadata = () => end(audio.duration);
    audio.onerror = () => end(null);
    setTimeout(() => end(null), TIMEOUT_MS);
    audio.src = url;
  });
}

/** Seconds of audio by the size of the file. */
export function estimatedSeconds(file) {
  return file.size / USUAL_BYTES_PER_S;
}
