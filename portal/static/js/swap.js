// Putting fetched HTML in place without losing what the person is doing.

/** The page at `url` as a document, or null when it could not be read. */
export async function read(url) {
  try {
    const answer = await fetch(url, { headers: { Accept: "text/html" } });
    return answer.ok && !answer.redirected ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  } catch {
    return null;
  }
}

/** Take over from `fresh` the figures in the navigation, and the parts of this page that `event` concerns. */
export function refresh(fresh, event) {
  for (const old of document.querySelectorAll("[data-count]")) {
    const now = fresh.querySelector(`[data-count="${old.dataset.count}"]`);
    if (now) old.replaceWith(now);
  }
  for (const old of document.querySelectorAll(`[data-refresh~="${event}"][id]`)) {
    const now = fresh.getElementById(old.id);
    if (now && !old.contains(document.activeElement)) old.replaceWith(now);
  }
}

/** Show an answer to a form as the browser would: body, title, address, and the modules it asks for. */
export function show(html, url) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  document.title = fresh.title;
  document.documentElement.dataset.theme = fresh.documentElement.dataset.theme ?? "";
  if (!fresh.documentElement.dataset.theme) delete document.documentElement.dataset.theme;
  document.body.replaceWith(fresh.body);
  for (const wanted of fresh.head.querySelectorAll("script[type=module]")) {
    if (document.head.querySelector(`script[src="${wanted.getAttribute("src")}"]`)) continue;
    const script = document.createElement("script");
    script.type = "module";
    script.src = wanted.getAttribute("src");
    document.head.append(script);
  }
  history.replaceState(null, "", url);
  scrollTo(0, 0);
  document.getElementById("main")?.focus();
}
