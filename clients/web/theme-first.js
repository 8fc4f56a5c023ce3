// A classic script: it runs before the first paint, so that a kept choice of theme never flashes.
try {
  const kept = localStorage.getItem("sentivox-theme");
  if (kept) document.documentElement.dataset.theme = kept;
} catch {
  // Without storage the system's theme is followed.
}
