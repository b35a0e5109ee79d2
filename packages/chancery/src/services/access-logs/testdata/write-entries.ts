import { silentLogger } from "../../../logs.ts";
import { fileSink } from "../file-sink.ts";
import { httpRecord } from "./records.ts";

// Writes so many entries to a file, and prints what became of them.
const [path = "", count = ""] = process.argv.slice(2);
const sink = fileSink({ path }, silentLogger());
for (let id = 1; id <= Number(count); id++) sink.put(httpRecord({}, id));
await sink.close();
process.stdout.write(JSON.stringify(sink.stats));
