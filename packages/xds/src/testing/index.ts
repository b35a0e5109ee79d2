/** For tests of code that speaks xDS. */
export { runTranscript } from "./transcript.ts";
