// Numbers, times and sizes as text.

/** 75.3 -> "1:15"; hours only when needed. */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds || 0));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (parts[0] === 0) parts.shift();
  return parts.map((part, place) => (place ? String(part).padStart(2, "0") : part)).join(":");
}

/** 75.3 -> "1 minute 15 seconds", for screen readers. */
export function spokenTime(seconds) {
  const whole = Math.max(0, Math.floor(seconds || 0));
  const units = [[Math.floor(whole / 3600), "hour"], [Math.floor(whole / 60) % 60, "minute"], [whole % 60, "second"]];
  const parts = units.filter(([n]) => n).map(([n, unit]) => `${n} ${unit}${n === 1 ? "" : "s"}`);
  return parts.join(" ") || "0 seconds";
}

export function bytes(count) {
  if (count < 1000) return `${count} B`;
  if (count < 1e6) return `${Math.round(count / 1e3)} kB`;
  return `${(count / 1e6).toFixed(1)} MB`;
}

/** 0.983 -> "98%"; a share between 0 and 1 % is "<1%", never "0%". */
export function percent(share) {
  if (share > 0 && share < 0.01) return "<1%";
  if (share < 1 && share > 0.99) return ">99%";
  return `${Math.round(share * 100)}%`;
}

/** -0.42 -> "−0.42", with a real minus sign. */
export function signed(score) {
  const rounded = score.toFixed(2);
  if (Number(rounded) === 0) return "0.00";
  return score < 0 ? `\u2212${rounded.slice(1)}` : `+${rounded}`;
}

export function took(seconds) {
  return seconds < 10 ? `${seconds.toFixed(1)}\u00a0s` : `${Math.round(seconds)}\u00a0s`;
}

export function capitalised(text) {
  return text.replace(/(^|\s)\p{L}/gu, (letter) => letter.toUpperCase());
}
