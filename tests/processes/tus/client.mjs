// Uploads one file with tus-js-client as its arguments (JSON) say, and ends with status 0 once it is there.
import { createReadStream, statSync } from "node:fs";
import { PassThrough } from "node:stream";
import * as tus from "tus-js-client";

const { endpoint, token, file, metadata, options } = JSON.parse(process.argv[2]);
// A length that is told later is for a stream of which nobody knows yet where it ends.
const read = createReadStream(file);
const source = options.uploadLengthDeferred ? read.pipe(new PassThrough()) : read;
const upload = new tus.Upload(source, {
  endpoint,
  metadata,
  uploadSize: statSync(file).size,
  retryDelays: Array(60).fill(100),
  headers: { Authorization: `Bearer ${token}` },
  ...options,
  onError: (problem) => {
    console.error(String(problem));
    process.exitCode = 1;
  },
  onSuccess: () => console.log(upload.url),
});
upload.start();
