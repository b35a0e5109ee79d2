/** For tests of code that speaks xDS: conversations that a person can read, held in memory or with any server. */
export { type ConformanceOptions, checkConformance, type Verdict } from "./conformance.ts";
export { type Counterpart, type Ended, type Patience, Unsayable } from "./counterpart.ts";
export { GrpcClient, GrpcClientStream } from "./grpc-client.ts";
export { MemoryCounterpart } from "./memory.ts";
export { nameOf, type Statement } from "./statement.ts";
export { statements } from "./statements/index.ts";
export { type ConverseOptions, converse, runTranscript, TranscriptError } from "./transcript.ts";
