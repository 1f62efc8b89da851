// Files and folders as they were dropped or chosen: a list of { file, path } below the folder shown, and of empty folders.

const asFile = (entry) => new Promise((done, failed) => entry.file(done, failed));
const someOf = (reader) => new Promise((done, failed) => reader.readEntries(done, failed));

async function walk(entry, above, found) {
  const path = above + entry.name;
  if (entry.isFile) {
    found.files.push({ file: await asFile(entry), path });
    return;
  }
  const reader = entry.createReader();
  let empty = true;
  // A browser hands out a folder's entries in portions; an empty portion is the end.
  for (let some = await someOf(reader); some.length; some = await someOf(reader)) {
    empty = false;
    for (const one of some) await walk(one, `${path}/`, found);
  }
  if (empty) found.folders.push(path);
}

/** What a drop brought; to be called within the event, as the browser forgets it afterwards. */
export async function dropped(transfer) {
  const found = { files: [], folders: [] };
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return chosen(transfer.files);
  for (const entry of entries) await walk(entry, "", found);
  return found;
}

/** What a file field holds; of a folder with the path of each file in it. */
export function chosen(files) {
  return { files: [...files].map((file) => ({ file, path: file.webkitRelativePath || file.name })), folders: [] };
}
