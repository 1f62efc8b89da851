// The door to the light-box: what opens it is fetched with the first click, so that pages stay light.
document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[data-light]");
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const box = await import("./box.js").catch(() => null);
  if (box) box.open(link);
  else location.assign(link.href);
});

if (document.querySelector("[data-markable]")) import("./marks.js");
