// A classic script, run before the first paint: the stored theme is applied without a flash.
try {
  const kept = localStorage.getItem("sentivox-theme");
  if (kept) document.documentElement.dataset.theme = kept;
} catch {
  // Without storage the system's theme applies.
}
